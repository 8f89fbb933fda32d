package com.tenantlist.live.loadtest;

/** How changes are made. */
enum By {
    /** Statements in the database. */
    SQL,
    /** {@code PUT /api/businesses/{id}}. */
    REST,
    /** {@code POST /bench/broadcast/{user}}, by which a peer without triggers is told to emit; {@code fanout} only. */
    BROADCAST
}
