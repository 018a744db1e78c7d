package org.mosstack.interop;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a class or a check needs of the machine; it is skipped where that is missing. */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@ExtendWith(NeedsCondition.class)
@interface Needs {
  /**
   * Reason to pass over a check silently: another one fits this machine, and nothing is missing.
   */
  String ANOTHER_CHECK = "another check is made here";

  /** In the order in which to look for them: the first one that is missing is reported. */
  Need[] value();
}
