package com.tenantlist.live.postgres;

import static com.tenantlist.live.postgres.Platform.ANNA;
import static com.tenantlist.live.postgres.Platform.BEN;
import static com.tenantlist.live.postgres.Platform.CAFE;
import static com.tenantlist.live.postgres.Platform.DELI;
import static org.assertj.core.api.Assertions.assertThat;

import com.tenantlist.live.postgres.Platform.Place;
import com.tenantlist.live.testing.Parts;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.PGConnection;

/** Databases and sessions whose texts are not UTF-8: old ones, whose platform never had it changed. */
class EncodingsTest {
    /** Journal and digest against the row, byte for byte: a text that is no UTF-8 does not come through the driver. */
    private static final String TOLD_OTHERWISE = """
            SELECT b.id FROM businesses b
            LEFT JOIN live.business_totals t ON t.business_id = b.id
            LEFT JOIN LATERAL (SELECT e.* FROM live.dashboard_event e WHERE e.business_id = b.id AND e.name IS NOT NULL
                               ORDER BY e.revision DESC LIMIT 1) e ON true
            WHERE e.name IS DISTINCT FROM b.name::text OR e.category IS DISTINCT FROM b.category::text
               OR t.shown IS DISTINCT FROM live.shown(b.name::text, b.category::text, b.status::text, b.is_verified)""";

    static List<Place> plainPlaces() {
        return Platform.plainPlaces();
    }

    /** A connection to a migrated database of that encoding, on the server of the platform. */
    private static Connection encoded(Platform platform, String encoding) throws SQLException {
        String name = Parts.newName();
        platform.sql("CREATE DATABASE %s ENCODING '%s' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
                .formatted(name, encoding));
        String url = platform.url().replaceFirst("[^/]*$", name);
        Parts.migrate(url);
        return connect(url);
    }

    /** One that may say in which encoding it speaks. */
    private static Connection connect(String url) throws SQLException {
        return DriverManager.getConnection(
                url.replace("postgresql://postgres@", "jdbc:postgresql://") + "?allowEncodingChanges=true",
                "postgres",
                "");
    }

    private static List<List<String>> guard(Connection connection) throws SQLException {
        return Rollup.rows(connection, "SELECT said FROM live.guard()");
    }

    @ParameterizedTest
    @MethodSource("plainPlaces")
    void bytesThatAreNoTextAreNotedInADatabaseWithoutAnEncoding(Place place) throws SQLException {
        try (Platform platform = Platform.at(place);
                Connection connection = encoded(platform, "SQL_ASCII");
                Statement statement = connection.createStatement()) {
            statement.execute("""
                    CREATE FUNCTION bytes(bytea) RETURNS text LANGUAGE sql AS $$ SELECT convert_from($1, 'SQL_ASCII') $$;
                    INSERT INTO businesses (id, user_id, name, category, status)
                    VALUES ('%1$s', '%2$s', bytes('\\xc3a9'), bytes('\\xe9ff80'), 'active'), ('%3$s', '%4$s', bytes('\\xff28c3'), NULL, 'active');
                    INSERT INTO business_metrics (business_id, metric_date, views_count) VALUES ('%1$s', '2026-12-31', 3)""".formatted(CAFE, ANNA, DELI, BEN));
            assertThat(Rollup.rows(connection, TOLD_OTHERWISE)).isEmpty();
            statement.execute("UPDATE businesses SET name = bytes('\\xfe') || name");
            statement.execute(
                    "BEGIN; UPDATE businesses SET category = bytes('\\xe9'); UPDATE businesses SET category = NULL;"
                            + " UPDATE businesses SET category = bytes('\\xea') WHERE id = '" + CAFE + "'; COMMIT");
            assertThat(Rollup.rows(connection, TOLD_OTHERWISE)).isEmpty();
            assertThat(Rollup.rows(
                            connection,
                            "SELECT convert_to(name, 'SQL_ASCII') = '\\xfeff28c3' FROM businesses WHERE id = '" + DELI
                                    + "'"))
                    .containsExactly(List.of("t"));
            Rollup.checkSums(connection);
            assertThat(guard(connection)).isEmpty();
            statement.execute(
                    "SET session_replication_role = replica; UPDATE businesses SET name = bytes('\\xfd') || name;"
                            + " RESET session_replication_role");
            assertThat(Rollup.rebuild(connection)).containsExactly("2", "0");
            assertThat(Rollup.rows(connection, TOLD_OTHERWISE)).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("plainPlaces")
    void aSessionThatSpeaksLatin1IsNoted(Place place) throws Exception {
        try (Platform platform = Platform.withTwoTenants(place);
                Connection connection = connect(platform.url());
                Statement statement = connection.createStatement()) {
            statement.execute("SET client_encoding = 'LATIN1'");
            // The driver goes on to send UTF-8, but for what it is given as bytes.
            connection
                    .unwrap(PGConnection.class)
                    .getCopyAPI()
                    .copyIn(
                            "COPY businesses (user_id, name, category) FROM STDIN",
                            new ByteArrayInputStream((ANNA + "\tZürich ñ\té\n").getBytes(StandardCharsets.ISO_8859_1)));
            // What its own encoding has no letters for is no error of the write.
            statement.execute("UPDATE businesses SET name = U&'\\4e16\\754c' || name WHERE id = '" + DELI + "'");
            assertThat(platform.rows(
                            "SELECT name, category FROM live.dashboard_event WHERE name IS NOT NULL AND revision > 2"
                                    + " OR type = 'business:updated' ORDER BY type"))
                    .containsExactly("Zürich ñ é", "世界Deli null");
            assertThat(guard(connection)).isEmpty();
            Rollup.check(platform.connection());
        }
    }

    @ParameterizedTest
    @MethodSource("plainPlaces")
    void aDatabaseInLatin1IsNoted(Place place) throws SQLException {
        try (Platform platform = Platform.at(place);
                Connection connection = encoded(platform, "LATIN1");
                Statement statement = connection.createStatement()) {
            statement.execute("""
                    INSERT INTO businesses (id, user_id, name, category, status) VALUES ('%1$s', '%2$s', 'Café', 'ÿ', 'active');
                    INSERT INTO business_metrics (business_id, metric_date, views_count) VALUES ('%1$s', '2026-12-31', 3);
                    UPDATE businesses SET name = 'Cafés ñ', category = 'ü'""".formatted(CAFE, ANNA));
            Rollup.check(connection);
            assertThat(Rollup.rows(connection, TOLD_OTHERWISE)).isEmpty();
            assertThat(Rollup.rows(connection, "SELECT octet_length(name) FROM businesses"))
                    .containsExactly(List.of("7"));
            assertThat(guard(connection)).isEmpty();
        }
    }
}
