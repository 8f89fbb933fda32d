package com.tenantlist.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.tenantlist.live.testing.LiveService;
import com.tenantlist.live.testing.Parts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the service's commands as processes. */
class StartupTest {
    private static final Map<String, String> GOOD =
            Map.of("JWT_SECRET", LiveService.SECRET, "APP_PORT", "0", "ADMIN_PORT", "0", "SOCKET_PORT", "0");

    @TempDir
    Path directory;

    private CommandLine.Ended run(Map<String, String> environment, String... arguments)
            throws IOException, InterruptedException {
        return CommandLine.run(directory, environment, arguments);
    }

    private static Map<String, String> with(String name, String value) {
        Map<String, String> environment = new java.util.HashMap<>(GOOD);
        environment.put(name, value);
        return environment;
    }

    private void refuses(Map<String, String> environment, String config, String... words) throws Exception {
        CommandLine.Ended ended = run(environment, "server", config);
        assertThat(ended.code()).isNotZero();
        // The log is written by a thread of its own, which may have something to say yet.
        assertThat(ended.err().lines())
                .filteredOn(line -> line.startsWith("tenantlist-live cannot start: "))
                .singleElement()
                .asString()
                .contains(words);
        assertThat(ended.err()).doesNotContain("\tat ").doesNotContain("hunter2");
    }

    @Test
    void aMissingSecretIsSaid() throws Exception {
        refuses(with("JWT_SECRET", ""), "../config.yml", "JWT_SECRET is not set", "openssl rand -hex 32");
    }

    @Test
    void aShortSecretIsSaid() throws Exception {
        refuses(with("JWT_SECRET", "hunter2"), "../config.yml", "JWT_SECRET has 7 bytes");
    }

    @Test
    void anUnreachableDatabaseIsSaid() throws Exception {
        refuses(
                with("DATABASE_URL", "postgresql://postgres:hunter2@127.0.0.1:1/nowhere"),
                "../config.yml",
                "cannot reach the database postgres@127.0.0.1:1/nowhere");
    }

    @Test
    void aDatabaseThatIsNotMigratedIsSaid() throws Exception {
        String url = Parts.database().create(Parts.newName());
        refuses(with("DATABASE_URL", url), "../config.yml", "is not migrated; run: db migrate config.yml");
    }

    @Test
    void aMalformedDatabaseUrlIsSaid() throws Exception {
        refuses(with("DATABASE_URL", "mysql://host/db"), "../config.yml", "DATABASE_URL must look like postgresql://");
    }

    @Test
    void aParameterOfADatabaseUrlThatCannotBeObeyedIsSaid() throws Exception {
        String url = "postgresql://postgres:hunter2@127.0.0.1:1/nowhere";
        refuses(
                with("DATABASE_URL", url + "?sslmod=verify-full"),
                "../config.yml",
                "DATABASE_URL has the parameter 'sslmod', which libpq does not know");
        Map<String, String> environment = with("FEED_DATABASE_URL", url + "?sslmode=on");
        environment.put("DATABASE_URL", url);
        refuses(environment, "../config.yml", "FEED_DATABASE_URL has sslmode=on: it takes disable, allow, prefer");
    }

    @Test
    void aRestOfTheFeedThatItsConnectionWouldNotOutliveIsSaid() throws Exception {
        refuses(
                with("FEED_REST_WHILE_UNWATCHED", "1s"),
                "../config.yml",
                "restWhileUnwatched must be no longer than half of heartbeatTimeout and of leaderTimeout");
    }

    @Test
    void addressesAndHeadersOfPagesThatCannotBeAreSaid() throws Exception {
        refuses(
                with("FRONTEND_URL", "https://*.com"),
                "../config.yml",
                "FRONTEND_URL has 'https://*.com', which has a *");
        refuses(with("CORS_ALLOWED_HEADERS", "*"), "../config.yml", "CORS_ALLOWED_HEADERS has '*'");
        refuses(with("SIGN_IN_URL", "//evil.com"), "../config.yml", "signInUrl must be a path such as /login");
        refuses(with("IDEMPOTENCY_MAX_AGE", "24"), "../config.yml", "idempotency.maxAge");
    }

    @Test
    void aMalformedConfigurationIsSaid() throws Exception {
        Path config = Files.writeString(directory.resolve("bad.yml"), "sockets:\n  prot: 3000\n");
        refuses(GOOD, config.toString(), "bad.yml", "prot");
    }
}
