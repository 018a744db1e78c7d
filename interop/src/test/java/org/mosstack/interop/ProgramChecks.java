package org.mosstack.interop;

import java.io.IOException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mosstack.testkit.program.Testbed;

/** Checks of programs that need no kernel's end, each in a folder of its own. */
@ExtendWith(TestbedExtension.class)
abstract class ProgramChecks {
  Testbed testbed;
  WorkFolder work;

  @BeforeEach
  final void makeWorkFolder(Testbed testbed) throws IOException {
    this.testbed = testbed;
    work = WorkFolder.of(testbed);
  }
}
