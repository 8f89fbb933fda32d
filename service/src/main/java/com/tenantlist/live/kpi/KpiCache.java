package com.tenantlist.live.kpi;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.tenantlist.live.redis.Redis;
import io.dropwizard.util.Duration;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.redisson.api.RFuture;
import org.redisson.api.RScript;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * KPIs in Redis: key {@code dashboard:kpis:<userId>}, a JSON text. Who serves KPIs writes them, and who changed a tenant's rows by REST;
 * other changes write nothing. Any thread.
 */
final class KpiCache {
    private static final Logger log = LoggerFactory.getLogger(KpiCache.class);
    private static final String KEY = "dashboard:kpis:";

    private final Redis redis;
    private final Duration timeToLive;
    private final ObjectMapper json = new ObjectMapper()
            .enable(
                    DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES,
                    DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES,
                    DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES);
    private final String script;

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

    KpiCache(Redis redis, Duration timeToLive) {
        this.redis = redis;
        this.timeToLive = timeToLive;
        try (InputStream in = KpiCache.class.getResourceAsStream("replace_if_newer.lua")) {
            if (in == null) {
                throw new IllegalStateException("replace_if_newer.lua is missing from the jar");
            }
            this.script = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What is known of a key: with nothing under it, or an entry that may be of another generation. */
    record Found(Optional<Entry> entry) {}

    /** What stands there; empty if that is not known, or nothing that can be read. */
    Optional<Found> find(UUID userId) {
        return redis.ask(client -> client.<String>getBucket(KEY + userId, StringCodec.INSTANCE)
                        .getAsync()
                        .thenApply(Optional::ofNullable))
                .flatMap(text -> text.isEmpty() ? Optional.of(new Found(Optional.empty())) : parse(text.get()));
    }

    private Optional<Found> parse(String text) {
        try {
            return Optional.ofNullable(json.readValue(text, Entry.class)).map(entry -> new Found(Optional.of(entry)));
        } catch (JsonProcessingException e) {
            log.warn("cached KPIs ignored cause=\"not an entry of ours\"");
            return Optional.empty();
        }
    }

    /** Stores it, unless something newer of its history is there; without waiting. */
    void replace(UUID userId, Entry entry) {
        redis.tell(client -> replace(client, userId, entry), () -> {});
    }

    /** The same, and waits until it is stored; not for longer than Redis is given to answer. */
    void replaceNow(UUID userId, Entry entry) {
        redis.tellAndWait(client -> replace(client, userId, entry));
    }

    private RFuture<Boolean> replace(RedissonClient client, UUID userId, Entry entry) {
        return client.getScript(StringCodec.INSTANCE)
                .evalAsync(
                        RScript.Mode.READ_WRITE,
                        script,
                        RScript.ReturnType.BOOLEAN,
                        List.of(KEY + userId),
                        String.valueOf(timeToLive.toSeconds()),
                        text(entry),
                        entry.epoch(),
                        String.valueOf(entry.revision()));
    }

    private String text(Entry entry) {
        try {
            return json.writeValueAsString(entry);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
