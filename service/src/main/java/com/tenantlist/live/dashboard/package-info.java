/**
 * The namespace {@code /dashboard}: who may connect, and what a dashboard may ask; and the same state by REST.
 *
 * <p>Threads: the namespace runs on the connections' event loops and does not block; state is read on delivery's readers.
 */
@NullMarked
package com.tenantlist.live.dashboard;

import org.jspecify.annotations.NullMarked;
