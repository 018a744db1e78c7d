/**
 * Configuration: {@code mos.conf} and the applications' flat {@code key = value} files, read into
 * validated, immutable objects.
 *
 * <p>A {@link org.mosstack.config.KeyTable} says all there is to say of the keys of a file: {@link
 * org.mosstack.config.MosKeys} is that of {@code mos.conf}. Every file takes one path: text →
 * tokens ({@code Lexer}) → blocks ({@code BlockParser}) → values of keys ({@code Keys}) and lines
 * of tables ({@code Tables}). {@link org.mosstack.config.MosConfigBuilder} joins it at the values,
 * so that a configuration built in a program is held to the same rules. Any error results in a
 * one-line {@link org.mosstack.config.ConfigException}; nothing is silently ignored.
 */
package org.mosstack.config;
