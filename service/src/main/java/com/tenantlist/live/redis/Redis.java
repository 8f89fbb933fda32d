package com.tenantlist.live.redis;

import com.codahale.metrics.health.HealthCheck;
import io.dropwizard.core.setup.Environment;
import io.dropwizard.lifecycle.Managed;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Redis that may be slow or away. After a failure it is left alone for {@link RedisConfiguration#retryAfter}; then one
 * call tries it again. Any thread.
 */
public final class Redis implements Managed {
    private static final Logger log = LoggerFactory.getLogger(Redis.class);

    private static final int THREADS = 2;
    private static final int POOL = 8;
    private static final int COMMAND_TIMEOUT_MILLIS = 500;
    private static final int RETRY_DELAY_MILLIS = 100;
    private static final int PING_MILLIS = 1000;

    private final RedisConfiguration config;
    private final RedissonClient client;
    private final AtomicLong blockedUntil = new AtomicLong(System.nanoTime());
    private final AtomicBoolean failing = new AtomicBoolean();

    private Redis(RedisConfiguration config) {
        this.config = config;
        Config redisson = new Config();
        redisson.setLazyInitialization(true);
        redisson.setThreads(THREADS);
        redisson.setNettyThreads(THREADS);
        redisson.setCodec(StringCodec.INSTANCE);
        redisson.useSingleServer()
                .setAddress(config.url)
                .setConnectionPoolSize(POOL)
                .setConnectionMinimumIdleSize(1)
                .setSubscriptionConnectionPoolSize(2)
                .setSubscriptionConnectionMinimumIdleSize(1)
                .setTimeout(COMMAND_TIMEOUT_MILLIS)
                .setConnectTimeout(COMMAND_TIMEOUT_MILLIS)
                .setRetryAttempts(1)
                .setRetryDelay(new org.redisson.config.ConstantDelay(java.time.Duration.ofMillis(RETRY_DELAY_MILLIS)))
                .setPingConnectionInterval(PING_MILLIS);
        this.client = Redisson.create(redisson);
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
        if (System.nanoTime() - blockedUntil.get() < 0) {
            return Optional.empty();
        }
        try {
            T answer = question.apply(client)
                    .toCompletableFuture()
                    .get(config.readTimeout.toMilliseconds(), TimeUnit.MILLISECONDS);
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
     */
    public void tell(Function<RedissonClient, CompletionStage<?>> command, Runnable onFailure) {
        if (System.nanoTime() - blockedUntil.get() < 0) {
            onFailure.run();
            return;
        }
        try {
            command.apply(client).whenComplete((answer, failure) -> {
                if (failure == null) {
                    answered();
                } else {
                    failed(failure);
                    onFailure.run();
                }
            });
        } catch (RuntimeException e) {
            failed(e);
            onFailure.run();
        }
    }

    private void answered() {
        if (failing.compareAndSet(true, false)) {
            log.info("redis back url={}", shownUrl());
        }
    }

    private void failed(Throwable failure) {
        blockedUntil.set(System.nanoTime() + config.retryAfter.toNanoseconds());
        if (failing.compareAndSet(false, true)) {
            log.warn("redis away url={} cause=\"{}\"", shownUrl(), failure.toString());
        }
    }

    private String shownUrl() {
        return config.url.replaceAll("//[^@/]*@", "//");
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
                    ? Result.healthy("Redis at %s", shownUrl())
                    : Result.unhealthy("no answer from %s; KPIs are read from Postgres", shownUrl());
        }
    }
}
