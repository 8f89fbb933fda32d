package com.tenantlist.live.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tenantlist.live.testing.Parts;
import com.tenantlist.live.threads.Backoff;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WritesTest {
    private final AtomicInteger tries = new AtomicInteger();
    private Jdbi jdbi;
    private Writes writes;

    @BeforeEach
    void aTable() {
        String name = Parts.newName();
        Parts.database().create(name);
        jdbi = Jdbi.create(() -> Parts.database().connect(name));
        jdbi.useHandle(handle ->
                handle.execute("CREATE TABLE t (id int PRIMARY KEY, n int); " + "INSERT INTO t VALUES (1, 0), (2, 0)"));
        writes = new Writes(jdbi, 3, new Backoff(1, 10));
    }

    private int sum() {
        return jdbi.withHandle(handle ->
                handle.createQuery("SELECT sum(n) FROM t").mapTo(int.class).one());
    }

    @Test
    void aSerializationFailureIsTriedAgain() {
        writes.inTransaction(handle -> {
            handle.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
            handle.createQuery("SELECT n FROM t WHERE id = 1").mapTo(int.class).one();
            if (tries.incrementAndGet() == 1) {
                try (Handle other = jdbi.open()) {
                    other.execute("UPDATE t SET n = n + 10 WHERE id = 1");
                }
            }
            return handle.execute("UPDATE t SET n = n + 1 WHERE id = 1");
        });
        assertThat(tries).hasValue(2);
        assertThat(sum()).isEqualTo(11);
    }

    @Test
    void bothSidesOfADeadlockAreWrittenInTheEnd() throws Exception {
        // Who is given up comes back when the other one is through, and not into its way again.
        Writes patient = new Writes(jdbi, 3, new Backoff(200, 400));
        CountDownLatch bothHold = new CountDownLatch(2);
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            Future<Integer> there =
                    threads.submit(() -> patient.inTransaction(handle -> cross(handle, bothHold, 1, 2)));
            Future<Integer> back = threads.submit(() -> patient.inTransaction(handle -> cross(handle, bothHold, 2, 1)));
            there.get();
            back.get();
        } finally {
            threads.shutdownNow();
        }
        assertThat(sum()).isEqualTo(4);
        assertThat(tries).as("one of the two was given up").hasValueGreaterThanOrEqualTo(3);
    }

    private int cross(Handle handle, CountDownLatch bothHold, int first, int second) throws InterruptedException {
        tries.incrementAndGet();
        handle.execute("UPDATE t SET n = n + 1 WHERE id = ?", first);
        bothHold.countDown();
        bothHold.await();
        return handle.execute("UPDATE t SET n = n + 1 WHERE id = ?", second);
    }

    @Test
    void theLastFailureCarriesThoseBefore() {
        assertThatThrownBy(() -> writes.inTransaction(handle -> {
                    String message = "try " + tries.incrementAndGet();
                    return handle.execute("DO $$ BEGIN RAISE '" + message + "' USING ERRCODE = '40001'; END $$");
                }))
                .hasMessageContaining("try 3")
                .satisfies(e -> assertThat(Writes.isContended(e)).isTrue())
                .satisfies(e -> assertThat(e.getSuppressed()[0])
                        .hasMessageContaining("try 2")
                        .satisfies(
                                before -> assertThat(before.getSuppressed()[0]).hasMessageContaining("try 1")));
    }

    @Test
    void otherFailuresAreNotTriedAgain() {
        for (String state : List.of("23505", "55P03", "57014")) {
            tries.set(0);
            assertThatThrownBy(() -> writes.inTransaction(handle -> {
                        tries.incrementAndGet();
                        return handle.execute("DO $$ BEGIN RAISE 'no' USING ERRCODE = '" + state + "'; END $$");
                    }))
                    .isInstanceOf(JdbiException.class)
                    .satisfies(e -> assertThat(Writes.isContended(e)).isEqualTo(state.equals("55P03")));
            assertThat(tries).as(state).hasValue(1);
        }
    }
}
