/**
 * Businesses and their metrics: SQL and REST. Writing goes to the platform's tables like anybody's; the triggers do the
 * rest. Any thread; every call blocks.
 */
@NullMarked
package com.tenantlist.live.business;

import org.jspecify.annotations.NullMarked;
