package com.tenantlist.live.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tenantlist.live.testing.Certificates;
import com.tenantlist.live.testing.EmbeddedDatabase;
import com.tenantlist.live.testing.LiveService;
import com.tenantlist.live.testing.Parts;
import com.tenantlist.live.testing.RawSocket;
import com.tenantlist.live.testing.Rest;
import io.dropwizard.util.Duration;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that speaks TLS with a certificate of an authority of its own. */
class TlsTest {
    @TempDir
    static Path directory;

    @TempDir
    static Path elsewhere;

    private static Certificates certificates;
    private static EmbeddedDatabase server;

    @BeforeAll
    static void startAServer() throws Exception {
        certificates = Certificates.create(directory);
        server = EmbeddedDatabase.startTemporary(Map.of(
                "ssl",
                "on",
                "ssl_cert_file",
                certificates.server().toString(),
                "ssl_key_file",
                certificates.serverKey().toString()));
    }

    @AfterAll
    static void stopIt() {
        server.close();
    }

    private static String verifying(String url, Path authority) {
        return url + "?sslmode=verify-full&sslrootcert=" + authority;
    }

    private static Postgres postgres(String url) {
        PostgresConfiguration config = new PostgresConfiguration();
        config.url = url;
        return Postgres.of(config);
    }

    @Test
    void poolFeedAndCommandsVerifyTheServer() throws Exception {
        LiveService service = LiveService.on(server, Parts.redis().url());
        service.with("postgres.url", verifying(service.databaseUrl(), certificates.authority()));
        try (LiveService live = service.start()) {
            live.awaitFeed();
            UUID user = UUID.randomUUID();
            try (RawSocket socket = RawSocket.dashboard(live.sockets(), user)) {
                assertThat(new Rest(live.api(), user)
                                .post("/api/businesses", "{\"name\":\"Over TLS\"}")
                                .status())
                        .isEqualTo(201);
                socket.awaitEvent("business:created");
            }
            assertThat(live.queried("SELECT bool_and(coalesce(s.ssl, false)) FROM pg_stat_activity a"
                            + " LEFT JOIN pg_stat_ssl s USING (pid) WHERE a.application_name = 'tenantlist-live'"))
                    .isEqualTo("t");
            assertThat(live.queried("SELECT count(*) > 2 FROM pg_stat_ssl WHERE ssl"))
                    .isEqualTo("t");
        }
    }

    @Test
    void commandsMigrateOverTls() {
        String url = server.create(Parts.newName());
        assertThat(Parts.migrate(verifying(url, certificates.authority()))).isPositive();
    }

    @Test
    void anotherAuthorityIsRefusedInOneLine() throws Exception {
        Path wrong = Certificates.create(elsewhere).authority();
        String url = verifying(server.url("postgres"), wrong);
        assertThatThrownBy(() -> postgres(url).connect())
                .hasMessageContaining("TLS: ")
                .hasMessageContaining("sslrootcert of DATABASE_URL");
        assertThatThrownBy(() -> postgres(url).connectForReplication(Duration.seconds(2)))
                .hasMessageContaining("sslrootcert of DATABASE_URL");
        assertThatThrownBy(LiveService.on(server, Parts.redis().url()).with("postgres.url", url)::start)
                .hasStackTraceContaining("cannot reach the database postgres@127.0.0.1:" + server.port() + "/postgres")
                .hasStackTraceContaining("sslrootcert of DATABASE_URL");
    }

    @Test
    void aNameThatTheCertificateDoesNotHaveIsRefused() {
        String url = verifying(server.url("postgres").replace("127.0.0.1", "localhost"), certificates.authority());
        assertThatThrownBy(() -> postgres(url).connect())
                .hasMessageStartingWith("TLS: ")
                .hasMessageContaining("localhost")
                .hasMessageContaining("sslrootcert of DATABASE_URL");
    }

    @Test
    void withoutAnAuthorityItIsSaidWhereOneIsNamed() {
        assertThatThrownBy(() -> postgres(server.url("postgres") + "?sslmode=verify-full")
                        .connect())
                .hasMessageStartingWith("TLS: ")
                .hasMessageContaining("sslrootcert of DATABASE_URL");
    }

    @Test
    void encryptionIsAskedForWithoutVerifyingToo() throws Exception {
        try (Connection connection =
                        postgres(server.url("postgres") + "?sslmode=require").connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")) {
            row.next();
            assertThat(row.getBoolean(1)).isTrue();
        }
        try (Connection connection =
                        postgres(server.url("postgres") + "?sslmode=disable").connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")) {
            row.next();
            assertThat(row.getBoolean(1)).isFalse();
        }
    }
}
