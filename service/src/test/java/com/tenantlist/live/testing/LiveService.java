package com.tenantlist.live.testing;

import static org.awaitility.Awaitility.await;

import com.tenantlist.live.LiveApplication;
import com.tenantlist.live.LiveConfiguration;
import com.tenantlist.live.protocol.Role;
import com.tenantlist.live.protocol.TokenClaims;
import com.tenantlist.live.protocol.TokenIssuer;
import io.dropwizard.testing.ConfigOverride;
import io.dropwizard.testing.DropwizardTestSupport;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The real service on free ports, with a database of its own. A JUnit extension, or started and closed by hand. */
public final class LiveService implements BeforeAllCallback, AfterAllCallback, AutoCloseable {
    public static final String SECRET = "a-secret-of-tests-that-is-32-bytes-or-longer";

    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final EmbeddedDatabase database;
    private final String redisUrl;
    private String name = Parts.newName();
    private final Map<String, String> overrides = new LinkedHashMap<>();
    private boolean shared;
    private String preparation = "";
    private int databasePort;
    private String role = EmbeddedDatabase.USER;
    private DropwizardTestSupport<LiveConfiguration> support;

    private LiveService(EmbeddedDatabase database, String redisUrl) {
        this.database = database;
        this.redisUrl = redisUrl;
    }

    /** On the parts that all tests share. */
    public static LiveService onSharedParts() {
        return new LiveService(Parts.database(), Parts.redis().url());
    }

    public static LiveService on(EmbeddedDatabase database, String redisUrl) {
        return new LiveService(database, redisUrl);
    }

    /** Sets a value of the configuration; before the start. */
    public LiveService with(String key, String value) {
        overrides.put(key, value);
        return this;
    }

    /** SQL that is executed on the migrated database, {@code %s} being its name, before the service starts. */
    public LiveService prepared(String sql) {
        preparation = sql.formatted(name);
        return this;
    }

    /** Takes another service's database, as a second node does. */
    public LiveService sharing(LiveService other) {
        name = other.name;
        shared = true;
        return this;
    }

    /** Lets the service reach the database by another port, where a proxy listens; the test itself goes straight. */
    public LiveService through(int port) {
        databasePort = port;
        return this;
    }

    /** Lets the service come as another role, which must be there and gets the rights it needs; the test itself stays superuser. */
    public LiveService as(String other) {
        role = other;
        return this;
    }

    public LiveService start() throws Exception {
        String url = (shared ? database.url(name) : Parts.migrated(database, name))
                .replace(":" + database.port() + "/", ":" + (databasePort > 0 ? databasePort : database.port()) + "/")
                .replace("//" + EmbeddedDatabase.USER + "@", "//" + role + "@");
        if (!role.equals(EmbeddedDatabase.USER)) {
            sql(Parts.grants(database.url(name), role));
        }
        if (!preparation.isEmpty()) {
            sql(preparation);
        }
        int appPort = EmbeddedDatabase.freePort();
        Map<String, String> all = new LinkedHashMap<>();
        all.put("server.applicationConnectors[0].port", String.valueOf(appPort));
        all.put("server.adminConnectors[0].port", "0");
        all.put("appPort", String.valueOf(appPort));
        all.put("sockets.port", "0");
        all.put("postgres.url", url);
        all.put("redis.url", redisUrl);
        all.put("bus.channel", "bus of " + name);
        all.put("presence.keyPrefix", "presence of " + name + ":");
        all.put("auth.secret", SECRET);
        all.put("drain.notice", "0s");
        all.put("drain.rate", "100000");
        all.put("logging.level", "WARN");
        all.put("logging.loggers.com\\.tenantlist\\.live", "WARN");
        all.putAll(overrides);
        // Overrides are system properties: services that run side by side must not share them.
        String prefix = "live" + NUMBER.incrementAndGet();
        support = new DropwizardTestSupport<>(
                LiveApplication.class,
                Files.exists(Path.of("config.yml")) ? "config.yml" : "../config.yml",
                prefix,
                all.entrySet().stream()
                        .map(entry -> ConfigOverride.config(prefix, entry.getKey(), entry.getValue()))
                        .toArray(ConfigOverride[]::new));
        support.before();
        return this;
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        start();
    }

