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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.flywaydb.core.Flyway;
import org.jdbi.v3.core.Handle;

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

    private static final String PLACE = "migrations";

    private static final Pattern REPLACEABLE = Pattern.compile("CREATE (?:FUNCTION|VIEW) live\\.|DO \\$outer\\$");

    /** What hides a semicolon, or is one. */
    private static final Pattern TOKEN =
            Pattern.compile("--[^\\n]*|'(?:[^']|'')*'|(\\$[a-z]*\\$).*?\\1|;", Pattern.DOTALL);

    private Migrations() {}

    /** Applies what is missing; returns how many files that were. */
    static int apply(Postgres postgres, InstallConfiguration config) {
        return Flyway.configure()
                .dataSource(new ConnectionSource(postgres))
                .locations("classpath:" + PLACE)
                .table(PLACE)
                .schemas("live")
                .createSchemas(false)
                .group(true)
                .validateMigrationNaming(true)
                .initSql(Sql.TRUSTED_PATH + "; SET lock_timeout = " + config.lockTimeout.toMilliseconds())
                .load()
                .migrate()
                .migrationsExecuted;
    }

    /** Whether schema {@code live} is there with something in it, and is another's. */
    static boolean isSchemaOfAnother(Handle handle) {
        return Sql.isTrue(handle, """
                SELECT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid
                               UNION ALL SELECT FROM pg_catalog.pg_proc p WHERE p.pronamespace = n.oid)
                   AND NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid AND c.relname = 'migrations')
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
