package org.mosstack.interop;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/** A class of checks against this machine's kernel: what all of them need, and their testbed. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@Needs({Need.ROOT, Need.DPDK, Need.IP, Need.ETHTOOL, Need.CURL, Need.NAMESPACES})
@ExtendWith(TestbedExtension.class)
@interface KernelPeer {}
