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
    BLACKHOLE,
    /** Both ends get a RST; new connections are taken and hear nothing, until it is over and they get a RST too. */
    MUTE,
    /**
     * Both ends get a RST; new connections are made, hear what the other end says 200 ms late, and get a RST 500 ms after they
     * were made.
     */
    DYING;

    /** Whether what is sent is lost. */
    boolean swallows() {
        return this == BLACKHOLE || this == MUTE;
    }

    /** Whether nobody can connect. */
    boolean closesDoor() {
        return this == CLOSE || this == RESET;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
