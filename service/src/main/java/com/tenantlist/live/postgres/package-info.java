/**
 * The way to Postgres: settings, pool, replication connections and the epoch.
 *
 * <p>Threads: the pool and {@link com.tenantlist.live.postgres.Epoch} may be used by any thread; every call blocks.
 */
@NullMarked
package com.tenantlist.live.postgres;

import org.jspecify.annotations.NullMarked;
