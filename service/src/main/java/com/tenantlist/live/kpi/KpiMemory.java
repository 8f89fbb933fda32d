package com.tenantlist.live.kpi;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The newest KPIs of tenants that this node knows. They are current as long as every change has been told here since they were read or
 * told: within one <em>sight</em>. Of what was known before it only the revision counts: nothing older is current. Bounded. Any thread; never
 * blocks.
 */
public class KpiMemory {
    /** While changes may go by unseen. */
    public static final long NO_SIGHT = 0;

    private final Cache<UUID, Known> newest;

    /** Changed under the monitor. */
    private volatile long sight = NO_SIGHT;

    private long sights;
    private volatile String cacheGeneration = newGenerationName();

    /** What is known of a tenant. */
    private static final class Known {
        final long revision;

        /** Null: only that there is this revision. */
        final @Nullable KpiReading reading;

        /** In which it was read, or told. */
        final long sight;

        /** Whether somebody was shown it. */
        final AtomicBoolean shown = new AtomicBoolean();

        Known(long revision, @Nullable KpiReading reading, long sight) {
            this.revision = revision;
            this.reading = reading;
            this.sight = sight;
        }

        /** What is known after the other became known: of an older revision only that there is a newer one. */
        Known and(Known other) {
            if (sight == other.sight
                    && (revision > other.revision || (revision == other.revision && reading != null))) {
                return this;
            }
            return revision > other.revision ? new Known(revision, null, other.sight) : other;
        }
    }

    public KpiMemory(KpiConfiguration config) {
        this.newest = Caffeine.newBuilder()
                .expireAfterWrite(config.timeToLive.toJavaDuration())
                .maximumSize(config.rememberedTenants)
                // Its housekeeping is less than handing it to another thread.
                .executor(Runnable::run)
                .build();
    }

    /** The tenant's newest KPIs; empty if they are not known to be that. */
    public Optional<KpiReading> current(UUID userId) {
        return Optional.ofNullable(find(userId)).map(known -> known.reading);
    }

    /**
     * The same, to be shown to somebody.
     *
     * @param unshown is told of them if nobody was shown them before
     */
    Optional<KpiReading> current(UUID userId, Consumer<KpiReading> unshown) {
        Known known = find(userId);
        if (known == null || known.reading == null) {
            return Optional.empty();
        }
        if (!known.shown.getAndSet(true)) {
            unshown.accept(known.reading);
        }
        return Optional.of(known.reading);
    }

    private @Nullable Known find(UUID userId) {
        long now = sight;
        Known known = newest.getIfPresent(userId);
        return known == null || known.sight != now ? null : known;
    }

    /**
     * A change was seen.
     *
     * @param epoch the history of the database that it belongs to
     * @param inSight {@link #sight()} as of a moment when the change was known to be of the database's present history; {@link #NO_SIGHT} if it was not
     */
    public void remember(UUID userId, String epoch, KpiSnapshot kpis, long inSight) {
        long now = sight;
        boolean current = now != NO_SIGHT && inSight == now;
        Known known = new Known(kpis.revision(), current ? new KpiReading(epoch, kpis) : null, now);
        newest.asMap().merge(userId, known, Known::and);
    }

    /**
     * The KPIs were read. While a transaction in progress may have newer ones they are not current: the change may have been seen
     * before the sight began, though queries do not show it yet.
     *
     * @param inSight {@link #sight()} as of a moment before they were read
     */
    public void remember(UUID userId, KpiState state, long inSight) {
        remember(userId, state.epoch(), state.kpis(), state.beingChanged() ? NO_SIGHT : inSight);
    }

    /** The tenant has this revision, or a later one: older KPIs are not current any more. */
    public void seen(UUID userId, long revision) {
        remember(userId, "", new KpiSnapshot(revision, KpiSums.ZERO), NO_SIGHT);
    }

    /** The present sight, or {@link #NO_SIGHT}. */
    public long sight() {
        return sight;
    }

    /**
     * Another sight begins.
     *
     * @param everyChange whether each change that commits from now on will be told here
     */
    public synchronized void look(boolean everyChange) {
        sight = everyChange ? ++sights : NO_SIGHT;
    }

    /** A change was seen that is not told here: another sight begins, if there is one. */
    public synchronized void missed() {
        look(sight != NO_SIGHT);
    }

    /** Changes may have gone by unseen, by any node: what is known or cached counts no more, here and where this generation is adopted. */
    public void distrust() {
        adoptCacheGeneration(newGenerationName());
    }

    /** Which cached values count; nodes that share a cache must agree. */
    public String cacheGeneration() {
        return cacheGeneration;
    }

    /** Takes the generation of the node that sees every change for all; another one than before begins another sight. */
    public synchronized void adoptCacheGeneration(String leaders) {
        if (!cacheGeneration.equals(leaders)) {
            cacheGeneration = leaders;
            missed();
        }
    }

    private static String newGenerationName() {
        return UUID.randomUUID().toString();
    }
}
