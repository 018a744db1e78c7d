package org.mosstack.bench.compare;

import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import org.mosstack.epserver.Epserver;
import org.mosstack.epserver.FileStore;

/** epserver over another transport, with one loop: {@code FileServer TRANSPORT PORT FOLDER}. */
public final class FileServer {
  private FileServer() {}

  /** Serves until killed. */
  public static void main(String[] args) throws IOException, InterruptedException {
    Transport transport = Transport.valueOf(args[0]);
    EventLoopGroup group = transport.group();
    InetSocketAddress address = new InetSocketAddress("127.0.0.1", Integer.parseInt(args[1]));
    Epserver.start(group, transport.servers(), false, address, FileStore.load(Path.of(args[2])));
    System.out.println("ready");
  }
}
