/**
 * The command line. One command, one class. Results go to stdout, progress and errors to stderr; exit codes are those of
 * {@link com.tenantlist.live.cli.ExitCode}.
 */
@NullMarked
package com.tenantlist.live.cli;

import org.jspecify.annotations.NullMarked;
