package com.tenantlist.live.guard;

import java.util.Set;

/**
 * Something that is wrong with what of ours stands in the database.
 *
 * @param name a short one, for metrics
 * @param said what is wrong
 * @param cure what mends it
 */
record Fault(String name, String said, String cure) {
    private static final Set<String> KEEPS_COMMITS_FROM_US =
            Set.of("publication", "subscription", "trigger", "function");

    private static final Set<String> HIDES_ROWS = Set.of("table", "column");

    /** Whether commits may go by without an event, or events without being relayed. */
    boolean keepsCommitsFromUs() {
        return KEEPS_COMMITS_FROM_US.contains(name);
    }

    /** Whether it is of our own role, and not of what stands in the database. */
    boolean isOfRights() {
        return name.equals("right");
    }

    /** Whether the platform's rows cannot be read. */
    boolean hidesRows() {
        return HIDES_ROWS.contains(name);
    }

    @Override
    public String toString() {
        return said + " (" + cure + ")";
    }
}
