package org.mosstack.guide;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import org.mosstack.device.NetDevice;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;

/** A cable of UDP between two ports of this host: udp=PORT:PORT, this end's and the other's. */
record UdpPort(String name, long mac, DatagramChannel udp, ByteBuffer frame, MbufPool[] pools)
    implements NetDevice {
  static NetDevice open(String name, String arguments, int queues) throws IOException {
    if (!arguments.matches("[0-9]{1,5}:[0-9]{1,5}")) {
      throw new IOException("read \"udp=" + arguments + "\", allowed: udp=PORT:PORT");
    }
    String[] ports = arguments.split(":");
    int own = Integer.parseInt(ports[0]);
    DatagramChannel udp = DatagramChannel.open();
    try {
      udp.bind(new InetSocketAddress("127.0.0.1", own));
      udp.connect(new InetSocketAddress("127.0.0.1", Integer.parseInt(ports[1])));
      udp.configureBlocking(false);
    } catch (IOException | IllegalArgumentException e) {
      udp.close();
      throw new IOException(e.getMessage(), e); // the stack puts the device's name before it
    }
    return new UdpPort(
        name, 0x02_0000_0000_00L + own, udp, ByteBuffer.allocate(1514), new MbufPool[1]);
  }

  @Override
  public void attach(int queue, MbufPool pool) {
    pools[queue] = pool;
  }

  @Override
  public int receive(int queue, long[] mbufs, int max) {
    int n = 0;
    while (n < max && (mbufs[n] = pools[queue].alloc()) != 0) {
      try {
        udp.read(frame.clear());
      } catch (IOException _) {
        // Nobody is at the other end: nothing comes.
      }
      if (frame.position() == 0) {
        pools[queue].free(mbufs[n]);
        break;
      }
      Mbuf.append(mbufs[n++], frame.array(), 0, frame.position());
    }
    return n;
  }

  @Override
  public int transmit(int queue, long[] mbufs, int n) {
    for (int i = 0; i < n; i++) {
      try {
        udp.write(frame.clear().limit(Mbuf.copyTo(mbufs[i], frame.array())));
      } catch (IOException _) {
        // Nobody is at the other end: the frame is lost, as on any cable.
      }
      pools[queue].free(mbufs[i]);
    }
    return n;
  }

  @Override
  public void close() {
    udp.socket().close();
  }
}
