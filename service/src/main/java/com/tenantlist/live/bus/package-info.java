/**
 * What nodes tell each other, over one Redis channel.
 *
 * <p>Promise: messages of one node reach the others in the order in which it published them, each once at most; if some are
 * lost the listeners are told so before the next one. Nothing more: Redis forgets what it could not deliver at once. Whoever
 * publishes must have the truth elsewhere, and whoever listens must be able to look there.
 *
 * <p>A node that has nothing to say publishes an empty frame every {@link com.tenantlist.live.bus.BusConfiguration#pingInterval}.
 * It must hear its own frames: the round trip is the metric {@code bus.lag}, and a subscription that has died without a
 * sign is made anew after {@link com.tenantlist.live.bus.BusConfiguration#pingTimeout}.
 *
 * <p>Frames are signed; a forged or damaged one is dropped and counted. Threads: {@code bus} subscribes and publishes, one
 * frame at a time, so that their order holds; what waits meanwhile goes into the next frame together.
 */
@NullMarked
package com.tenantlist.live.bus;

import org.jspecify.annotations.NullMarked;
