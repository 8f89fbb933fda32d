/**
 * Load against a running service. A scenario makes changes by SQL at a rate and checks what websocket clients of its own
 * receive: it shares nouns with the service, and no code that delivers or orders events.
 */
@NullMarked
package com.tenantlist.live.loadtest;

import org.jspecify.annotations.NullMarked;
