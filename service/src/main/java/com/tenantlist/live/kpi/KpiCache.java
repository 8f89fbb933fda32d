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
import org.redisson.api.RScript;
import org.redisson.client.codec.StringCodec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** KPIs in Redis: key {@code dashboard:kpis:<userId>}, a JSON text. What cannot be read counts as a miss. */
final class KpiCache {
    private static final Logger log = LoggerFactory.getLogger(KpiCache.class);
    private static final String KEY = "dashboard:kpis:";

    private final Redis redis;
    private final Duration timeToLive;
    private final ObjectMapper json = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES);
    private final String script;

    /** What stands under a key. */
    record Entry(
            String generation,
            long revision,
            long activeBusinesses,
            long landlordViews,
            long messagesTotal,
            long invitesTotal) {

        static Entry of(String generation, KpiSnapshot snapshot) {
            KpiSums sums = snapshot.sums();
            return new Entry(
                    generation,
                    snapshot.revision(),
                    sums.activeBusinesses(),
                    sums.landlordViews(),
                    sums.messagesTotal(),
                    sums.invitesTotal());
        }

        KpiSnapshot snapshot() {
            return new KpiSnapshot(revision, new KpiSums(activeBusinesses, landlordViews, messagesTotal, invitesTotal));
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

    /** Stores without waiting; {@code onFailure} is called on any thread if it may not have been stored. */
    void replace(UUID userId, Entry entry, Runnable onFailure) {
        String value;
        try {
            value = json.writeValueAsString(entry);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
        redis.tell(
                client -> client.getScript(StringCodec.INSTANCE)
                        .evalAsync(
                                RScript.Mode.READ_WRITE,
                                script,
                                RScript.ReturnType.LONG,
                                List.of(KEY + userId),
                                value,
                                entry.generation(),
                                String.valueOf(entry.revision()),
                                String.valueOf(timeToLive.toSeconds())),
                onFailure);
    }
}
