/**
 * What {@code bin/bench} can measure: each kind of scenario starts its programs, and reads from
 * their output what they did.
 */
package org.mosstack.bench.scenario;
