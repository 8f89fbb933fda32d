package com.tenantlist.live.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tenantlist.live.testing.Parts;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SnapshotTest {
    private static String queried(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    private static Snapshot snapshot(Connection connection) throws SQLException {
        return Snapshot.of(queried(connection, "SELECT " + Snapshot.SQL));
    }

    /** Begins a transaction that writes; returns the lower half of its id, as the WAL has it. */
    private static int begin(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        return (int) Long.parseLong(queried(connection, "SELECT pg_current_xact_id()::text"));
    }

    @Test
    void aTransactionIsInProgressFromItsFirstWriteToItsEnd() throws Exception {
        try (Connection reader = Parts.database().connect("postgres");
                Connection first = Parts.database().connect("postgres");
                Connection second = Parts.database().connect("postgres")) {
            long next = snapshot(reader).next();
            int one = begin(first);
            assertThat(snapshot(reader).isInProgress(one))
                    .as("the newest, which is not below xmax")
                    .isTrue();
            int two = begin(second);
            second.commit();
            Snapshot between = snapshot(reader);
            assertThat(between.inProgress()).contains(Integer.toUnsignedLong(one));
            assertThat(between.isInProgress(one)).isTrue();
            assertThat(between.isInProgress(two)).isFalse();
            assertThat(between.next()).isGreaterThanOrEqualTo(next + 2);
            first.rollback();
            assertThat(snapshot(reader).isInProgress(one)).isFalse();
            assertThat(snapshot(reader).isInProgress(two + 1_000_000))
                    .as("one that never was")
                    .isFalse();
        }
    }

    @Test
    void idsOf32BitsBeginAnew() {
        long turn = 1L << 32;
        Snapshot after = new Snapshot(turn - 2, turn + 5, Set.of(turn - 2, turn + 3), turn + 7);
        assertThat(after.isInProgress(-2)).isTrue();
        assertThat(after.isInProgress(-1)).as("ended").isFalse();
        assertThat(after.isInProgress(3)).isTrue();
        assertThat(after.isInProgress(4)).as("ended").isFalse();
        assertThat(after.isInProgress(6)).as("begun, and none ended after it").isTrue();
        assertThat(after.isInProgress(7)).as("not begun").isFalse();
        assertThat(Snapshot.of("4294967294:4294967301:4294967294,4294967299:4")).isEqualTo(after);
    }

    @Test
    void otherTextsAreRefused() {
        assertThatThrownBy(() -> Snapshot.of("3:3:")).hasMessageContaining("not a snapshot");
    }
}
