package com.tenantlist.live.kpi;

import com.codahale.metrics.Meter;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.tenantlist.live.redis.Redis;
import io.dropwizard.core.setup.Environment;
import io.dropwizard.lifecycle.Managed;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.jdbi.v3.core.Jdbi;

/** The KPIs of tenants. */
public final class Kpis implements KpiMemory, Managed {
    private final Jdbi jdbi;
    private final Jdbi rest;
    private final KpiCache cache;
    private final Cache<UUID, Long> newest;
    private final Meter hits;
    private final Meter misses;
    private final long settlingNanos;
    private volatile String generation = newGenerationName();
    /** Of another node's generation: when it had not written yet, perhaps, what it saw before we heard of it. */
    private volatile long adoptedAt = System.nanoTime();

    private volatile BooleanSupplier changesAreSeen = () -> false;

    private Kpis(KpiConfiguration config, Jdbi jdbi, Jdbi rest, Redis redis, Environment environment) {
        this.jdbi = jdbi;
        this.rest = rest;
        this.cache = new KpiCache(redis, config.timeToLive, config.writeInterval);
        this.settlingNanos = 2 * config.writeInterval.toNanoseconds();
        // What is older than the time to live cannot be contradicted by a cached value any more.
        this.newest = Caffeine.newBuilder()
                .expireAfterWrite(config.timeToLive.toJavaDuration().multipliedBy(2))
                .maximumSize(config.rememberedTenants)
                .build();
        this.hits = environment.metrics().meter("kpi.cache.hits");
        this.misses = environment.metrics().meter("kpi.cache.misses");
    }

    /**
     * Makes the KPIs and registers their REST calls.
     *
     * @param jdbi for the KPIs themselves, a lookup each
     * @param rest for trends, which add up
     */
    public static Kpis open(KpiConfiguration config, Jdbi jdbi, Jdbi rest, Redis redis, Environment environment) {
        Kpis kpis = new Kpis(config, jdbi, rest, redis, environment);
        environment.jersey().register(new KpiResource(kpis));
        environment.lifecycle().manage(kpis);
        return kpis;
    }

    @Override
    public void stop() {
        cache.stop();
    }

    /** Names who knows whether every change reaches {@link #replace}; while it does not, the cache is not read. */
    public void trustCacheWhile(BooleanSupplier changesAreSeen) {
        this.changesAreSeen = changesAreSeen;
    }

    /**
     * The tenant's KPIs, from the cache if they are there.
     *
     * @param held what a client says that it holds: if it is of another history than what is cached, or newer, Postgres is asked
     */
    KpiReading get(UUID userId, List<KpiTag> held) {
        long floor = newestSeen(userId);
        String now = generation;
        if (changesAreSeen.getAsBoolean() && System.nanoTime() - adoptedAt > settlingNanos) {
            Optional<KpiReading> cached = cache.find(userId)
                    .filter(entry -> entry.generation().equals(now) && entry.revision() >= floor)
                    .map(KpiCache.Entry::reading)
                    .filter(reading -> held.stream().allMatch(KpiTag.of(userId, reading)::reaches));
            if (cached.isPresent()) {
                hits.mark();
                return cached.get();
            }
        }
        misses.mark();
        KpiReading reading = getFresh(userId);
        cacheNow(userId, reading, now);
        return reading;
    }

    private KpiReading getFresh(UUID userId) {
        return jdbi.withHandle(handle -> KpiDao.get(handle, userId));
    }

    @Override
    public void replace(UUID userId, String epoch, KpiSnapshot snapshot, String inGeneration) {
        seen(userId, snapshot.revision());
        KpiReading reading = new KpiReading(epoch, snapshot);
        cache.replaceSoon(userId, KpiCache.Entry.of(inGeneration, reading), this::distrustCache);
    }

    private void cacheNow(UUID userId, KpiReading reading, String inGeneration) {
        seen(userId, reading.revision());
        cache.replace(userId, KpiCache.Entry.of(inGeneration, reading), this::distrustCache);
    }

    @Override
    public void seen(UUID userId, long revision) {
        newest.asMap().merge(userId, revision, Math::max);
    }

    private long newestSeen(UUID userId) {
        Long seen = newest.getIfPresent(userId);
        return seen == null ? 0 : seen;
    }

    /** The caller changed the tenant's rows: reads that follow are not older than that. */
    public void changed(UUID userId) {
        String now = generation;
        cacheNow(userId, getFresh(userId), now);
    }

    @Override
    public void distrustCache() {
        generation = newGenerationName();
    }

    @Override
    public String cacheGeneration() {
        return generation;
    }

    @Override
    public void adoptCacheGeneration(String leaders) {
        if (!generation.equals(leaders)) {
            adoptedAt = System.nanoTime();
            generation = leaders;
        }
    }

    @Override
    public void forgetRevisions() {
        distrustCache();
        newest.invalidateAll();
    }

    List<TrendDay> trends(UUID userId, int days) {
        return rest.withHandle(handle -> KpiDao.trends(handle, userId, days));
    }

    private static String newGenerationName() {
        return UUID.randomUUID().toString();
    }
}
