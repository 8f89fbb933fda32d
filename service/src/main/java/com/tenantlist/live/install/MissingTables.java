package com.tenantlist.live.install;

/** What {@code db migrate} does in a database that has neither of the platform's tables: often it is not the one that was meant. */
public enum MissingTables {
    REFUSED,
    MADE
}
