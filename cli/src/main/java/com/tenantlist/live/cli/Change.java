package com.tenantlist.live.cli;

import java.util.Locale;

/** What {@code simulate} can do to a business. */
enum Change {
    /** Somebody looked: views + 1. */
    VIEWS,
    /** Somebody wrote: messages + 1. */
    MESSAGES,
    /** Somebody was invited: property invites + 1. */
    INVITES,
    /** Its name changes. */
    RENAME,
    /** It becomes active, or stops being so. */
    STATUS;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
