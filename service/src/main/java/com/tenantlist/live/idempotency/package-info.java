/**
 * Writes that are done once, however often they are asked for: {@code Idempotency-Key}
 * (<a href="https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/">draft-ietf-httpapi-idempotency-key-header-07</a>).
 * A write with a key leaves its answer in {@code live.idempotency}, in the write's own transaction: there is an answer if and only
 * if something was done. Whoever comes with the key again gets that answer; whoever comes meanwhile waits for it, by the row's
 * lock. Keys are a user's own.
 *
 * <p>What was refused leaves nothing, unlike with Stripe: nothing was done, so it may be asked for again, and answered by what is
 * true then.
 *
 * <p>Any thread; every call blocks.
 */
@NullMarked
package com.tenantlist.live.idempotency;

import org.jspecify.annotations.NullMarked;
