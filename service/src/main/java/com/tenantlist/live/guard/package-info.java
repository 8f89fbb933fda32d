/**
 * Watches what of ours stands in the platform's database, and says what is wrong with what cures it.
 *
 * <p>Terms. A <em>fault</em> is something of ours that is not as {@code db migrate} made it: a trigger that is gone or disabled,
 * a publication without the journal, a function of another version, a change that could not be counted, a right that the service's
 * role has lost. A <em>part</em> is a
 * partition or an inheriting table. A tenant is <em>untrue</em> when what we hold of it is not what the platform's rows say.
 *
 * <p>Promise. A fault is in the health check {@code guard}, with its cure, within {@code guard.interval} on the node that leads, and
 * in that node's log once when it is first seen and once when it is gone. While a fault keeps commits from the journal or the
 * feed, the node does not call itself fed. An untrue tenant is found within (tenants ÷ {@code guard.compareTenants}) ×
 * {@code guard.compareInterval}, and never suspected: a comparison is one snapshot, and is made twice; found, it is compared at every look, so
 * that what was rebuilt is forgotten soon. A new part gets
 * its triggers, and what it held is counted. Which parts are counted stands in the database ({@code live.installation.parts}), so that
 * one that could not be, that vanished with its rows, or that was away for a while is a fault on every node until a rebuild of all.
 * Triggers that someone has disabled or dropped are not made again: that is said, and
 * {@code db migrate} does it.
 *
 * <p>Threads. All is done on one thread, {@code guard}. It works on the node that leads, and on every node that is not fed: the
 * checks read catalogs, and cost a millisecond.
 */
@org.jspecify.annotations.NullMarked
package com.tenantlist.live.guard;