    @Override
    public void afterAll(ExtensionContext context) {
        close();
    }

    @Override
    public void close() {
        support.after();
    }

    public URI api() {
        return URI.create("http://127.0.0.1:" + support.getLocalPort());
    }

    public URI admin() {
        return URI.create("http://127.0.0.1:" + support.getAdminPort());
    }

    public URI sockets() {
        return URI.create("http://127.0.0.1:" + ((LiveApplication) support.getApplication()).socketPort());
    }

    public com.codahale.metrics.MetricRegistry metrics() {
        return support.getEnvironment().metrics();
    }

    public DropwizardTestSupport<LiveConfiguration> support() {
        return support;
    }

    /** Waits until the feed leads. Its slot must wait for all open write transactions of the server, those of other tests too. */
    public void awaitFeed() {
        await().atMost(Duration.ofSeconds(60)).until(this::isLeading);
    }

    public boolean isLeading() {
        return gauge("feed.leader");
    }

    /** Whether it leads, or hears the node that does. */
    public boolean isFed() {
        return gauge("feed.fed");
    }

    /** Whether it must look for changes often, by the fast sweep. */
    public boolean isAlone() {
        return gauge("feed.alone");
    }

    private boolean gauge(String name) {
        return metrics().getGauges().get(name).getValue().equals(1);
    }

    // ---- the database behind it

    public Connection connect() throws SQLException {
        return database.connect(name);
    }

    public String databaseUrl() {
        return database.url(name);
    }

    /** Executes one or more statements, committed together. */
    public void sql(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** The first column of the first row, as text. */
    public String queried(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    public long revision(UUID user) throws SQLException {
        return Long.parseLong(
                queried("SELECT coalesce(max(revision), 0) FROM live.tenant_kpis WHERE user_id = '" + user + "'"));
    }

    /** Creates a business with one row of metrics; returns its id, which is the row's too. */
    public UUID createBusiness(UUID user, String businessName) throws SQLException {
        UUID id = UUID.randomUUID();
        sql("INSERT INTO businesses (id, user_id, name, status) VALUES ('%s', '%s', '%s', 'active');"
                        .formatted(id, user, businessName.replace("'", "''"))
                + "INSERT INTO business_metrics (id, business_id, metric_date) VALUES ('%s', '%s', current_date)"
                        .formatted(id, id));
        return id;
    }

    public void addViews(UUID business, int views) throws SQLException {
        sql("UPDATE business_metrics SET views_count = views_count + %d WHERE id = '%s'".formatted(views, business));
    }

    /** As many commits, one after another, on one connection. */
    public void addViewsOneByOne(UUID business, int times) throws SQLException {
        try (Connection connection = connect();
                var change = connection.prepareStatement(
                        "UPDATE business_metrics SET views_count = views_count + 1 WHERE id = ?")) {
            change.setObject(1, business);
            for (int i = 0; i < times; i++) {
                change.executeUpdate();
            }
        }
    }

    // ---- tokens

    public static String token(UUID user) {
        return token(user, Role.TENANT, Duration.ofHours(1));
    }

    public static String token(UUID user, Role role, Duration life) {
        return token(user, role, life, Optional.empty());
    }

    /** @param id its jti, by which it can be revoked alone */
    public static String token(UUID user, Role role, Duration life, Optional<String> id) {
        return new TokenIssuer(SECRET)
                .issue(new TokenClaims(
                        user,
                        Optional.of("t@example.com"),
                        role,
                        id,
                        Instant.now().plus(life)));
    }
}
