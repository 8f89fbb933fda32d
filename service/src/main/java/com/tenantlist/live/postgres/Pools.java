package com.tenantlist.live.postgres;

import org.jdbi.v3.core.Jdbi;

/**
 * The service's connections, by purpose: what keeps dashboards true does not wait for those who write.
 *
 * @param live short reads of dashboards: handshakes, state, journal, KPIs, sweep, revocations, health
 * @param rest lists and writes of businesses by REST, which may wait for others' locks
 * @param writes transactions on {@code rest}
 */
public record Pools(Jdbi live, Jdbi rest, Writes writes) {}
