package com.tenantlist.live.kpi;

import com.codahale.metrics.Meter;
import com.tenantlist.live.postgres.Postgres;
import com.tenantlist.live.redis.Redis;
import io.dropwizard.core.setup.Environment;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import org.jdbi.v3.core.Jdbi;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The KPIs of tenants, from this node's memory where they are known. What is served is cached, once: another node may not have heard of
 * it yet, and serves the newer of its memory and the cache.
 */
public final class Kpis {
    private static final Logger log = LoggerFactory.getLogger(Kpis.class);

    /** A header of answers to writes, of the form of {@link KpiTag}. */
    public static final String REVISION = "X-Live-Revision";

    private final Jdbi jdbi;
    private final Jdbi rest;
    private final KpiCache cache;
    private final KpiMemory memory;
    private final Meter hits;
    private final Meter misses;
    private volatile BooleanSupplier othersMayWrite = () -> true;

    private Kpis(KpiConfiguration config, Jdbi jdbi, Jdbi rest, Redis redis, Environment environment) {
        this.jdbi = jdbi;
        this.rest = rest;
        this.cache = new KpiCache(redis, config.timeToLive);
        this.memory = new KpiMemory(config);
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
        return kpis;
    }

    /** What those tell it who see the changes. */
    public KpiMemory memory() {
        return memory;
    }

    /** Names who knows whether there may be other nodes; while there are none the cache is not read. */
    public void readCacheWhile(BooleanSupplier thereMayBeOthers) {
        this.othersMayWrite = thereMayBeOthers;
    }

    /**
     * The tenant's KPIs.
     *
     * @param held what a client says that it holds: if it is of another history than what is known, or newer, Postgres is asked
     */
    KpiReading get(UUID userId, List<KpiTag> held) {
        String generation = memory.cacheGeneration();
        Optional<KpiReading> current = memory.current(
                        userId, unshown -> cache.replace(userId, KpiCache.Entry.of(generation, unshown)))
                .flatMap(known ->
                        othersMayWrite.getAsBoolean() ? newerOfCache(userId, known, generation) : Optional.of(known))
                .filter(reading -> held.isEmpty() || held.stream().allMatch(KpiTag.of(userId, reading)::reaches));
        if (current.isPresent()) {
            hits.mark();
            return current.get();
        }
        misses.mark();
        return read(userId, cache::replace);
    }

    /** Empty if another node may know better: the cache does not say, or what is there is of another generation or history. */
    private Optional<KpiReading> newerOfCache(UUID userId, KpiReading known, String generation) {
        Optional<KpiCache.Found> found = cache.find(userId);
        if (found.isEmpty() || found.get().entry().isEmpty()) {
            return found.map(nothing -> known);
        }
        KpiCache.Entry entry = found.get().entry().get();
        KpiReading cached = entry.reading();
        if (!entry.generation().equals(generation) || !cached.isOfHistory(known)) {
            return Optional.empty();
        }
        if (cached.revision() <= known.revision()) {
            return Optional.of(known);
        }
        memory.seen(userId, cached.revision());
        return Optional.of(cached);
    }

    /** Those of Postgres, which {@code caching} caches. */
    private KpiReading read(UUID userId, BiConsumer<UUID, KpiCache.Entry> caching) {
        long sight = memory.sight();
        String generation = memory.cacheGeneration();
        KpiState state = jdbi.withHandle(handle -> KpiState.read(handle, userId));
        memory.remember(userId, state, sight);
        KpiReading reading = new KpiReading(state.epoch(), state.kpis());
        caching.accept(userId, KpiCache.Entry.of(generation, reading));
        return reading;
    }

    /**
     * The caller changed the tenant's rows: reads that follow are not older than that, on other nodes while Redis answers. Throws
     * nothing: they are changed.
     *
     * @return the answer, which says in {@value #REVISION} by which revision of which history the change is shown; without, if that
     *     cannot be read
     */
    public Response written(UUID userId, Response answer) {
        try {
            KpiTag shown = KpiTag.of(userId, read(userId, cache::replaceNow));
            return Response.fromResponse(answer).header(REVISION, shown).build();
        } catch (RuntimeException e) {
            memory.missed();
            log.warn("KPIs not read after a write cause=\"{}\"", Postgres.rootMessage(e));
            return answer;
        }
    }

    List<TrendDay> trends(UUID userId, int days) {
        return rest.withHandle(handle -> KpiDao.trends(handle, userId, days));
    }
}
