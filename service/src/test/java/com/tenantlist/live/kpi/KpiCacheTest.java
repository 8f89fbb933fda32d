package com.tenantlist.live.kpi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.tenantlist.live.testing.EmbeddedRedis;
import com.tenantlist.live.testing.LiveService;
import com.tenantlist.live.testing.Parts;
import com.tenantlist.live.testing.Rest;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;

class KpiCacheTest {
    private final UUID user = UUID.randomUUID();
    private final String key = "dashboard:kpis:" + user;
    private EmbeddedRedis redis;
    private LiveService service;
    private RedissonClient client;
    private Rest rest;
    private UUID business;

    @BeforeEach
    void aServiceWithARedisOfItsOwn() throws Exception {
        redis = EmbeddedRedis.startTemporary();
        service = LiveService.on(Parts.database(), redis.url()).start();
        Config config = new Config();
        config.setCodec(StringCodec.INSTANCE);
        config.useSingleServer()
                .setAddress(redis.url())
                .setConnectionMinimumIdleSize(1)
                .setConnectionPoolSize(2);
        client = Redisson.create(config);
        rest = new Rest(service.api(), user);
        // What commits before the feed leads is cached by the first read, not by the feed.
        service.awaitFeed();
        business = service.createBusiness(user, "Cached");
        await().until(() -> cached().contains("\"revision\":1,"));
    }

    @AfterEach
    void stop() {
        client.shutdown();
        service.close();
        redis.close();
    }

    private String cached() {
        return cached(user);
    }

    private String cached(UUID owner) {
        return String.valueOf(
                client.<String>getBucket("dashboard:kpis:" + owner).get());
    }

    private long hits() {
        return service.metrics().getMeters().get("kpi.cache.hits").getCount();
    }

    private int views() throws Exception {
        return rest.get("/api/dashboard/tenant/kpis")
                .data()
                .path("landlordViews")
                .asInt();
    }

    @Test
    void aChangeBySqlReplacesTheCachedValueAndReadsHitIt() throws Exception {
        service.addViews(business, 5);
        await().until(() -> cached().contains("\"landlordViews\":5"));
        assertThat(client.getBucket(key).remainTimeToLive()).isBetween(290_000L, 300_000L);
        long before = hits();
        assertThat(views()).isEqualTo(5);
        assertThat(hits()).isEqualTo(before + 1);
    }

    @Test
    void anOlderRevisionNeverReplacesANewerOne() throws Exception {
        service.addViews(business, 5);
        await().until(() -> cached().contains("\"revision\":2,"));
        String generation = generation();
        KpiCache cache = new KpiCache(
                com.tenantlist.live.redis.Redis.open(config(), new io.dropwizard.core.setup.Environment("test")),
                io.dropwizard.util.Duration.seconds(300),
                io.dropwizard.util.Duration.milliseconds(20));
        cache.replace(user, new KpiCache.Entry(generation, "e", 1, 0, 0, 0, 0), () -> {});
        cache.replace(user, new KpiCache.Entry(generation, "e", 3, 0, 30, 0, 0), () -> {});
        await().until(() -> cached().contains("\"revision\":3,"));
        cache.replace(user, new KpiCache.Entry(generation, "e", 2, 0, 20, 0, 0), () -> {});
        cache.replace(user, new KpiCache.Entry("another", "e", 1, 0, 10, 0, 0), () -> {});
        await().until(() -> cached().contains("another"));

        // What is gathered, in its order, and more than one command takes.
        List<UUID> others = Stream.generate(UUID::randomUUID).limit(250).toList();
        for (int revision = 4; revision < 7; revision++) {
            for (UUID other : others) {
                cache.replaceSoon(
                        other, new KpiCache.Entry(generation, "e", revision, 0, 10 * revision, 0, 0), () -> {});
            }
        }
        await().until(() -> others.stream().allMatch(other -> cached(other).contains("\"landlordViews\":60,")));
        cache.stop();
    }

    private com.tenantlist.live.redis.RedisConfiguration config() {
        com.tenantlist.live.redis.RedisConfiguration config = new com.tenantlist.live.redis.RedisConfiguration();
        config.url = redis.url();
        return config;
    }

    @Test
    void aValueOlderThanTheReaderHasSeenIsAMiss() throws Exception {
        service.addViews(business, 5);
        await().until(() -> cached().contains("\"revision\":2,"));
        client.<String>getBucket(key)
                .set(cached().replace("\"revision\":2,", "\"revision\":1,").replace(":5,", ":0,"));
        assertThat(views()).as("this node saw revision 2").isEqualTo(5);
    }

    @Test
    void aNodeThatDoesNotSeeEveryChangeBelievesNoCachedValue() throws Exception {
        UUID owner = UUID.randomUUID();
        try (LiveService unfed = LiveService.on(Parts.database(), redis.url())
                .with("feed.enabled", "false")
                .start()) {
            UUID own = unfed.createBusiness(owner, "Unseen");
            Rest kpis = new Rest(unfed.api(), owner);
            for (int views = 0; views < 3; views++) {
                assertThat(kpis.get("/api/dashboard/tenant/kpis")
                                .data()
                                .path("landlordViews")
                                .asInt())
                        .isEqualTo(views);
                unfed.addViews(own, 1);
            }
        }
    }

