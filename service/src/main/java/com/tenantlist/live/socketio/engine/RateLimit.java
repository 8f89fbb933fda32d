package com.tenantlist.live.socketio.engine;

import java.util.concurrent.TimeUnit;

/** A token bucket (RFC 2697 calls it committed rate and burst) that also counts debt. Not thread-safe. */
final class RateLimit {
    private final double perNano;
    private final double burst;
    private double tokens;
    private long at;

    /** Lets {@code burst} through at once, and {@code perSecond} in the long run. */
    RateLimit(double perSecond, double burst, long nowNanos) {
        this.perNano = perSecond / TimeUnit.SECONDS.toNanos(1);
        this.burst = burst;
        this.tokens = burst;
        this.at = nowNanos;
    }

    /** Takes one token, if need be on credit. */
    Verdict take(long nowNanos) {
        tokens = Math.min(burst, tokens + (nowNanos - at) * perNano);
        at = nowNanos;
        tokens -= 1;
        return tokens >= 0 ? Verdict.PASS : tokens >= -burst ? Verdict.OVER : Verdict.FLOOD;
    }

    enum Verdict {
        PASS,
        /** Over the limit by less than a burst. */
        OVER,
        /** Over it by more than a burst: this is no client that was a little eager. */
        FLOOD
    }
}
