package com.tenantlist.live.redis;

import com.codahale.metrics.health.HealthCheck;
import io.dropwizard.core.setup.Environment;
import io.dropwizard.lifecycle.Managed;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.redisson.api.RedissonClient;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Redis that may be slow or away. After a failure it is left alone for {@link RedisConfiguration#retryAfter}; then one
 * call tries it again. Any thread.
 */
public final class Redis implements Managed {
    private static final Logger log = LoggerFactory.getLogger(Redis.class);

    private final RedisConfiguration config;
    private final RedisUrl url;
    private final RedissonClient client;
    private final AtomicLong blockedUntil = new AtomicLong(System.nanoTime());
    private final AtomicBoolean failing = new AtomicBoolean();

    private Redis(RedisConfiguration config) {
        this.config = config;
        this.url = RedisUrl.parse(config.url);
        this.client = newClient();
    }

    /** Another client of the same Redis, for who needs connections of its own; the caller ends it. */
    public RedissonClient newClient() {
        return RedisClients.create(url, config);
    }

    /** Makes the client, managed by the environment, and registers the health check {@code redis}. Connects later. */
    public static Redis open(RedisConfiguration config, Environment environment) {
        Redis redis = new Redis(config);
        environment.lifecycle().manage(redis);
        environment.healthChecks().register("redis", redis.new Check());
        return redis;
    }

    /**
     * Asks Redis, unless it failed lately. Waits at most {@link RedisConfiguration#readTimeout}.
     *
     * @return empty if Redis was not asked, did not answer in time, or answered nothing
     */
    public <T> Optional<T> ask(Function<RedissonClient, CompletionStage<T>> question) {
        return ask(question, config.readTimeout.toMilliseconds());
    }

    /** The same, waiting at most so many milliseconds. */
    public <T> Optional<T> ask(Function<RedissonClient, CompletionStage<T>> question, long limitMillis) {
        if (System.nanoTime() - blockedUntil.get() < 0) {
            return Optional.empty();
        }
        try {
            T answer = question.apply(client).toCompletableFuture().get(limitMillis, TimeUnit.MILLISECONDS);
            answered();
            return Optional.ofNullable(answer);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        } catch (Exception e) {
            failed(e);
            return Optional.empty();
        }
    }

    /**
     * Tells Redis something without waiting. {@code onFailure} is called, on any thread, if it did not get through, or
     * was not tried because Redis failed lately.
     *
     * @return completes, never exceptionally, when it got through or failed
     */
    public CompletableFuture<Void> tell(Function<RedissonClient, CompletionStage<?>> command, Runnable onFailure) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        if (System.nanoTime() - blockedUntil.get() < 0) {
            done.complete(null);
            onFailure.run();
            return done;
        }
        try {
            command.apply(client).whenComplete((answer, failure) -> {
                done.complete(null);
                if (failure == null) {
                    answered();
                } else {
                    failed(failure);
                    onFailure.run();
                }
            });
        } catch (RuntimeException e) {
            done.complete(null);
            failed(e);
            onFailure.run();
        }
        return done;
    }

    /** The same, and waits until it got through or failed, at most {@link RedisConfiguration#readTimeout}: later is no failure yet. */
    public void tellAndWait(Function<RedissonClient, CompletionStage<?>> command) {
        CompletableFuture<Void> done = tell(command, () -> {});
        try {
            done.get(config.readTimeout.toMilliseconds(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            log.debug("not waited longer for redis at=\"{}\"", address());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw new IllegalStateException("it completes, never exceptionally", e);
        }
    }

    /** How many keys a command may name, if {@code most} were fine otherwise: those of a cluster lie apart. */
    public int keysAtOnce(int most) {
        return url.kind() == RedisUrl.Kind.CLUSTER ? 1 : most;
    }

    private void answered() {
        if (failing.compareAndSet(true, false)) {
            log.info("redis back at=\"{}\"", address());
        }
    }

    private void failed(Throwable failure) {
        blockedUntil.set(System.nanoTime() + config.retryAfter.toNanoseconds());
        if (failing.compareAndSet(false, true)) {
            log.warn("redis away at=\"{}\" cause=\"{}\"", address(), failure.toString());
        }
    }

    /** Where it is, without the password: for messages. */
    public String address() {
        return url.shown();
    }

    @Override
    public void stop() {
        client.shutdown(0, 2, TimeUnit.SECONDS);
    }

    private final class Check extends HealthCheck {
        @Override
        protected Result check() {
            Optional<String> pong = ask(redis ->
                    redis.<String>getBucket("dashboard:health").getAsync().thenApply(v -> "ok"));
            return pong.isPresent()
                    ? Result.healthy("Redis at %s", address())
                    : Result.unhealthy("no answer from %s; KPIs are read from Postgres", address());
        }
    }
}
