/** The service's own threads, and what happens when one of them meets what it cannot handle. */
@NullMarked
package com.tenantlist.live.threads;

import org.jspecify.annotations.NullMarked;
