/**
 * Configuration: {@code mos.conf} and the applications' flat {@code key = value} files, read into
 * validated, immutable records.
 *
 * <p>Every file takes one path: text → tokens ({@code Lexer}) → blocks ({@code BlockParser}) →
 * values ({@code MosConfigReader}). {@link org.mosstack.config.MosConfigBuilder} joins it at the
 * blocks, so that a configuration built in a program is held to the same rules. Any error results
 * in a one-line {@link org.mosstack.config.ConfigException}; nothing is silently ignored.
 */
package org.mosstack.config;
