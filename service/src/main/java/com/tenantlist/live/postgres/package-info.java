/**
 * The way to Postgres: settings, pool, replication connections, migrations, the epoch, and the commands {@code db …}.
 *
 * <p>Threads: the pool and {@link com.tenantlist.live.postgres.Epoch} may be used by any thread; every call blocks.
 */
@NullMarked
package com.tenantlist.live.postgres;

import org.jspecify.annotations.NullMarked;
