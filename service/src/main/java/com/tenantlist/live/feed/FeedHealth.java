package com.tenantlist.live.feed;

import com.codahale.metrics.Timer;
import com.codahale.metrics.health.HealthCheck;
import io.dropwizard.util.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;

/**
 * The health check {@code feed}: how changes reach this node, and if not by the feed, why and what to do. A host that refuses
 * replication is no fault of the service's, which serves well by the sweep: healthy, with a sentence.
 */
final class FeedHealth extends HealthCheck {
    private final FeedProtocol protocol;
    private final Supplier<String> reason;
    private final Supplier<@Nullable String> sweepFailure;
    private final Timer lag;
    private final Jdbi jdbi;
    private final Duration refusedRetry;

    FeedHealth(
            FeedProtocol protocol,
            Supplier<String> reason,
            Supplier<@Nullable String> sweepFailure,
            Timer lag,
            Jdbi jdbi,
            Duration refusedRetry) {
        this.protocol = protocol;
        this.reason = reason;
        this.sweepFailure = sweepFailure;
        this.lag = lag;
        this.jdbi = jdbi;
        this.refusedRetry = refusedRetry;
    }

    @Override
    protected Result check() {
        Result result = supplied();
        String failure = sweepFailure.get();
        // Fed or not: what a relay misses, and who opens a dashboard, is looked for by the sweep.
        return failure == null
                ? result
                : Result.unhealthy("%s; but every sweep fails: %s", result.getMessage(), failure);
    }

    private Result supplied() {
        Supply supply = protocol.supply();
        boolean fed = supply == Supply.FED;
        String otherwise = supply == Supply.ALONE ? "living on the fast sweep" : "living on the sweep";
        return switch (protocol.state()) {
            case LEADING ->
                fed
                        ? Result.healthy(
                                "leading; commit to here p99 %.1f ms",
                                lag.getSnapshot().get99thPercentile() / 1e6)
                        : protocol.isTrusted()
                                ? Result.unhealthy("leading, but behind the WAL; %s", otherwise)
                                : Result.unhealthy("leading, but changes may go by unseen: see the check guard");
            case STANDBY ->
                fed
                        ? Result.healthy("standing by: another node leads, and is heard")
                        : Result.unhealthy(
                                "standing by: another node %s; %s",
                                awaited().orElse("leads, but is not heard on the bus"), otherwise);
            case UNAVAILABLE ->
                fed
                        ? Result.healthy("no replication here (%s), but another node leads", reason.get())
                        : Result.healthy(
                                "no replication, %s: %s; tried again within %s", otherwise, said(), refusedRetry);
            default ->
                fed
                        ? Result.healthy("another node leads, and is heard; this one: %s", said())
                        : Result.unhealthy("%s; %s", said(), otherwise);
        };
    }

    private String said() {
        return awaited().map(what -> "a node " + what).orElseGet(reason);
    }

    private Optional<String> awaited() {
        try {
            return jdbi.withHandle(ReplicationSlot::awaited)
                    .map(whom -> "makes the slot, for which the server waits until open transactions end: " + whom);
        } catch (JdbiException e) {
            return Optional.empty();
        }
    }
}
