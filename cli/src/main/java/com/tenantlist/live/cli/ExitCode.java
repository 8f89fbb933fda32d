package com.tenantlist.live.cli;

/** What the exit codes mean. */
final class ExitCode {
    static final int OK = 0;
    /** Something did not hold: an event was lost, came twice or out of order, or a change was not made. */
    static final int DID_NOT_HOLD = 1;

    static final int USAGE = 2;
    static final int UNREACHABLE = 3;
    static final int REFUSED = 4;
    static final int TIMED_OUT = 5;

    private ExitCode() {}
}
