package com.tenantlist.live.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tenantlist.live.testing.Parts;
import io.dropwizard.util.Duration;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PostgresUrlTest {
    private static final String START = "postgresql://user:hunter2@host/live";

    @TempDir
    Path directory;

    private static PostgresUrl parse(String url) {
        return PostgresUrl.parse("DATABASE_URL", url);
    }

    private static Map<String, String> driver(String parameters) {
        return parse(START + "?" + parameters).driver();
    }

    private static void refuses(String url, String... words) {
        assertThatThrownBy(() -> parse(url))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("DATABASE_URL ")
                .hasMessageNotContaining("hunter2")
                .satisfies(e -> List.of(words).forEach(word -> assertThat(e).hasMessageContaining(word)));
    }

    private String file(String name, String content) throws Exception {
        return Files.writeString(directory.resolve(name), content).toString();
    }

    @Test
    void aUrlIsReadWithItsEscapes() {
        PostgresUrl url = parse("postgresql://us%40er:p%3Aw%2F@db.example.com/tenant%20list");
        assertThat(url).isEqualTo(new PostgresUrl("db.example.com:5432", "tenant list", "us@er", "p:w/", Map.of()));
        assertThat(url.jdbcUrl()).isEqualTo("jdbc:postgresql://db.example.com:5432/tenant+list");
        assertThat(url.toString()).isEqualTo("us@er@db.example.com:5432/tenant list");
    }

    @Test
    void ofSeveralHostsThePrimaryIsMeant() {
        PostgresUrl url = parse("postgresql://user@db-1,db-2:5433/live");
        assertThat(url.hosts()).isEqualTo("db-1:5432,db-2:5433");
        assertThat(url.driver()).containsEntry("targetServerType", "primary");
        assertThat(parse("postgresql://user@[::1]/live").jdbcUrl()).isEqualTo("jdbc:postgresql://[::1]:5432/live");
        assertThat(url.shown()).isEqualTo("user@db-1:5432,db-2:5433/live");
        assertThat(parse("postgresql://user@db-1,db-2/live?target_session_attrs=any")
                        .driver())
                .containsEntry("targetServerType", "any");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"db-1,", ",db-1", "db-1:x", "db-1:5432:5433", "db-1:0", "db-1:65536", "a:hunter2@b@db-1,db 2"})
    void aHostThatIsNoneIsSaid(String hosts) {
        refuses("postgresql://user:hunter2@" + hosts + "/live");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "mysql://user:hunter2@host/db",
                "postgresql://user:hunter2@host",
                "postgresql://user:hunter2@host/",
                "postgresql://user:hun/hunter2@host/db",
                "postgresql://user:#hunter2@host/db",
                "postgresql://user:?hunter2@host/db",
                "postgresql://user:hunter2%zz@host/db",
                "postgresql://user:hunter2@host/db?sslmode",
                "postgresql://user:hunter2@host/db?=require",
                "postgresql://user:hunter2@%2Fvar%2Frun/db",
                "postgresql://user@host/db?host=/var/run&password=hunter2",
            })
    void aMalformedUrlIsSaidWithoutItsPassword(String url) {
        refuses(url);
    }

    @Test
    void whatStandsInFrontMayStandInTheParameters() {
        PostgresUrl url = parse("postgresql:///?host=db-1,::1&port=6000,6001&user=u%26&password=p%3D&dbname=live");
        assertThat(url.hosts()).isEqualTo("db-1:6000,[::1]:6001");
        assertThat(url.user()).isEqualTo("u&");
        assertThat(url.password()).isEqualTo("p=");
        assertThat(url.database()).isEqualTo("live");
        assertThat(parse("postgresql://host:1/live?port=6000&host=other&dbname=x")
                        .jdbcUrl())
                .isEqualTo("jdbc:postgresql://other:6000/x");
        refuses("postgresql:///live?host=a,b,c&port=1,2", "2 values of port for 3 hosts");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sslmode=disable | sslmode | disable",
                "sslmode=verify-full | sslmode | verify-full",
                "ssl=true | sslmode | require",
                "ssl=true&sslmode=verify-ca | sslmode | verify-ca",
                "sslrootcert=system | sslfactory | org.postgresql.ssl.DefaultJavaSSLFactory",
                "sslrootcert=system | sslmode | verify-full",
                "sslmode=require&sslnegotiation=direct | sslNegotiation | direct",
                "channel_binding=require | channelBinding | require",
                "require_auth=scram-sha-256,!none | requireAuth | scram-sha-256,!none",
                "options=-c%20work_mem%3D8MB | options | -c work_mem=8MB",
                "application_name=mine | ApplicationName | mine",
                "fallback_application_name=other | ApplicationName | other",
                "fallback_application_name=other&application_name=mine | ApplicationName | mine",
                "target_session_attrs=read-write | targetServerType | primary",
                "target_session_attrs=primary | targetServerType | primary",
                "load_balance_hosts=random | loadBalanceHosts | true",
                "connect_timeout=7 | connectTimeout | 7",
                "keepalives=0 | tcpKeepAlive | false",
                "keepalives_idle=10&keepalives_count=3 | socketFactoryArg | idle=10,count=3",
                "gssencmode=disable | gssEncMode | disable",
                "krbsrvname=pg | kerberosServerName | pg",
            })
    void aParameterIsObeyed(String parameters, String property, String value) {
        assertThat(driver(parameters)).containsEntry(property, value);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sslcompression=0",
                "sslsni=1",
                "client_encoding=UTF8",
                "tcp_user_timeout=0",
                "keepalives_idle=0",
                "ssl_min_protocol_version=TLSv1.2"
            })
    void whatIsSoAnywayMayBeAskedFor(String parameters) {
        assertThat(driver(parameters)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sslmod=require | sslmod",
                "currentSchema=x | currentSchema",
                "pgbouncer=true | pgbouncer",
                "sslmode=on | sslmode=on",
                "sslmode= | sslmode=",
                "sslcrl=/crl | sslcrl",
                "tcp_user_timeout=500 | tcp_user_timeout",
                "hostaddr=10.0.0.1 | hostaddr",
                "service=live | service",
                "replication=database | replication",
                "sslcompression=1 | sslcompression=1",
                "client_encoding=LATIN1 | client_encoding=LATIN1",
                "ssl_min_protocol_version=TLSv1.3 | ssl_min_protocol_version",
                "target_session_attrs=standby | target_session_attrs=standby",
                "channel_binding=yes | channel_binding=yes",
                "connect_timeout=0 | connect_timeout=0",
                "connect_timeout=-1 | connect_timeout=-1",
                "keepalives_idle=x | keepalives_idle=x",
                "sslnegotiation=direct | sslnegotiation",
                "sslmode=require&sslrootcert=system | sslrootcert=system",
                "sslrootcert=/nowhere | sslrootcert",
                "sslmode=verify-full&sslrootcert=/nowhere | sslrootcert=/nowhere",
                "sslcert=/nowhere | sslkey",
                "require_auth=magic | require_auth=magic",
            })
    void aParameterThatCannotBeObeyedIsRefusedByName(String parameters, String words) {
        refuses(START + "?" + parameters, words);
    }

    @Test
    void aRootCertificateMakesRequireVerify() throws Exception {
        String root = file("root.crt", "");
        assertThat(driver("sslmode=require&sslrootcert=" + root))
                .containsEntry("sslmode", "verify-ca")
                .containsEntry("sslrootcert", root);
    }

    @Test
    void aKeyThatTheDriverCannotReadIsSaid() throws Exception {
        String cert = file("client.crt", "");
        KeyPairGenerator ec = KeyPairGenerator.getInstance("EC");
        String pkcs8 = "-----BEGIN PRIVATE KEY-----\n"
                + Base64.getMimeEncoder()
                        .encodeToString(ec.generateKeyPair().getPrivate().getEncoded())
                + "\n-----END PRIVATE KEY-----\n";
        assertThat(driver("sslcert=" + cert + "&sslkey=" + file("client.pem", pkcs8)))
                .containsEntry("pemKeyAlgorithm", "EC");
        refuses(START + "?sslcert=" + cert + "&sslkey=" + file("client.key", pkcs8), "client.key", ".pem");
        refuses(
                START + "?sslcert=" + cert + "&sslpassword=hunter2&sslkey="
                        + file("old.pem", "-----BEGIN RSA PRIVATE KEY-----\n"),
                "old.pem",
                "openssl pkcs8");
    }

    // ---- on a server

    private static Connection connect(String parameters) throws SQLException {
        PostgresConfiguration config = new PostgresConfiguration();
        config.url = Parts.database().url("postgres") + "?" + parameters;
        return Postgres.of(config).connect(Duration.seconds(4));
    }

    private static String setting(Connection connection, String name) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SHOW " + name)) {
            row.next();
            return row.getString(1);
        }
    }

    @Test
    void optionsReachTheServerAndOursHold() throws Exception {
        try (Connection connection = connect("application_name=mine&keepalives_idle=10&options=-c%20work_mem%3D8MB"
                + "%20-c%20statement_timeout%3D500%20-c%20TimeZone%3DAfrica%2FCairo%20-c%20DateStyle%3DGerman"
                + "%20-c%20default_transaction_isolation%3Dserializable%20-c%20default_transaction_read_only%3Don")) {
            assertThat(setting(connection, "work_mem")).isEqualTo("8MB");
            assertThat(setting(connection, "application_name")).isEqualTo("mine");
            assertThat(setting(connection, "statement_timeout")).isEqualTo("4s");
            assertThat(setting(connection, "TimeZone")).isEqualTo("UTC");
            assertThat(setting(connection, "DateStyle")).startsWith("ISO");
            assertThat(setting(connection, "transaction_isolation")).isEqualTo("read committed");
            assertThat(setting(connection, "transaction_read_only")).isEqualTo("off");
        }
    }

    @Test
    void optionsReachAReplicationConnectionToo() throws Exception {
        PostgresConfiguration config = new PostgresConfiguration();
        config.url = Parts.database().url("postgres") + "?options=-c%20work_mem%3D8MB%20-c%20wal_sender_timeout%3D77s";
        try (Connection connection = Postgres.of(config).connectForReplication(Duration.seconds(9))) {
            assertThat(setting(connection, "work_mem")).isEqualTo("8MB");
            assertThat(setting(connection, "wal_sender_timeout")).isEqualTo("9s");
        }
    }
}
