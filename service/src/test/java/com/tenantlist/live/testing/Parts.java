package com.tenantlist.live.testing;

import com.tenantlist.live.install.InstallConfiguration;
import com.tenantlist.live.install.Installer;
import com.tenantlist.live.postgres.Postgres;
import com.tenantlist.live.postgres.PostgresConfiguration;
import java.util.concurrent.atomic.AtomicInteger;

/** One Postgres and one Redis for all tests of a run that do not break them; they end with the JVM. */
public final class Parts {
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private Parts() {}

    private static final class Shared {
        static final EmbeddedDatabase DATABASE = EmbeddedDatabase.startTemporary();
        static final EmbeddedRedis REDIS = EmbeddedRedis.startTemporary();
    }

    public static EmbeddedDatabase database() {
        return Shared.DATABASE;
    }

    public static EmbeddedRedis redis() {
        return Shared.REDIS;
    }

    /** The name of a database that no other test uses. */
    public static String newName() {
        return "test_" + NUMBER.incrementAndGet();
    }

    /** Creates and migrates a database; returns its URL. */
    public static String migrated(EmbeddedDatabase server, String name) {
        String url = server.create(name);
        migrate(url);
        return url;
    }

    public static int migrate(String url) {
        return Installer.migrate(postgres(url));
    }

    /** What {@code db grants} prints for that role. */
    static String grants(String url, String role) {
        return Installer.of(postgres(url), new InstallConfiguration(), line -> {})
                .grants(role);
    }

    private static Postgres postgres(String url) {
        PostgresConfiguration config = new PostgresConfiguration();
        config.url = url;
        return Postgres.of(config);
    }
}
