/**
 * Commits become events.
 *
 * <p>Terms. The <em>slot</em> is a temporary logical replication slot named after the database; only one connection of a
 * cluster can own it. Its owner is the <em>leader</em>: it reads the inserts into {@code live.dashboard_event} from the WAL
 * and relays them. A node that finds the slot taken <em>stands by</em>. A <em>heartbeat</em> is a WAL message that the
 * leader writes twice a second and must read back.
 *
 * <p>States: {@link com.tenantlist.live.feed.FeedState}. Promise to the listener: what is relayed is in commit order, a
 * tenant's revisions ascending; perhaps repeated; perhaps with gaps, since a slot starts from "now". After every gain of
 * leadership the listener is told so, and must look for what it missed by itself (the journal is the truth, this is the
 * bell).
 *
 * <p>Failures: a lost connection is noticed by its error, a half-open one by missing heartbeats within
 * {@link com.tenantlist.live.feed.FeedConfiguration#heartbeatTimeout}. Both end in a new attempt with jittered backoff. A
 * {@link com.tenantlist.live.feed.Refusal} is no failure: the node is <em>alone</em>, lives on the sweep, and asks again now and then.
 * So it is while the slot would keep more WAL than {@link com.tenantlist.live.feed.FeedConfiguration#maxRetained}: see
 * {@link com.tenantlist.live.feed.RetainedWal}.
 * Making the slot waits for every write transaction that is open in the cluster, for minutes maybe: after
 * {@link com.tenantlist.live.feed.FeedConfiguration#aloneAfter} without a supply a node is alone too, whatever the reason.
 *
 * <p>A transaction is read to its end before its events are relayed, 512 at a time if it has more; what was read is relayed as soon as no more
 * has come, for which {@link com.tenantlist.live.postgres.ReplicationSockets} sees to it that asking does not wait.
 *
 * <p>While nobody waits for what is relayed (no session here, no other node heard) the leader rests after each batch for
 * {@link com.tenantlist.live.feed.FeedConfiguration#restWhileUnwatched}; who comes ends the rest.
 *
 * <p>Threads: {@code feed} runs the loop and calls the listener; {@code feed-heartbeat} writes heartbeats, and looks
 * how much WAL the slot keeps; {@code feed-watchdog} cuts a silent connection.
 */
@NullMarked
package com.tenantlist.live.feed;

import org.jspecify.annotations.NullMarked;
