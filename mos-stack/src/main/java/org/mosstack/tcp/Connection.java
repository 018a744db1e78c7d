package org.mosstack.tcp;

import java.util.concurrent.TimeUnit;
import org.mosstack.header.Ip4Address;
import org.mosstack.socket.CongestionAlgorithm;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpHandler;
import org.mosstack.socket.TcpInfo;
import org.mosstack.socket.TcpState;
import org.mosstack.tcp.congestion.CongestionControl;

/** The application's calls on a {@link Tcb}. */
final class Connection extends Tcb {
  Connection(TcpCore core) {
    super(core);
  }

  @Override
  public void handler(TcpHandler handler) {
    this.handler = handler;
    if (handler != null && events != 0) {
      core.pending().raise(this, events);
    }
  }

  @Override
  public TcpHandler handler() {
    return handler;
  }

  @Override
  public int core() {
    return core.index();
  }

  @Override
  public Endpoint local() {
    return new Endpoint(Ip4Address.toInet(localAddress), localPort);
  }

  @Override
  public Endpoint remote() {
    return new Endpoint(Ip4Address.toInet(remoteAddress), remotePort);
  }

  @Override
  public int write(long address, int length, Object buffer) {
    beforeWrite();
    if (!takesData()) {
      return 0;
    }
    int accepted = Math.clamp(writeSpace(), 0, length);
    if (accepted > 0) {
      if (sendQueue == null) {
        sendQueue = core.spares().takeSendQueue();
      }
      sendQueue.add(address, accepted, buffer);
    }
    written(accepted, length);
    return accepted;
  }

  /** First of all: the connection may have ended afterwards, or have more room. */
  private void beforeWrite() {
    if (onOutputList) {
      core.pending().turnGoesOn();
    }
  }

  private void written(int accepted, int length) {
    core.memory().queued(accepted);
    core.pending().scheduleOutput(this);
    if (accepted < length) {
      wantSpace();
    }
  }

  @Override
  public void wantSpace() {
    writeBlocked = true;
    core.interlude().bufferIsFull();
  }

  @Override
  public boolean takesMore() {
    core.pending().turnGoesOn();
    if (!writeBlocked || !isWritableAgain()) {
      return !writeBlocked;
    }
    writeBlocked = false;
    return true;
  }

  /** Whether the state allows data to be queued and no FIN is queued yet. */
  private boolean takesData() {
    boolean inSyn = state() == TcpState.SYN_SENT && fastOpen == FastOpenStep.WAITS_FOR_DATA;
    return !finQueued
        && (state() == TcpState.ESTABLISHED || state() == TcpState.CLOSE_WAIT || inSyn);
  }

  @Override
  public int append(long address, int length, Object buffer) {
    beforeWrite();
    int accepted = sendQueue == null || !takesData() ? -1 : Math.min(length, writeSpace());
    if (accepted <= 0) {
      return -1; // write() says why
    }
    if (!sendQueue.extend(address, accepted, buffer)) {
      return -1;
    }
    written(accepted, length);
    return accepted;
  }

  @Override
  public int writeSpace() {
    if (state() == TcpState.SYN_SENT) {
      return fastOpen == FastOpenStep.WAITS_FOR_DATA ? fastOpenRoom - queuedBytes() : 0;
    }
    int space = Math.max(0, sendBuffer - queuedBytes());
    return notSentLowat == 0 ? space : (int) Math.min(space, notSentSpace());
  }

  /** If any, at least a segment: a small bound would otherwise make for tiny writes. */
  private long notSentSpace() {
    long space = notSentLowat - unsentBytes();
    return space <= 0 ? 0 : Math.max(space, sndMss);
  }

  @Override
  public int unacknowledgedBytes() {
    return queuedBytes();
  }

  @Override
  public int read(long address, int length) {
    int n = receiveQueue.read(address, length, core.received());
    return n > 0 ? afterRead(n) : endOfStream() && length > 0 ? -1 : 0;
  }

  @Override
  public int read(byte[] target, int offset, int length) {
    int n = receiveQueue.read(target, offset, length, core.received());
    return n > 0 ? afterRead(n) : endOfStream() && length > 0 ? -1 : 0;
  }

  private int afterRead(int bytes) {
    core.tuning().read(this, bytes);
    core.afterRead(this);
    return bytes;
  }

  @Override
  public int available() {
    return receiveQueue.bytes();
  }

  @Override
  public boolean endOfStream() {
    return isInputComplete() && receiveQueue.isEmpty();
  }

  @Override
  public boolean isInputComplete() {
    return finReceived || inputShutdown;
  }

  @Override
  public void keepUnread() {
    keepsUnread = true;
  }

  @Override
  public void shutdownOutput() {
    core.shutdownOutput(this);
  }

  @Override
  public void shutdownInput() {
    inputShutdown = true;
    receiveQueue.clear(core.received());
    core.afterRead(this);
  }

  @Override
  public boolean isOutputShutdown() {
    return finQueued || state() == TcpState.CLOSED;
  }

