/**
 * Events reach sessions: each once, in revision order.
 *
 * <p>Terms. A <em>session</em> is one open dashboard and its <em>cursor</em>, the last revision it was sent. All sessions
 * of a tenant on this node read one <em>channel</em>, the tenant's most recent events, each encoded once. A session takes
 * the event after its cursor from the channel; if it is not there any more it reads the journal; if the journal does not
 * reach back that far it gets full state. Nothing is queued for a session: one that cannot take more keeps its cursor and
 * goes on when it can. <em>Conflation</em>: {@code kpi:update} is state, sent at once when the tenant was quiet, then at
 * most once an interval with the newest values, and always after the last event of a burst.
 *
 * <p>What the feed relays may repeat or have gaps. The <em>sweep</em> compares the channels with the database and finds
 * what no one told us of. A <em>history</em> of the database is what one epoch names: a session sends only what is of its
 * own, and takes full state when its channel is in another. A revision is <em>pending</em> when the WAL has shown it and queries
 * do not yet, and <em>lost</em> when the database does not have it: the transaction that wrote it tells which.
 *
 * <p>Threads, given by {@link com.tenantlist.live.delivery.Workers}: a session's work runs on its sink's own thread, without
 * locks. {@code delivery-read-N} read the database; {@code delivery-timer} only wakes; {@code delivery-sweep} sweeps; the feed's thread fills channels.
 */
@NullMarked
package com.tenantlist.live.delivery;

import org.jspecify.annotations.NullMarked;
