/**
 * Network devices as the stack sees them ({@link org.mosstack.device.NetDevice}), the ones that
 * need no hardware, and those that wrap others: capture and faults.
 */
package org.mosstack.device;