    @Test
    void aValueOfAnotherGenerationIsAMissHoweverNew() throws Exception {
        client.<String>getBucket(key)
                .set(cached().replace(generation(), "another")
                        .replace("\"revision\":1,", "\"revision\":99,")
                        .replace("\"landlordViews\":0", "\"landlordViews\":7"));
        assertThat(views()).isZero();
    }

    private String generation() {
        return cached().replaceAll(".*\"generation\":\"([^\"]+)\".*", "$1");
    }

    @Test
    void nonsenseInTheCacheIsAMiss() throws Exception {
        for (String nonsense :
                new String[] {"", "null", "[]", "{\"revision\":\"x\"}", "\u0000", "{\"generation\":null}"}) {
            client.<String>getBucket(key).set(nonsense);
            assertThat(rest.get("/api/dashboard/tenant/kpis").status()).isEqualTo(200);
        }
    }

    @Test
    void theEtagNamesTheTenantItsHistoryAndTheRevision() throws Exception {
        String tag = tag(rest);
        String epoch = rest.get("/api/dashboard/tenant").data().path("epoch").asText();
        assertThat(tag).isEqualTo("\"" + epoch + "-1\"").matches("\"[A-Za-z0-9_-]{22}-1\"");
        for (String held : new String[] {tag, "W/" + tag, "\"x\" , " + tag + ",", "*"}) {
            assertThat(status(held)).as(held).isEqualTo(304);
        }
        Rest other = new Rest(service.api(), anotherOfRevisionOne());
        String others = tag(other);
        assertThat(others).as("the same revision").endsWith("-1\"").isNotEqualTo(tag);
        for (String held : new String[] {
            others,
            "\"1\"",
            tag.replace("\"", ""),
            tag + " " + tag,
            tag.replace("-1\"", "-01\""),
            tag.replace("-1\"", "-2\""),
            "\"*\""
        }) {
            assertThat(status(held)).as(held).isEqualTo(200);
        }
        assertThat(rest.get("/api/dashboard/tenant/kpis", "If-None-Match", others)
                        .response()
                        .headers()
                        .firstValue("ETag"))
                .contains(tag);
        service.addViews(business, 1);
        await().until(() -> status(tag) == 200);
    }

    /** The cache holds a value of the old history then, with the same revision. */
    @Test
    void aTagOfAnotherHistoryIsNotMatched() throws Exception {
        try (LiveService own = LiveService.on(Parts.database(), redis.url()).start()) {
            UUID owner = UUID.randomUUID();
            own.createBusiness(owner, "Of two histories");
            Rest kpis = new Rest(own.api(), owner);
            String old = tag(kpis);
            own.sql("UPDATE live.epoch SET value = gen_random_uuid()");
            await().until(() -> !tag(kpis).equals(old));
            String now = tag(kpis);
            assertThat(now).endsWith("-1\"");
            assertThat(kpis.get("/api/dashboard/tenant/kpis", "If-None-Match", now)
                            .status())
                    .isEqualTo(304);
            assertThat(kpis.get("/api/dashboard/tenant/kpis", "If-None-Match", old)
                            .status())
                    .isEqualTo(200);
        }
    }

    private UUID anotherOfRevisionOne() throws Exception {
        UUID other = UUID.randomUUID();
        service.createBusiness(other, "Another's");
        return other;
    }

    private int status(String held) throws Exception {
        return rest.get("/api/dashboard/tenant/kpis", "If-None-Match", held).status();
    }

    private static String tag(Rest of) throws Exception {
        return of.get("/api/dashboard/tenant/kpis")
                .response()
                .headers()
                .firstValue("ETag")
                .orElseThrow();
    }

    @Test
    void withoutRedisReadsGoToPostgresAndNothingOldComesBackWithIt() throws Exception {
        service.addViews(business, 5);
        await().until(() -> cached().contains("\"revision\":2,"));
        String before = generation();
        redis.stop();
        service.addViews(business, 5);
        await().until(() -> views() == 10);
        redis.start();
        service.addViews(business, 5);
        await().until(() -> views() == 15);
        await().atMost(java.time.Duration.ofSeconds(20)).until(() -> {
            long hitsBefore = hits();
            assertThat(views()).isEqualTo(15);
            return hits() > hitsBefore;
        });
        assertThat(generation())
                .as("writes were lost, so all values from before count for nothing")
                .isNotEqualTo(before);
    }

    @Test
    void theRateIsRoundedHalfUpAndCapped() {
        assertThat(new KpiSums(0, 0, 1, 3).values().responseRate()).isEqualByComparingTo("33.3");
        assertThat(new KpiSums(0, 0, 1, 16).values().responseRate()).isEqualByComparingTo("6.3");
        assertThat(new KpiSums(0, 0, 2, 3).values().responseRate()).isEqualByComparingTo("66.7");
        assertThat(new KpiSums(0, 0, 9, 3).values().responseRate()).isEqualByComparingTo("100");
        assertThat(new KpiSums(0, 0, 9, 0).values().responseRate()).isEqualByComparingTo("0");
        assertThat(new KpiSums(0, 0, -9, 3).values().responseRate()).isEqualByComparingTo("0");
    }
}
