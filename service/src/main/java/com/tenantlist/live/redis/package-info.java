/**
 * The way to Redis: settings, the client, and whether it answers. Redis makes things faster; nothing depends on it.
 */
@NullMarked
package com.tenantlist.live.redis;

import org.jspecify.annotations.NullMarked;
