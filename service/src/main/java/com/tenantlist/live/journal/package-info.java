/**
 * The per-tenant journal of events: read after a revision, prune, and its REST call. A tenant's revisions have no gap and
 * follow commit order; what is missing at the front was pruned. Any thread; every call blocks.
 */
@NullMarked
package com.tenantlist.live.journal;

import org.jspecify.annotations.NullMarked;
