/**
 * Who a caller is: verification of tokens, for REST and for sockets alike, and the principal. Any thread; verifying does
 * no I/O.
 */
@NullMarked
package com.tenantlist.live.auth;

import org.jspecify.annotations.NullMarked;
