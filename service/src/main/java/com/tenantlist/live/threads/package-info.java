/** The service's own threads, what happens when one of them meets what it cannot handle, and how long it waits before the next try. */
@NullMarked
package com.tenantlist.live.threads;

import org.jspecify.annotations.NullMarked;
