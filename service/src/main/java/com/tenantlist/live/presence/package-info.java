/**
 * Who is online, with how many dashboards, on which node.
 *
 * <p>Each node writes the counts of its own users into Redis, and says every few seconds that it is there; the counts of one
 * that does not are void after {@link com.tenantlist.live.presence.PresenceConfiguration#nodeExpiry}. A change is told on the
 * bus only if the user has dashboards on other nodes: most have not. Without Redis a node knows its own.
 *
 * <p>Threads: {@code presence} writes and refreshes. What listeners are told comes on it or on a thread of the bus.
 */
@NullMarked
package com.tenantlist.live.presence;

import org.jspecify.annotations.NullMarked;
