package com.tenantlist.live.install;

import com.tenantlist.live.postgres.Postgres;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.callback.Callback;
import org.flywaydb.core.api.callback.Context;
import org.flywaydb.core.api.callback.Event;
import org.flywaydb.core.api.exception.FlywayValidateException;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/** The SQL files of {@code migrations/}, applied in order, in one transaction; {@code live.migrations} tells which were. */
final class Migrations {
    /** All there are. */
    static final List<String> FILES = List.of(
            "V001__platform_tables.sql",
            "V002__tables.sql",
            "V003__note_and_apply.sql",
            "V004__history_and_journal.sql",
            "V005__install_rebuild_guard.sql");

    /** What live.guard says of a schema without rows. */
    static final String NO_DATA =
            "schema live has no data, as in a clone of schemas alone; run: db remove, then: db migrate";

    /** What says it too, but names no way on, is Flyway, of a database that was never completely installed. */
    static final String EDITED =
            "schema live was made by another build of the service, from other files of the same names; run: db remove --yes, then: db migrate";

    private static final String PLACE = "migrations";

    private static final Pattern REPLACEABLE = Pattern.compile("CREATE (?:FUNCTION|VIEW) live\\.|DO \\$outer\\$");

    private static final Pattern MADE =
            Pattern.compile("CREATE (?:UNLOGGED )?(?:TABLE|SEQUENCE|TYPE|VIEW|FUNCTION) (live\\.[\\w%$]+)");

    /** What hides a semicolon, or is one. */
    private static final Pattern TOKEN =
            Pattern.compile("--[^\\n]*|'(?:[^']|'')*'|(\\$[a-z]*\\$).*?\\1|;", Pattern.DOTALL);

    private Migrations() {}

    /**
     * Applies what is missing; returns how many files that were.
     *
     * @param each is called after each of them, in the transaction of all
     */
    static int apply(Postgres postgres, InstallConfiguration config, Consumer<Handle> each) {
        Flyway flyway = Flyway.configure()
                .dataSource(new ConnectionSource(postgres))
                .locations("classpath:" + PLACE)
                .table(PLACE)
                .schemas("live")
                .createSchemas(false)
                .group(true)
                .callbacks(new AfterEach(each))
                .validateMigrationNaming(true)
                .initSql(Sql.TRUSTED_PATH + "; SET lock_timeout = " + config.lockTimeout.toMilliseconds())
                .load();
        try {
            return flyway.migrate().migrationsExecuted;
        } catch (FlywayValidateException e) {
            throw new InstallException(EDITED, e);
        }
    }

    private record AfterEach(Consumer<Handle> then) implements Callback {
        @Override
        public boolean supports(Event event, Context context) {
            return event == Event.AFTER_EACH_MIGRATE;
        }

        @Override
        public boolean canHandleInTransaction(Event event, Context context) {
            return true;
        }

        @Override
        public void handle(Event event, Context context) {
            // Not closed: the connection is Flyway's, and so is its transaction.
            then.accept(Jdbi.open(context.getConnection()));
        }

        @Override
        public String getCallbackName() {
            return "after each";
        }
    }

    /** Whether schema {@code live} is there with something in it, and is another's. */
    static boolean isSchemaOfAnother(Handle handle) {
        return Sql.isTrue(handle, """
                SELECT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid
                               UNION ALL SELECT FROM pg_catalog.pg_proc p WHERE p.pronamespace = n.oid)
                   AND NOT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
                                   WHERE c.relnamespace = n.oid AND CASE c.relname
                                         WHEN 'installation' THEN a.attname = 'backfilled_to'
                                         WHEN 'pending_change' THEN a.attname = 'qfps_submitted_count'
                                         -- A first run that was stopped leaves Flyway's table alone.
                                         WHEN 'migrations' THEN a.attname = 'installed_rank'
                                              AND NOT EXISTS (SELECT FROM pg_catalog.pg_class o
                                                              WHERE o.relnamespace = n.oid AND o.relkind <> 'i' AND o.oid <> c.oid) END)
                FROM (SELECT (SELECT s.oid FROM pg_catalog.pg_namespace s WHERE s.nspname = 'live') AS oid) n""");
    }

    /** Whether the schema was restored without its rows: there are always some. */
    static boolean haveNoData(Handle handle) {
        return Sql.isReadable(handle, "installation")
                && !Sql.isTrue(handle, "SELECT EXISTS (SELECT FROM live.installation)");
    }

    /** Whether any were applied, as far as who is logged in may see. */
    static boolean isAnyApplied(Handle handle) {
        return Sql.isReadable(handle, PLACE)
                && Sql.isTrue(handle, "SELECT EXISTS (SELECT FROM live.migrations m WHERE m.success)");
    }

    /** Whether all of these files were applied, as another text. */
    static boolean areEdited(Handle handle) {
        return Sql.isReadable(handle, "installation")
                && Sql.isTrue(handle, """
                        SELECT EXISTS (SELECT FROM live.installation i WHERE i.version <> :version
                               AND :files = (SELECT count(*) FROM live.migrations m WHERE m.success AND m.version IS NOT NULL))""", Map.of("version", version(), "files", FILES.size()));
    }

    /** What tells these files from those of another version. */
    static String version() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            FILES.forEach(file -> digest.update(text(file).getBytes(StandardCharsets.UTF_8)));
            return HexFormat.of().formatHex(digest.digest()).substring(0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether a thing in schema {@code live} has a name that a file, or Flyway, gives: {@code live.apply()}. */
    static boolean makes(String identity) {
        String name = identity.replaceFirst("\\(.*", "");
        return name.equals("live." + PLACE)
                || FILES.stream()
                        .flatMap(file -> MADE.matcher(text(file)).results())
                        .anyMatch(made ->
                                name.matches(made.group(1).replace(".", "\\.").replace("%1$s", "\\w+")));
    }

    /** Statements that make each function and view anew as the files have it, in their order. */
    static List<String> functionsAndViews() {
        List<String> statements = new ArrayList<>();
        for (String file : FILES) {
            for (String statement : statements(text(file))) {
                if (REPLACEABLE.matcher(statement).lookingAt()) {
                    statements.add(
                            statement.replaceAll("CREATE (FUNCTION|VIEW) live\\.", "CREATE OR REPLACE $1 live."));
                }
            }
        }
        return statements;
    }

    /** The file's statements: what ends with a semicolon outside of comments and quotes. Comments before a statement are cut off. */
    private static List<String> statements(String text) {
        List<String> statements = new ArrayList<>();
        Matcher token = TOKEN.matcher(text);
        int begin = 0;
        while (token.find()) {
            if (token.group().equals(";")) {
                statements.add(text.substring(begin, token.start()).replaceFirst("\\A(?:\\s+|--[^\\n]*\\n)*", ""));
                begin = token.end();
            }
        }
        return statements;
    }

    private static String text(String file) {
        try (InputStream in = Migrations.class.getResourceAsStream("/" + PLACE + "/" + file)) {
            if (in == null) {
                throw new IllegalStateException("the migration " + file + " is not in the service's jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
