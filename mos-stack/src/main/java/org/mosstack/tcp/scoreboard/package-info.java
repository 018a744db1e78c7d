/**
 * What is in flight: which segments were sent when, arrived or were lost, and the rates and round
 * trips that their acknowledgments tell.
 */
package org.mosstack.tcp.scoreboard;
