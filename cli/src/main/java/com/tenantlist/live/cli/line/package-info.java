/**
 * A TCP line between a client and a server that can be cut, as lines are: for checks of what happens then. Loopback only.
 */
@NullMarked
package com.tenantlist.live.cli.line;

import org.jspecify.annotations.NullMarked;
