package com.tenantlist.live.kpi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.tenantlist.live.testing.EmbeddedRedis;
import com.tenantlist.live.testing.LiveService;
import com.tenantlist.live.testing.Parts;
import com.tenantlist.live.testing.Rest;
import java.net.http.HttpRequest;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.UUID;
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
        service = started(node());
        Config config = new Config();
        config.setCodec(StringCodec.INSTANCE);
        config.useSingleServer()
                .setAddress(redis.url())
                .setConnectionMinimumIdleSize(1)
                .setConnectionPoolSize(2);
        client = Redisson.create(config);
        rest = new Rest(service.api(), user);
        service.awaitFeed();
        business = service.createBusiness(user, "Cached");
        rest.get("/api/dashboard/tenant/kpis");
        await().until(() -> cached().contains("\"revision\":1,"));
    }

    /** That gives Redis time: what is not answered at once would be taken for nothing. */
    private LiveService node() {
        return LiveService.on(Parts.database(), redis.url()).with("redis.readTimeout", "5s");
    }

    /** Connected to Redis, which it is by its first question. */
    private static LiveService started(LiveService node) throws Exception {
        node.start();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> node.support()
                        .getEnvironment()
                        .healthChecks()
                        .runHealthCheck("redis")
                        .isHealthy());
        return node;
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
    void aChangeIsKnownAtOnceAndCachedWhenItIsShown() throws Exception {
        assertThat(client.getBucket(key).remainTimeToLive()).isBetween(290_000L, 300_000L);
        long hits = hits();
        assertThat(views()).isZero();
        assertThat(hits()).isEqualTo(hits + 1);
        service.addViews(business, 5);
        await().until(() -> views() == 5);
        await().until(() -> cached().contains("\"landlordViews\":5"));
        hits = hits();
        client.getBucket(key).delete();
        assertThat(views()).isEqualTo(5);
        assertThat(hits()).as("this node remembers it").isEqualTo(hits + 1);
        service.addViews(business, 5);
        await().until(() -> service.metrics().getMeters().get("feed.events").getCount() >= 3);
        assertThat(client.getBucket(key).isExists())
                .as("a change alone is not written")
                .isFalse();
    }

    /** Another node has answered a write, and this one has not heard of the change yet. */
    @Test
    void aNewerValueOfAnotherNodeIsServedWhereThereMayBeOne() throws Exception {
        assertThat(views()).isZero();
        String newer = cached().replace("\"revision\":1,", "\"revision\":9,")
                .replace("\"landlordViews\":0", "\"landlordViews\":7");
        String ofAnother = newer.replace(generation(), "another");
        await("the cache is not read, since nobody else is there").until(() -> {
            client.<String>getBucket(key).set(ofAnother);
            long hits = hits();
            return views() == 0 && hits() == hits + 1;
        });
        client.<String>getBucket(key).set(newer);
        assertThat(views()).isZero();
        try (LiveService other = besideAnotherNode()) {
            await().until(other::isFed);
            for (String value : new String[] {
                newer.replace("\"revision\":9,", "\"revision\":0,"),
                ofAnother,
                newer.replaceAll("\"epoch\":\"[^\"]+\"", "\"epoch\":\"another\""),
                "",
                "null",
                "[]",
                "{\"revision\":\"x\"}",
                "\u0000",
                "{\"generation\":null}"
            }) {
                client.<String>getBucket(key).set(value);
                assertThat(views()).as(value).isZero();
            }
            client.<String>getBucket(key).set(newer);
            Rest.Answer answer = rest.get("/api/dashboard/tenant/kpis");
            assertThat(answer.data().path("landlordViews").asInt()).isEqualTo(7);
            assertThat(answer.response().headers().firstValue("ETag").orElseThrow())
                    .endsWith("-9\"");
        }
    }

    @Test
    void afterAWriteNoNodeHasOlderOnes() throws Exception {
        try (LiveService other = besideAnotherNode()) {
            await().until(other::isFed);
            Rest there = new Rest(other.api(), user);
            for (int i = 1; i <= 50; i++) {
                rest.call(
                        "POST",
                        "/api/businesses/" + business + "/metrics/2026-11-01/increments",
                        "{\"views_count\":1}");
                assertThat(there.get("/api/dashboard/tenant/kpis")
                                .data()
                                .path("landlordViews")
                                .asInt())
                        .isEqualTo(i);
            }
        }
    }

    /** Returns when this one knows of it. */
    private LiveService besideAnotherNode() throws Exception {
        LiveService other = started(node().sharing(service));
        await().until(() -> Rest.send(HttpRequest.newBuilder(service.admin().resolve("/healthcheck"))
                        .build())
                .body()
                .path("bus")
                .path("message")
                .asText()
                .endsWith("1 other nodes heard"));
        return other;
    }

    @Test
    void anOlderRevisionNeverReplacesANewerOne() throws Exception {
        String generation = generation();
        KpiCache cache = new KpiCache(
                com.tenantlist.live.redis.Redis.open(config(), new io.dropwizard.core.setup.Environment("test")),
                io.dropwizard.util.Duration.seconds(300));
        cache.replaceNow(user, new KpiCache.Entry(generation, "e", 1, 0, 0, 0, 0));
        cache.replaceNow(user, new KpiCache.Entry(generation, "e", 3, 0, 30, 0, 0));
        cache.replaceNow(user, new KpiCache.Entry(generation, "e", 2, 0, 20, 0, 0));
        cache.replaceNow(user, new KpiCache.Entry("another", "e", 2, 0, 20, 0, 0));
        assertThat(cached()).contains("\"revision\":3,").doesNotContain("another");
        cache.replaceNow(user, new KpiCache.Entry("another", "e", 3, 0, 30, 0, 0));
        assertThat(cached()).contains("\"revision\":3,", "another");
        cache.replaceNow(user, new KpiCache.Entry(generation, "e2", 1, 0, 10, 0, 0));
        assertThat(cached()).contains("\"revision\":1,", "e2");
    }

    private com.tenantlist.live.redis.RedisConfiguration config() {
        com.tenantlist.live.redis.RedisConfiguration config = new com.tenantlist.live.redis.RedisConfiguration();
        config.url = redis.url();
        return config;
    }

    @Test
    void aNodeThatDoesNotSeeEveryChangeBelievesNoCachedValue() throws Exception {
        UUID owner = UUID.randomUUID();
        try (LiveService unfed = started(node().with("feed.enabled", "false"))) {
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

    private String generation() {
        return cached().replaceAll(".*\"generation\":\"([^\"]+)\".*", "$1");
    }

    /** Nobody knows whose it was, nor what it changed. */
    @Test
    void anEventThatCannotBeReadHidesNoChange() throws Exception {
        assertThat(views()).isZero();
        service.sql("WITH bumped AS (UPDATE live.tenant_kpis SET revision = 2, landlord_views = 5 WHERE user_id = '"
                + user
                + "') INSERT INTO live.dashboard_event (user_id, revision, type, created_at, sums) VALUES ('" + user
                + "', 2, 'of another version', now(), '{1,5,0,0}')");
        await().until(() -> views() == 5);
        // In one transaction with one that can be read, which is not the newest then.
        service.sql("WITH bumped AS (UPDATE live.tenant_kpis SET revision = 4, landlord_views = 9 WHERE user_id = '"
                + user
                + "') INSERT INTO live.dashboard_event (user_id, revision, type, business_id, created_at, counts, sums) VALUES ('"
                + user + "', 3, 'metrics:updated', '" + business + "', now(), '{7,0,0,0,0,0}', '{1,7,0,0}'), ('" + user
                + "', 4, 'of another version', NULL, now(), NULL, '{1,9,0,0}')");
        await().until(() -> views() == 9);
    }

    /** The first change of a tenant is under way, perhaps: what is read without it is not taken for the newest. */
    @Test
    void whatATransactionInProgressMayChangeIsReadAgain() throws Exception {
        Rest kpis = new Rest(service.api(), UUID.randomUUID());
        try (Connection connection = service.connect();
                Statement open = connection.createStatement()) {
            connection.setAutoCommit(false);
            open.execute("SELECT pg_current_xact_id()");
            long hits = hits();
            for (int i = 0; i < 3; i++) {
                kpis.get("/api/dashboard/tenant/kpis");
            }
            assertThat(hits()).isEqualTo(hits);
        }
        await().until(() -> {
            long hits = hits();
            kpis.get("/api/dashboard/tenant/kpis");
            return hits() > hits;
        });
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
        try (LiveService own = started(node())) {
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
    void withoutRedisNothingIsOlderAndNothingOldComesBackWithIt() throws Exception {
        try (LiveService other = besideAnotherNode()) {
            Rest there = new Rest(other.api(), user);
            redis.stop();
            service.addViews(business, 5);
            await().until(() -> views() == 5);
            redis.start();
            service.addViews(business, 5);
            for (Rest node : new Rest[] {rest, there}) {
                await().until(() -> node.get("/api/dashboard/tenant/kpis")
                                .data()
                                .path("landlordViews")
                                .asInt()
                        == 10);
            }
            assertThat(cached()).as("what is cached is of before").doesNotContain("\"landlordViews\":0");
        }
    }

    /** What another node has shown is in the cache, which cannot be asked. */
    @Test
    void whileRedisDoesNotAnswerPostgresIsAsked() throws Exception {
        try (LiveService other = besideAnotherNode()) {
            Rest there = new Rest(other.api(), user);
            assertThat(there.get("/api/dashboard/tenant/kpis").response().statusCode())
                    .isEqualTo(200);
            views();
            long hits = hits();
            redis.stop();
            assertThat(views()).isZero();
            assertThat(hits()).isEqualTo(hits);
        }
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
