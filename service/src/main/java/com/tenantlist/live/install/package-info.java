/**
 * Puts what is ours into the platform's database, keeps it whole, and takes it away again: the commands {@code db migrate},
 * {@code db rebuild}, {@code db remove} and {@code db grants}.
 *
 * <p>Terms. The <em>platform's tables</em> are {@code public.businesses} and {@code public.business_metrics} with their
 * partitions and inheriting tables. The <em>owner</em> is the role that owns schema {@code live} and that its functions run as.
 *
 * <p>Promise: the platform writes on at every moment, wherever a command fails or is killed, and the next run goes on from
 * there. A lock that its writers could wait behind is waited for no longer than
 * {@link com.tenantlist.live.install.InstallConfiguration#lockTimeout} at a time.
 *
 * <p>Order of {@code db migrate}: look and perhaps refuse; owner, schema and functions; indexes; backfill, which no trigger
 * sees; triggers; a second look at every tenant, for what changed between the two. One command at a time may run in a
 * database: an advisory lock sees to it.
 *
 * <p>Threads: that of the caller; every call blocks.
 */
@NullMarked
package com.tenantlist.live.install;

import org.jspecify.annotations.NullMarked;
