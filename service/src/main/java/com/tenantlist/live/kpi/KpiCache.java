package com.tenantlist.live.kpi;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.Iterables;
import com.tenantlist.live.redis.Redis;
import com.tenantlist.live.threads.Threads;
import io.dropwizard.util.Duration;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.redisson.api.RScript;
import org.redisson.client.codec.StringCodec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * KPIs in Redis: key {@code dashboard:kpis:<userId>}, a JSON text. What cannot be read counts as a miss. Writes do not wait; those of
 * changes are gathered for a moment, the newest of a tenant each, so that a busy database costs Redis a command now and then, not
 * one a commit. Until then this node, and all that hear of the changes, take what is cached for older than they know. Any thread.
 */
final class KpiCache {
    private static final Logger log = LoggerFactory.getLogger(KpiCache.class);
    private static final String KEY = "dashboard:kpis:";

    /** Of one command: a script keeps Redis from all else. */
    private static final int MAX_KEYS = 100;

    private final Redis redis;
    private final Duration timeToLive;
    private final ObjectMapper json = new ObjectMapper()
            .enable(
                    DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES,
                    DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES,
                    DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES);
    private final String script;
    private final Duration writeInterval;
    private final ScheduledExecutorService timer = Threads.scheduler("kpi-cache");

    /** What waits to be written. Under its monitor. */
    private final Map<UUID, Entry> waiting = new HashMap<>();

    /** What stands under a key. */
    record Entry(
            String generation,
            String epoch,
            long revision,
            long activeBusinesses,
            long landlordViews,
            long messagesTotal,
            long invitesTotal) {

        static Entry of(String generation, KpiReading reading) {
            KpiSums sums = reading.snapshot().sums();
            return new Entry(
                    generation,
                    reading.epoch(),
                    reading.revision(),
                    sums.activeBusinesses(),
                    sums.landlordViews(),
                    sums.messagesTotal(),
                    sums.invitesTotal());
        }

        KpiReading reading() {
            return new KpiReading(
                    epoch,
                    new KpiSnapshot(
                            revision, new KpiSums(activeBusinesses, landlordViews, messagesTotal, invitesTotal)));
        }
    }

    KpiCache(Redis redis, Duration timeToLive, Duration writeInterval) {
        this.redis = redis;
        this.timeToLive = timeToLive;
        this.writeInterval = writeInterval;
        try (InputStream in = KpiCache.class.getResourceAsStream("replace_if_newer.lua")) {
            if (in == null) {
                throw new IllegalStateException("replace_if_newer.lua is missing from the jar");
            }
            this.script = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Optional<Entry> find(UUID userId) {
        return redis.<String>ask(client -> client.<String>getBucket(KEY + userId, StringCodec.INSTANCE)
                        .getAsync())
                .flatMap(this::parse);
    }

    private Optional<Entry> parse(String text) {
        try {
            return Optional.ofNullable(json.readValue(text, Entry.class));
        } catch (JsonProcessingException e) {
            log.warn("cached KPIs ignored cause=\"not an entry of ours\"");
            return Optional.empty();
        }
    }

    /** Stores at once; {@code onFailure} is called on any thread if it may not have been stored. */
    void replace(UUID userId, Entry entry, Runnable onFailure) {
        write(List.of(Map.entry(userId, entry)), onFailure);
    }

    /** Stores within the write interval, or what is newer by then. The entries of a tenant come in the order of their revisions. */
    void replaceSoon(UUID userId, Entry entry, Runnable onFailure) {
        boolean first;
        synchronized (waiting) {
            first = waiting.isEmpty();
            waiting.put(userId, entry);
        }
        if (first) {
            try {
                timer.schedule(() -> writeWaiting(onFailure), writeInterval.toNanoseconds(), TimeUnit.NANOSECONDS);
            } catch (RejectedExecutionException e) {
                log.debug("stopping: KPIs were not cached");
            }
        }
    }

    private void writeWaiting(Runnable onFailure) {
        Map<UUID, Entry> all;
        synchronized (waiting) {
            all = Map.copyOf(waiting);
            waiting.clear();
        }
        Iterables.partition(all.entrySet(), redis.keysAtOnce(MAX_KEYS)).forEach(some -> write(some, onFailure));
    }

    private void write(List<Map.Entry<UUID, Entry>> entries, Runnable onFailure) {
        List<Object> keys = new ArrayList<>();
        List<Object> values = new ArrayList<>(List.of(String.valueOf(timeToLive.toSeconds())));
        entries.forEach(of -> {
            Entry entry = of.getValue();
            keys.add(KEY + of.getKey());
            values.add(text(entry));
            values.add(entry.generation());
            values.add(String.valueOf(entry.revision()));
        });
        redis.tell(
                client -> client.getScript(StringCodec.INSTANCE)
                        .evalAsync(RScript.Mode.READ_WRITE, script, RScript.ReturnType.LONG, keys, values.toArray()),
                onFailure);
    }

    private String text(Entry entry) {
        try {
            return json.writeValueAsString(entry);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    void stop() {
        timer.shutdownNow();
    }
}
