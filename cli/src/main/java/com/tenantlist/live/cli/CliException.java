package com.tenantlist.live.cli;

/** Ends a command with one line on stderr and an exit code. */
final class CliException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int exitCode;

    CliException(int exitCode, String message) {
        super(message, null, false, false);
        this.exitCode = exitCode;
    }

    int exitCode() {
        return exitCode;
    }
}
