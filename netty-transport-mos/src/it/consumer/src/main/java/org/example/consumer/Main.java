package org.example.consumer;

import org.mosstack.netty.Mos;

/** Runs the same pipelines over NIO and over this transport, and prints the modules it ran in. */
public final class Main {
  private static final int BYTES = 1 << 20;

  private Main() {}

  public static void main(String[] arguments) throws Exception {
    Mos.ensureAvailability();
    String place = Main.class.getModule() + " and " + Mos.class.getModule();
    System.out.println("NIO: " + NioEcho.run(BYTES) + " bytes echoed");
    System.out.println("mos: " + MosEcho.run(BYTES) + " bytes echoed");
    System.out.println("ran in " + place.replaceAll(" ?@\\w+", ""));
  }
}
