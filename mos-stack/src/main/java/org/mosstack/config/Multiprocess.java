package org.mosstack.config;

/**
 * The {@code multiprocess} key: {@code <core> [master]}. It is accepted and has no effect.
 *
 * @param core the core that the process was to run on
 * @param master whether the process was to set up the devices for the others
 */
public record Multiprocess(int core, boolean master) {}
