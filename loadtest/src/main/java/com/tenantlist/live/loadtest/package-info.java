/**
 * Load against a running service, and against a peer in turn with it. A scenario ({@code …Scenario}) measures a {@link
 * com.tenantlist.live.loadtest.Target} for one turn and gives an {@link com.tenantlist.live.loadtest.Outcome}; {@link
 * com.tenantlist.live.loadtest.Run} takes the turns, {@link com.tenantlist.live.loadtest.Report} tells them. What dashboards receive is
 * checked by websocket clients of its own: it shares nouns with the service, and no code that delivers or orders events.
 *
 * <p>A change is known by its mark: its revision, or the number that the load test put in a business' name. Times are by one clock, {@link
 * System#nanoTime()}. Two event loops have all dashboards; each worker is a thread.
 */
@NullMarked
package com.tenantlist.live.loadtest;

import org.jspecify.annotations.NullMarked;
