package com.tenantlist.live.postgres;

import static com.tenantlist.live.postgres.Platform.ANNA;
import static com.tenantlist.live.postgres.Platform.BEN;
import static com.tenantlist.live.postgres.Platform.CAFE;
import static com.tenantlist.live.postgres.Platform.DELI;
import static org.assertj.core.api.Assertions.assertThat;

import com.tenantlist.live.postgres.Platform.Place;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Writers that do not wait for each other without us do not with us, but at COMMIT; and never for ever. */
class GuestLocksTest {
    private static final int WRITERS = 6;
    private static final int ROUNDS = 40;

    static List<Place> places() {
        return Platform.places();
    }

    private interface Work {
        void run(Connection connection, Statement statement, int writer, int round) throws Exception;
    }

    /** All writers do each round at once, on a connection each. */
    private static void atOnce(Platform platform, int writers, Work work) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(writers);
        CyclicBarrier start = new CyclicBarrier(writers);
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < writers; i++) {
                int writer = i;
                all.add(threads.submit(() -> {
                    try (Connection connection = platform.connect();
                            Statement statement = connection.createStatement()) {
                        statement.execute("SET deadlock_timeout = '20ms'");
                        start.await();
                        for (int round = 0; round < ROUNDS; round++) {
                            work.run(connection, statement, writer, round);
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> each : all) {
                each.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(platform.deadlocks()).isZero();
        Rollup.check(platform.connection());
    }

    @ParameterizedTest
    @MethodSource("places")
    void upsertsOfDisjointBusinessesOfTheSameOwners(Place place) throws Exception {
        try (Platform platform = Platform.at(place)) {
            atOnce(
                    platform,
                    WRITERS,
                    (connection, statement, writer, round) -> statement.execute("""
                    INSERT INTO businesses (id, user_id, name)
                    SELECT ('00000000-0000-4000-9000-' || lpad(n || '0%1$d', 12, '0'))::uuid,
                           ('00000000-0000-4000-8000-' || lpad((n %% 5)::text, 12, '0'))::uuid, 'b%2$d'
                    FROM generate_series(1, 10) n ORDER BY CASE WHEN %2$d %% 2 = 0 THEN n ELSE -n END
                    ON CONFLICT (id) DO UPDATE SET name = excluded.name""".formatted(writer, round)));
        }
    }

    @ParameterizedTest
    @MethodSource("places")
    void transactionsOverTwoOwnersInOppositeOrder(Place place) throws Exception {
        try (Platform platform = Platform.withTwoTenants(place)) {
            oneRowADay(platform);
            atOnce(platform, WRITERS, (connection, statement, writer, round) -> {
                connection.setAutoCommit(false);
                boolean up = writer % 2 == 0;
                for (String business : up ? List.of(CAFE, DELI) : List.of(DELI, CAFE)) {
                    statement.execute(addAView(business, writer));
                }
                connection.commit();
            });
        }
    }

    /** Rows of a day each, so that writers never touch the same row. */
    private static void oneRowADay(Platform platform) throws SQLException {
        platform.sql("DELETE FROM business_metrics; INSERT INTO business_metrics (business_id, metric_date)"
                + " SELECT id, date '2026-12-28' + d FROM businesses, generate_series(0, 9) d");
    }

    private static String addAView(String business, int day) {
        return "UPDATE business_metrics SET views_count = views_count + 1 WHERE business_id = '%s' AND metric_date = date '2026-12-28' + %d"
                .formatted(business, day);
    }

    @ParameterizedTest
    @MethodSource("places")
    void anOpenTransactionHoldsUpNobodyOfItsOwner(Place place) throws Exception {
        try (Platform platform = Platform.withTwoTenants(place);
                Connection open = platform.connect();
                Statement statement = open.createStatement()) {
            oneRowADay(platform);
            open.setAutoCommit(false);
            statement.execute(addAView(CAFE, 0));
            statement.execute(
                    "INSERT INTO businesses (user_id, name) VALUES ('" + ANNA + "', 'of an open transaction')");
            platform.sql("SET statement_timeout = '60s'");
            platform.sql(addAView(CAFE, 1));
            platform.sql("INSERT INTO businesses (user_id, name) VALUES ('" + ANNA + "', 'of another')");
            platform.sql("DELETE FROM business_metrics WHERE business_id = '" + CAFE
                    + "' AND metric_date = date '2026-12-28' + 2");
            platform.sql("RESET statement_timeout");
            open.commit();
            Rollup.check(platform.connection());
        }
    }

    /**
     * A check at COMMIT waits for the rows that others write. It must not do so while we hold locks: here two transactions
     * would each hold a tenant's sums and wait for the other's key.
     */
    @ParameterizedTest
    @MethodSource("places")
    void deferredKeysOfThePlatformInTheMix(Place place) throws Exception {
        try (Platform platform = Platform.withTwoTenants(place)) {
            oneRowADay(platform);
            platform.sql("""
                    CREATE TABLE plan (id int PRIMARY KEY); CREATE TABLE contract (id serial PRIMARY KEY,
                        plan int REFERENCES plan DEFERRABLE INITIALLY DEFERRED, code int UNIQUE DEFERRABLE INITIALLY DEFERRED);
                    ALTER TABLE business_metrics DROP CONSTRAINT business_metrics_business_id_fkey;
                    ALTER TABLE business_metrics ADD CONSTRAINT later FOREIGN KEY (business_id) REFERENCES businesses (id)
                        ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;
                    INSERT INTO plan SELECT generate_series(0, 9);
                    CREATE TABLE wish (plan int, code int);
                    CREATE FUNCTION public.contract_it() RETURNS trigger LANGUAGE plpgsql AS $$
                        BEGIN INSERT INTO public.contract (plan, code) VALUES (NEW.plan, NEW.code); RETURN NULL; END $$;
                    CREATE CONSTRAINT TRIGGER c AFTER INSERT ON wish DEFERRABLE INITIALLY DEFERRED
                        FOR EACH ROW EXECUTE FUNCTION public.contract_it();
                    SELECT live.order_apply()""");
            atOnce(platform, WRITERS, (connection, statement, writer, round) -> {
                connection.setAutoCommit(false);
                int half = writer / 2;
                if (writer % 2 == 0) {
                    // Holds the plan's row, as an UPDATE of its key would, until the end; its metrics are applied at
                    // COMMIT.
                    statement.execute("SELECT FROM plan WHERE id = " + half + " FOR UPDATE");
                    statement.execute(addAView(CAFE, writer));
                } else {
                    // Waits for that row at COMMIT, by its own row or by that of a deferred trigger.
                    statement.execute(addAView(CAFE, writer));
                    statement.execute("INSERT INTO %s (plan, code) VALUES (%d, %d)"
                            .formatted(round % 2 == 0 ? "contract" : "wish", half, writer * 1000 + round));
                    statement.execute(
                            "INSERT INTO business_metrics (business_id, metric_date, views_count) VALUES ('%s', '2027-05-05', 1)"
                                    .formatted(DELI));
                }
                connection.commit();
            });
        }
    }

    /** A lock_timeout is the writer's, for locks of its own tables; what we wait for at COMMIT is not lost by it. */
    @ParameterizedTest
    @MethodSource("places")
    void aShortLockTimeoutLosesNothing(Place place) throws Exception {
        try (Platform platform = Platform.withTwoTenants(place);
                Connection first = platform.connect();
                Statement holder = first.createStatement()) {
            oneRowADay(platform);
            String id = platform.url();
            // Applied, and its tenant locked, until it is committed.
            holder.execute("BEGIN;" + addAView(CAFE, 0) + "; PREPARE TRANSACTION '" + id + "'");
            ExecutorService thread = Executors.newSingleThreadExecutor();
            try {
                Future<?> waiting = thread.submit(() -> {
                    platform.sql("SET application_name = 'waiting'; SET lock_timeout = '5ms'");
                    platform.sql(addAView(CAFE, 1));
                    return null;
                });
                await(() -> waiting.isDone()
                        || !Rollup.rows(first, Platform.waiting("waiting", "Lock", 50))
                                .isEmpty());
                holder.execute("COMMIT PREPARED '" + id + "'");
                waiting.get();
            } finally {
                thread.shutdownNow();
            }
            Rollup.check(platform.connection());
        }
    }

    /** A COMMIT that takes longer than we wait at a time is waited for again: that of a synchronous standby that is away may take hours. */
    @ParameterizedTest
    @MethodSource("places")
    void aLongCommitIsWaitedForAndNothingIsLost(Place place) throws Exception {
        try (Platform platform = Platform.withTwoTenants(place);
                Connection first = platform.connect();
                Connection second = platform.connect()) {
            oneRowADay(platform);
            platform.sql("ALTER FUNCTION live.apply() SET lock_timeout = '20ms'");
            ExecutorService threads = Executors.newFixedThreadPool(2);
            try {
                platform.loseStandby();
                Future<?> committing = threads.submit(() -> execute(
                        first, "SET application_name = 'committing'; SET synchronous_commit = on", addAView(CAFE, 0)));
                await(() -> platform.waits("committing", "SyncRep", 0));
                Future<?> waiting = threads.submit(() -> execute(
                        second,
                        "SET application_name = 'waiting'",
                        addAView(CAFE, 1) + ";" + addAView(CAFE, 2) + ";" + addAView(DELI, 2)));
                await(() -> waiting.isDone() || platform.waits("waiting", "Lock", 200));
                platform.needNoStandby();
                committing.get();
                waiting.get();
            } finally {
                platform.needNoStandby();
                threads.shutdownNow();
            }
            Rollup.check(platform.connection());
        }
    }

    private static Void execute(Connection connection, String... sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String each : sql) {
                statement.execute(each);
            }
        }
        return null;
    }

    private static void await(Callable<Boolean> condition) {
        Awaitility.await().until(condition);
    }

    /**
     * A deferred trigger's row, whose deferred key waits for another's row: that is due after what was due when it fired, and still
     * while we hold nothing.
     */
    @ParameterizedTest
    @MethodSource("places")
    void aKeyOfWhatADeferredTriggerWrites(Place place) throws Exception {
        try (Platform platform = Platform.withTwoTenants(place);
                Connection holder = platform.connect();
                Connection writer = platform.connect()) {
            oneRowADay(platform);
            platform.sql("""
                    CREATE TABLE plan (id int PRIMARY KEY); INSERT INTO plan VALUES (1);
                    CREATE TABLE audit (plan_id int REFERENCES plan DEFERRABLE INITIALLY DEFERRED);
                    CREATE TABLE entry (plan_id int);
                    CREATE FUNCTION public.audit_it() RETURNS trigger LANGUAGE plpgsql AS $$
                        BEGIN INSERT INTO public.audit VALUES (NEW.plan_id); RETURN NULL; END $$;
                    CREATE FUNCTION public.enter_it() RETURNS trigger LANGUAGE plpgsql AS $$
                        BEGIN INSERT INTO public.entry VALUES (NEW.plan_id); RETURN NULL; END $$;
                    CREATE TABLE orders (plan_id int); CREATE TABLE bigger_orders (plan_id int);
                    CREATE CONSTRAINT TRIGGER a AFTER INSERT ON orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.audit_it();
                    CREATE CONSTRAINT TRIGGER a AFTER INSERT ON entry DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.audit_it();
                    CREATE CONSTRAINT TRIGGER e AFTER INSERT ON bigger_orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.enter_it();
                    SELECT live.order_apply()""");
            ExecutorService thread = Executors.newSingleThreadExecutor();
            try {
                for (String orders : List.of("orders", "bigger_orders")) {
                    holder.setAutoCommit(false);
                    execute(holder, "SELECT FROM plan WHERE id = 1 FOR UPDATE", addAView(CAFE, 0));
                    Future<?> waiting = thread.submit(() -> execute(
                            writer,
                            "SET application_name = '" + orders + "'",
                            "BEGIN;" + addAView(CAFE, 1),
                            "INSERT INTO " + orders + " VALUES (1)",
                            "COMMIT"));
                    await(() -> platform.waits(orders, "Lock", 0));
                    holder.commit();
                    waiting.get();
                }
            } finally {
                thread.shutdownNow();
            }
            assertThat(platform.deadlocks()).isZero();
            Rollup.check(platform.connection());
        }
    }

    /** Constraints that are set immediate, before or after a write, do not make us take locks before COMMIT. */
    @ParameterizedTest
    @MethodSource("places")
    void immediateConstraintsTakeNoLocksOfOurs(Place place) throws Exception {
        String immediate = "SET CONSTRAINTS ALL IMMEDIATE";
        String inAFunction = "DO $$ BEGIN SET CONSTRAINTS ALL IMMEDIATE; END $$";
        String inSql = "SELECT public.make_immediate()";
        String commented = "/* app:x */ -- and why\n SET /* all */ CONSTRAINTS ALL IMMEDIATE";
        String far = "/* " + "x".repeat(2000) + " */ set constraints all immediate";
        String backslashes = "SET standard_conforming_strings = off";
        String write = addAView(CAFE, 0);
        try (Platform platform = Platform.withTwoTenants(place);
                Connection first = platform.connect();
                Statement writer = first.createStatement()) {
            oneRowADay(platform);
            platform.sql("SET statement_timeout = '60s'");
            platform.sql(
                    "CREATE FUNCTION public.make_immediate() RETURNS void LANGUAGE sql AS 'SET CONSTRAINTS ALL IMMEDIATE'");
            for (List<String> statements : List.of(
                    List.of("BEGIN", immediate, write, write),
                    List.of("BEGIN", write, commented, commented),
                    List.of("BEGIN", write, far, far),
                    List.of("BEGIN", write, inSql, inSql, "SELECT make_immediate(), make_immediate()"),
                    List.of(backslashes, "BEGIN", write, immediate, immediate),
                    List.of("BEGIN", write, immediate, write, immediate),
                    List.of("BEGIN", write, "SET CONSTRAINTS live.live_apply IMMEDIATE", immediate),
                    List.of("BEGIN", write, inAFunction, write, inAFunction),
                    List.of("BEGIN", write, immediate, "SET CONSTRAINTS ALL DEFERRED", immediate))) {
                for (String statement : statements) {
                    writer.execute(statement);
                }
                platform.sql(addAView(CAFE, 1));
                writer.execute("COMMIT");
                Rollup.check(platform.connection());
            }
            try (Connection simple = platform.connectSimply()) {
                for (String message : List.of(
                        "BEGIN;" + write + ";" + immediate + ";" + immediate,
                        "BEGIN;" + immediate + ";" + write + ";" + write + (";" + immediate).repeat(9))) {
                    execute(simple, message);
                    platform.sql(addAView(CAFE, 1));
                    execute(simple, "COMMIT");
                    Rollup.check(platform.connection());
                }
            }
        }
    }

    static Stream<Arguments> messages() {
        String write = addAView(CAFE, 0);
        List<String> all = List.of(
                "BEGIN;" + write + "; SET CONSTRAINTS ALL IMMEDIATE;" + write + "; COMMIT",
                "BEGIN;" + write + ";\nSET CONSTRAINTS ALL IMMEDIATE;\nSET CONSTRAINTS ALL IMMEDIATE; COMMIT",
                // Times that Postgres writes and does not read as the same, or not at all.
                "BEGIN; SET LOCAL TimeZone = 'Asia/Kolkata'; SET LOCAL DateStyle = 'SQL, DMY';" + write
                        + "; SET CONSTRAINTS ALL IMMEDIATE; COMMIT",
                "BEGIN; SET LOCAL TimeZone = '<XYZ>-3'; SET LOCAL DateStyle = 'Postgres';" + write
                        + "; SET CONSTRAINTS ALL IMMEDIATE; COMMIT",
                // Without a BEGIN the end of the message is the end of the transaction.
                write + ";\nSET CONSTRAINTS ALL IMMEDIATE;",
                write + "; SELECT '\n set constraints'",
                "UPDATE businesses SET name = 'Joe''s\nset constraints'",
                "UPDATE businesses SET category = '\"Set constraints\"'",
                "UPDATE businesses SET name = 'x' /* set constraints */",
                "DO $$ BEGIN UPDATE businesses SET name = 'set constraints'; END $$",
                "DO $$ BEGIN UPDATE businesses SET name = 'a'; SET CONSTRAINTS ALL IMMEDIATE; COMMIT; UPDATE businesses SET name = 'b'; COMMIT; END $$",
                "CALL public.commits()",
                "BEGIN;" + write + "; PREPARE TRANSACTION 'NAME set constraints'");
        return Platform.places().stream().flatMap(place -> all.stream().map(message -> Arguments.of(place, message)));
    }

    /** What a message says, in literals too, which may be anybody's words, keeps no COMMIT from its end. */
    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("messages")
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aMessageOfAnyWordsIsAppliedOnce(Place place, String message) throws Exception {
        try (Platform platform = Platform.withTwoTenants(place);
                Connection writer = platform.connectSimply();
                Statement statement = writer.createStatement()) {
            oneRowADay(platform);
            for (String setting : List.of("RESET ALL", "SET standard_conforming_strings = off")) {
                platform.sql("""
                        CREATE OR REPLACE PROCEDURE public.commits() LANGUAGE plpgsql AS $$
                        BEGIN
                            FOR n IN 1..3 LOOP
                                UPDATE businesses SET name = 'set constraints ' || n; SET CONSTRAINTS ALL IMMEDIATE; COMMIT;
                            END LOOP;
                        END $$""");
                long before = platform.revision(ANNA);
                statement.execute(setting);
                statement.execute(message.replace("NAME", platform.url()));
                for (String prepared :
                        platform.rows("SELECT gid FROM pg_prepared_xacts WHERE database = current_database()")) {
                    statement.execute("COMMIT PREPARED '" + prepared + "'");
                }
                assertThat(platform.eventsOf(ANNA, before)).isNotEmpty();
                Rollup.check(platform.connection());
                assertThat(platform.rows("SELECT FROM live.pending UNION ALL SELECT FROM live.pending_change"))
                        .isEmpty();
                platform.sql("UPDATE businesses SET name = 'before', category = NULL");
            }
        }
    }

    /** What was prepared is applied, and holds its tenant's row until it is committed. Others of other tenants go on. */
    @ParameterizedTest
    @MethodSource("places")
    void aPreparedTransactionHoldsUpItsOwnTenantAlone(Place place) throws Exception {
        try (Platform platform = Platform.withTwoTenants(place)) {
            oneRowADay(platform);
            String id = platform.url();
            platform.sql("BEGIN;" + addAView(CAFE, 0) + "; PREPARE TRANSACTION '" + id + "'");
            platform.sql("SET statement_timeout = '60s';" + addAView(DELI, 0));
            platform.sql("RESET statement_timeout");
            platform.sql("COMMIT PREPARED '" + id + "'");
            Rollup.check(platform.connection());
        }
    }

    /** live.rebuild takes the locks that a COMMIT takes, in the same order, and loses none of what is committed meanwhile. */
    @ParameterizedTest
    @MethodSource("places")
    void aRebuildAmongWriters(Place place) throws Exception {
        try (Platform platform = Platform.withTwoTenants(place)) {
            oneRowADay(platform);
            platform.sql("SET session_replication_role = replica; UPDATE business_metrics SET views_count = 7;"
                    + "RESET session_replication_role");
            atOnce(platform, WRITERS, (connection, statement, writer, round) -> {
                if (writer == 0) {
                    // Each in a transaction of its own, as it asks for: two of them would hold the locks of one and
                    // wait for the other's.
                    for (String tenant : List.of(ANNA, BEN)) {
                        statement.execute("SELECT live.rebuild('" + tenant + "')");
                    }
                } else {
                    statement.execute(addAView(round % 2 == 0 ? CAFE : DELI, writer));
                    statement.execute("UPDATE businesses SET name = 'n%d', user_id = '%s' WHERE id = '%s' AND %d = 1"
                            .formatted(round, round % 3 == 0 ? BEN : ANNA, CAFE, writer));
                }
            });
        }
    }

    /** What it reads of a business that somebody is about to commit would undo that commit. */
    @ParameterizedTest
    @MethodSource("places")
    void aRebuildReadsABusinessAfterWhoHoldsIt(Place place) throws Exception {
        try (Platform platform = Platform.withTwoTenants(place);
                Connection holder = platform.connect();
                Connection writer = platform.connect();
                Connection rebuilder = platform.connect()) {
            platform.sql("SET session_replication_role = replica; UPDATE businesses SET user_id = '" + BEN
                    + "' WHERE id = '" + CAFE + "'; RESET session_replication_role");
            execute(holder, "BEGIN", "SELECT FROM live.business_totals WHERE business_id = '" + CAFE + "' FOR UPDATE");
            ExecutorService threads = Executors.newFixedThreadPool(2);
            try {
                Future<?> written = threads.submit(() -> execute(
                        writer,
                        "SET application_name = 'writer'",
                        "UPDATE businesses SET name = 'moved', user_id = '" + ANNA + "' WHERE id = '" + CAFE + "'"));
                await(() -> platform.waits("writer", "Lock", 0));
                Future<?> rebuilt = threads.submit(() -> execute(
                        rebuilder, "SET application_name = 'rebuilder'", "SELECT live.rebuild('" + ANNA + "')"));
                await(() -> platform.waits("rebuilder", "Lock", 0));
                execute(holder, "COMMIT");
                written.get(20, TimeUnit.SECONDS);
                rebuilt.get(20, TimeUnit.SECONDS);
            } finally {
                threads.shutdown();
            }
            Rollup.checkSums(platform.connection());
        }
    }

    /** A comparison is of one snapshot: commits beside it are no difference. */
    @ParameterizedTest
    @MethodSource("places")
    void aComparisonAmongWritersIsNoFalseAlarm(Place place) throws Exception {
        try (Platform platform = Platform.withTwoTenants(place)) {
            oneRowADay(platform);
            atOnce(platform, WRITERS, (connection, statement, writer, round) -> {
                if (writer == 0) {
                    for (int i = 0; i < 5; i++) {
                        assertThat(Rollup.rows(
                                        connection,
                                        "SELECT wrong FROM live.compare('00000000-0000-0000-0000-000000000000', 10)"))
                                .containsExactly(List.of("{}"));
                    }
                } else {
                    connection.setAutoCommit(false);
                    statement.execute(addAView(CAFE, writer));
                    statement.execute(
                            "INSERT INTO businesses (user_id, name, status) VALUES ('" + BEN + "', 'b', 'active')");
                    connection.commit();
                }
            });
        }
    }
}