  @Override
  public boolean isInputShutdown() {
    return inputShutdown;
  }

  @Override
  public void close() {
    core.close(this);
  }

  @Override
  public void abort() {
    appClosed = true; // from now on only closed() is called
    core.abort(this, TcpError.ABORTED);
  }

  @Override
  public boolean noDelay() {
    return noDelay;
  }

  @Override
  public void noDelay(boolean noDelay) {
    boolean turnedOff = noDelay && !this.noDelay;
    this.noDelay = noDelay;
    if (turnedOff) {
      push();
    }
  }

  @Override
  public boolean isCorked() {
    return corked;
  }

  @Override
  public void cork(boolean corked) {
    boolean uncorked = this.corked && !corked;
    this.corked = corked;
    if (uncorked) {
      pushing = false;
      core.pending().scheduleOutput(this);
    }
  }

  @Override
  public long notSentLowat() {
    return notSentLowat;
  }

  @Override
  public void notSentLowat(long bytes) {
    notSentLowat = Math.max(0, bytes);
    core.pending().writableAgain(this);
  }

  @Override
  public int segmentSize() {
    return sndMss;
  }

  @Override
  public CongestionAlgorithm congestionControl() {
    return congestionAlgorithm;
  }

  @Override
  public void congestionControl(CongestionAlgorithm algorithm) {
    if (algorithm != congestionAlgorithm) {
      CongestionControl old = congestion;
      congestionAlgorithm = algorithm;
      congestion = CongestionControl.create(algorithm);
      congestion.takeOver(sndMss, rtt.srttNanos(), old.cwnd(), old.ssthresh());
      choosePacing();
    }
  }

  @Override
  public boolean quickAck() {
    return quickAck;
  }

  @Override
  public void quickAck(boolean quickAck) {
    this.quickAck = quickAck;
  }

  @Override
  public boolean keepAlive() {
    return keepAlive;
  }

  @Override
  public void keepAlive(boolean keepAlive) {
    if (this.keepAlive != keepAlive) {
      this.keepAlive = keepAlive;
      core.armKeepalive(this);
    }
  }

  @Override
  public int keepIdleSeconds() {
    return (int) TimeUnit.NANOSECONDS.toSeconds(keepAliveIdleNanos);
  }

  @Override
  public int keepIntervalSeconds() {
    return (int) TimeUnit.NANOSECONDS.toSeconds(keepAliveIntervalNanos);
  }

  @Override
  public int keepProbes() {
    return keepAliveProbes;
  }

  @Override
  public void keepAliveTimes(int idleSeconds, int intervalSeconds, int probes) {
    long idle = TimeUnit.SECONDS.toNanos(Math.max(1, idleSeconds));
    long interval = TimeUnit.SECONDS.toNanos(Math.max(1, intervalSeconds));
    keepAliveProbes = Math.max(1, probes);
    if (idle != keepAliveIdleNanos || interval != keepAliveIntervalNanos) {
      keepAliveIdleNanos = idle;
      keepAliveIntervalNanos = interval;
      core.armKeepalive(this);
    }
  }

  @Override
  public void userTimeoutMillis(int millis) {
    userTimeoutNanos = TimeUnit.MILLISECONDS.toNanos(Math.max(0, millis));
    core.armUserTimeout(this);
  }

  @Override
  public int userTimeoutMillis() {
    return (int) TimeUnit.NANOSECONDS.toMillis(userTimeoutNanos);
  }

  @Override
  public int receiveBuffer() {
    return receiveBuffer;
  }

  @Override
  public void receiveBuffer(int bytes) {
    core.tuning().fixReceive(this, bytes);
    core.afterRead(this);
  }

  @Override
  public int sendBuffer() {
    return sendBuffer;
  }

  @Override
  public void sendBuffer(int bytes) {
    core.tuning().fixSend(this, bytes);
    core.pending().writableAgain(this);
  }

  @Override
  public int tos() {
    return tos;
  }

  @Override
  public void tos(int tos) {
    this.tos = tos & 0xFF;
  }

  @Override
  public int ttl() {
    return ttl;
  }

  @Override
  public void ttl(int ttl) {
    this.ttl = Math.clamp(ttl, 1, 255);
  }

  @Override
  public long smoothedRttNanos() {
    return rtt.srttNanos();
  }

  @Override
  public TcpError softError() {
    return softError;
  }

  @Override
  public int congestionWindow() {
    return congestion.cwnd();
  }

  @Override
  public int incarnation() {
    return currentIncarnation();
  }

  @Override
  public TcpInfo info(long nowNanos, int incarnation) {
    if (currentIncarnation() != incarnation) {
      return null;
    }
    TcpInfo info = new ConnectionInfo(this, nowNanos);
    return sameIncarnation(incarnation) ? info : null;
  }

  @Override
  public String toString() {
    return TcpCore.format(localAddress, localPort)
        + " - "
        + TcpCore.format(remoteAddress, remotePort)
        + " "
        + state();
  }
}
