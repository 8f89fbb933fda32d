/**
 * The nouns that the service, the command line and the load test share: names, payloads, codes. No behaviour that one
 * of them verifies in another lives here; the literal-JSON tests of this module pin every payload.
 */
@NullMarked
package com.tenantlist.live.protocol;

import org.jspecify.annotations.NullMarked;
