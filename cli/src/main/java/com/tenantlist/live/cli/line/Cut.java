package com.tenantlist.live.cli.line;

import java.util.Locale;

/** How a line breaks. */
public enum Cut {
    /** Both ends get a FIN, and nobody can connect. */
    CLOSE,
    /** Both ends get a RST, and nobody can connect. */
    RESET,
    /**
     * Nothing gets through and nobody is told; new connections are taken and hear nothing. When it is over the old ones get a
     * RST: what was lost in between is lost.
     */
    BLACKHOLE;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
