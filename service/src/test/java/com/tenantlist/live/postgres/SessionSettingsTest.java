package com.tenantlist.live.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import com.tenantlist.live.testing.Parts;
import io.dropwizard.util.Duration;
import java.sql.Connection;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a server makes of them. */
class SessionSettingsTest {
    @ParameterizedTest
    @CsvSource({
        "2s, 1s, 1500ms",
        "100ms, 1s, 100ms",
        "5s, 10s, 5s",
        "5s, 1500ms, 2250ms",
        "5s, 1min, 5s",
        "0s, 1s, 0",
    })
    void noLockIsWaitedForAsLongAsADeadlockOfOthersTakes(String limit, String deadlock, String expected)
            throws Exception {
        SessionSettings settings = new SessionSettings(Duration.seconds(9), Duration.parse(limit));
        try (Connection connection = Parts.database().connect("postgres");
                Statement sql = connection.createStatement()) {
            sql.execute("SET deadlock_timeout = '" + deadlock + "'");
            sql.execute("SET IntervalStyle = 'iso_8601'");
            sql.execute(settings.forSession());
            assertThat(shown(sql)).isEqualTo(expected);
            sql.execute("SET lock_timeout = 77");
            connection.setAutoCommit(false);
            sql.execute(settings.forTransaction("READ COMMITTED"));
            assertThat(shown(sql)).isEqualTo(expected);
            connection.rollback();
            assertThat(shown(sql)).isEqualTo("77ms");
        }
    }

    /** There is such a setting since version 17. */
    @Test
    void noTransactionIsEndedForItsLength() throws Exception {
        try (Connection connection = Parts.database().connect("postgres");
                Statement sql = connection.createStatement()) {
            sql.execute("SET transaction_timeout = '10min'");
            sql.execute(new SessionSettings(Duration.seconds(9), SessionSettings.UNLIMITED).forSession());
            try (var row = sql.executeQuery("SHOW transaction_timeout")) {
                row.next();
                assertThat(row.getString(1)).isEqualTo("0");
            }
        }
    }

    private static String shown(Statement sql) throws Exception {
        try (var row = sql.executeQuery("SHOW lock_timeout")) {
            row.next();
            return row.getString(1);
        }
    }
}
