package com.tenantlist.live.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tenantlist.live.feed.Refusal.Step;
import java.sql.SQLException;
import org.jdbi.v3.core.ConnectionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;
import org.postgresql.util.ServerErrorMessage;

class RefusalTest {
    /** As the wire has it: fields that begin with their letter and end with a zero. */
    private static PSQLException answered(String state, String message) {
        return new PSQLException(new ServerErrorMessage("SFATAL\0C" + state + "\0M" + message + "\0"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            CONNECTING | 42501 | permission denied to start WAL sender | ALTER ROLE app REPLICATION
            CONNECTING | 28000 | no pg_hba.conf entry for host "10.0.0.1" | pg_hba.conf
            CONNECTING | 28P01 | password authentication failed for user "app" | password
            CONNECTING | 53300 | number of requested standby connections exceeds max_wal_senders | max_wal_senders
            CONNECTING | 08P01 | unsupported startup parameter: replication | FEED_DATABASE_URL
            CONNECTING | 0A000 | Feature not supported: RDS Proxy currently doesn't support streaming replication mode | FEED_DATABASE_URL
            CONNECTING | XX000 | replication is not supported | FEED_DATABASE_URL
            CONNECTING | 3D000 | database "x" does not exist | database "x" does not exist
            MAKING_SLOT | 42501 | permission denied to use replication slots | ALTER ROLE app REPLICATION
            MAKING_SLOT | 53400 | all replication slots are in use | max_replication_slots
            MAKING_SLOT | 55000 | logical decoding requires "wal_level" >= "logical" | wal_level
            MAKING_SLOT | 0A000 | not here | not here
            READING | 42704 | publication "tenantlist_live" does not exist | db migrate
            WRITING_HEARTBEAT | 42501 | permission denied for function pg_logical_emit_message | EXECUTE
            WRITING_HEARTBEAT | 0A000 | this is a serverless cluster | this is a serverless cluster
            """)
    void aRefusalIsSaidWithItsCure(Step step, String state, String message, String cure) {
        assertThatThrownBy(() -> Refusal.check(new ConnectionException(answered(state, message)), step, "app"))
                .isInstanceOf(ReplicationUnavailableException.class)
                .hasMessageContaining(message)
                .hasMessageContaining(cure);
    }

    @ParameterizedTest
    @CsvSource({
        "CONNECTING, 08006, the line is cut",
        "CONNECTING, 57P01, terminating replication connection due to administrator command",
        "CONNECTING, 57P03, the database system is starting up",
        "CONNECTING, 53200, out of memory",
        "MAKING_SLOT, 57014, canceling statement due to user request",
        "MAKING_SLOT, 57P05, terminating connection due to idle-session timeout",
        "MAKING_SLOT, 08006, the line is cut",
        "READING, 55000, can no longer get changes from replication slot",
        "READING, 57P01, terminating connection",
        "WRITING_HEARTBEAT, 25006, cannot execute in a read-only transaction",
        "WRITING_HEARTBEAT, 57014, canceling statement due to statement timeout",
    })
    void whatIsAwayIsNoRefusal(Step step, String state, String message) {
        assertThatCode(() -> Refusal.check(answered(state, message), step, "app"))
                .doesNotThrowAnyException();
    }

    @Test
    void whatTheDriverDoesNotUnderstandIsNoRefusal() {
        PSQLException ofTheDriver = new PSQLException("Protocol error: replication", PSQLState.PROTOCOL_VIOLATION);
        assertThatCode(() -> Refusal.check(ofTheDriver, Step.CONNECTING, "app")).doesNotThrowAnyException();
        assertThatCode(() -> Refusal.check(new SQLException("no state"), Step.CONNECTING, "app"))
                .doesNotThrowAnyException();
        assertThat(ofTheDriver.getServerErrorMessage()).isNull();
    }
}
