/**
 * The four numbers: their rule, their row in {@code live.tenant_kpis}, their cache in Redis, and their REST calls.
 *
 * <p>Promise: no KPIs are served that are older than a revision their reader has seen. Three guards keep it. A script in
 * Redis never replaces a newer revision with an older one. A node remembers the newest revision it has seen of each
 * tenant and takes an older cached value for a miss, as it does for one older than the reader's {@code If-None-Match}.
 * And every cached value names the generation it was written in: when changes may have gone by unseen (the feed was
 * interrupted, a write to Redis failed), a new generation begins and all older values are misses.
 *
 * <p>Any thread; reads block for at most the read timeout of Redis and a primary-key lookup in Postgres.
 */
@NullMarked
package com.tenantlist.live.kpi;

import org.jspecify.annotations.NullMarked;
