/** What operators read: metrics for Prometheus on the admin port, and {@code /openapi.json}. */
@NullMarked
package com.tenantlist.live.ops;

import org.jspecify.annotations.NullMarked;
