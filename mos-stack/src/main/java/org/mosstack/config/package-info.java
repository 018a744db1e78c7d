/**
 * Configuration: {@code mos.conf} and the applications' flat {@code key = value} files, read into
 * validated, immutable records.
 *
 * <p>A file goes through one way only: text → tokens ({@code Lexer}) → blocks ({@code BlockParser})
 * → values ({@code MosConfigReader}). {@link org.mosstack.config.MosConfigBuilder} joins it at the
 * blocks, so that a configuration made in a program is held to the same rules. Whatever is wrong
 * ends in a {@link org.mosstack.config.ConfigException} of one line; nothing is ignored in silence.
 */
package org.mosstack.config;
