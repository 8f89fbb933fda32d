package com.tenantlist.live.testing;

import ch.qos.logback.classic.Level;
import com.tenantlist.live.LiveApplication;
import com.tenantlist.live.install.Installer;
import com.tenantlist.live.postgres.Postgres;
import com.tenantlist.live.postgres.PostgresConfiguration;
import com.tenantlist.live.protocol.Role;
import com.tenantlist.live.protocol.TokenClaims;
import com.tenantlist.live.protocol.TokenIssuer;
import io.dropwizard.logging.common.BootstrapLogging;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What {@code bin/dev} runs: embedded Postgres and Redis, migrations, demo data, and the service, in one process that
 * takes everything with it when it ends. Settings come from the environment, as {@code bin/dev} exports them.
 */
public final class DevServer {
    private static final String DATABASE = "tenantlist";
    private static final UUID DEMO_TENANT = UUID.fromString("00000000-0000-4000-8000-000000000001");

    private DevServer() {}

    public static void main(String[] args) {
        try {
            run(args);
        } catch (Exception e) {
            System.err.println(
                    "bin/dev: cannot start: " + e.getMessage() + "\nIf its database is of another version, start"
                            + " afresh: remove " + env("DEV_DATA_DIR") + "/postgres");
            // The parts that run already end by the hook.
            System.exit(1);
        }
    }

    private static void run(String[] args) throws Exception {
        long began = System.nanoTime();
        BootstrapLogging.bootstrap(Level.WARN);
        boolean demo = !List.of(args).contains("--no-demo");
        EmbeddedDatabase database = EmbeddedDatabase.start(
                Path.of(env("DEV_DATA_DIR"), "postgres").toAbsolutePath(), Integer.parseInt(env("DEV_DB_PORT")));
        EmbeddedRedis redis = EmbeddedRedis.start(Integer.parseInt(env("DEV_REDIS_PORT")));
        DemoTraffic traffic = new DemoTraffic(database, DATABASE);
        LiveApplication application = new LiveApplication();
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            traffic.close();
                            redis.close();
                            database.close();
                        },
                        "dev-stop"));

        if (!database.exists(DATABASE)) {
            database.create(DATABASE);
        }
        PostgresConfiguration postgres = new PostgresConfiguration();
        postgres.url = database.url(DATABASE);
        Installer.migrate(Postgres.of(postgres));
        if (demo) {
            try (Connection connection = database.connect(DATABASE)) {
                DemoData.load(connection);
            }
        }
        application.run("server", env("CONFIG_FILE"));
        if (demo) {
            traffic.start();
        }
        String token = new TokenIssuer(env("JWT_SECRET"))
                .issue(new TokenClaims(
                        DEMO_TENANT,
                        Optional.of("demo@example.com"),
                        Role.TENANT,
                        Optional.empty(),
                        Instant.now().plus(Duration.ofHours(12))));
        System.out.printf(
                "%nReady in %.1f s. The dashboard of demo tenant 1:%n%n  http://127.0.0.1:%s/#token=%s%n%n"
                        + "  psql    %s%n  health  http://127.0.0.1:%s/healthcheck%n  stop    Ctrl-C%n%n",
                (System.nanoTime() - began) / 1e9, env("APP_PORT"), token, database.url(DATABASE), env("ADMIN_PORT"));
    }

    private static String env(String name) {
        return Optional.ofNullable(System.getenv(name))
                .orElseThrow(() -> new IllegalStateException(name + " is not set; start with bin/dev"));
    }
}
