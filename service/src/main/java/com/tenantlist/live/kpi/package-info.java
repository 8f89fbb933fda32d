/**
 * The four numbers: their rule, their row in {@code live.tenant_kpis}, what nodes remember of them, their cache in Redis, and their
 * REST calls.
 *
 * <p>Promise: no KPIs are served that are older than a revision their reader has seen. A node serves what it remembers as long as every
 * change has been told it since, and nothing older than what it has sent or the reader's {@code If-None-Match} names; else it asks
 * Postgres. What one node has served by {@code GET …/kpis}, or written, the others find in Redis, where a script never replaces a newer revision with an older one; every
 * value there names the generation it was written in, and when changes may have gone by unseen a new one begins.
 *
 * <p>Any thread; reads block for at most the read timeout of Redis and a primary-key lookup in Postgres.
 */
@NullMarked
package com.tenantlist.live.kpi;

import org.jspecify.annotations.NullMarked;
