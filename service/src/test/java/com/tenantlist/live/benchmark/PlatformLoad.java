package com.tenantlist.live.benchmark;

import com.tenantlist.live.testing.EmbeddedDatabase;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** A platform's rows, and its writers: pgbench against databases of one server. */
record PlatformLoad(Path pgbench, EmbeddedDatabase database) {
    static final int WRITERS = 8;
    private static final int BUSINESSES = 6000;
    private static final int DAYS = 30;

    /** A count of one business of one day goes up. */
    static final String ONE_ROW = """
            \\set n random(1, %d)
            UPDATE business_metrics SET views_count = views_count + 1, updated_at = now()
            WHERE id = ('00000000-0000-4000-a000-' || lpad(to_hex(:n::int), 12, '0'))::uuid;
            """.formatted(BUSINESSES * DAYS);

    /** The same of two, in one transaction. */
    static final String TWO_ROWS =
            "BEGIN;\n" + ONE_ROW + ONE_ROW.replace(":n", ":m").replace("set n", "set m") + "COMMIT;\n";

    /** A business gets another name and state. */
    static final String ONE_BUSINESS = """
            \\set n random(1, %d)
            UPDATE businesses SET name = 'Business ' || random(), status = CASE status WHEN 'active' THEN 'stealth_mode' ELSE 'active' END::business_status
            WHERE id = ('00000000-0000-4000-9000-' || lpad(to_hex(:n::int), 12, '0'))::uuid;
            """.formatted(BUSINESSES);

    private static final String ROWS = """
            INSERT INTO businesses (id, user_id, name, category, status)
            SELECT ('00000000-0000-4000-9000-' || lpad(to_hex(n), 12, '0'))::uuid,
                   ('00000000-0000-4000-8000-' || lpad(to_hex((n - 1) / 3 + 1), 12, '0'))::uuid, 'Business ' || n, 'F&B', 'active'
            FROM generate_series(1, %1$d) n;
            INSERT INTO business_metrics (id, business_id, metric_date, views_count, property_invites_count, messages_count)
            SELECT ('00000000-0000-4000-a000-' || lpad(to_hex((n - 1) * %2$d + d + 1), 12, '0'))::uuid,
                   ('00000000-0000-4000-9000-' || lpad(to_hex(n), 12, '0'))::uuid, current_date - d, 20, 3, 2
            FROM generate_series(1, %1$d) n, generate_series(0, %2$d - 1) d""".formatted(BUSINESSES, DAYS);

    /** The platform's tables, and the indexes that a platform has. */
    void makeTables(String name) throws SQLException, IOException {
        execute(
                name,
                Files.readString(Path.of("migrations/V001__platform_tables.sql"))
                        + "CREATE INDEX ON businesses (user_id, created_at, id);"
                        + "CREATE INDEX ON business_metrics (business_id, metric_date)");
    }

    void fill(String name) throws SQLException {
        execute(name, ROWS);
        execute(name, "VACUUM ANALYZE");
    }

    void execute(String name, String sql) throws SQLException {
        try (Connection connection = database.connect(name);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Runs pgbench to its end; returns what it said. */
    String write(String name, int seconds, List<String> scripts, String... options)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(pgbench.toString(), "-n", "-h", "127.0.0.1"));
        command.addAll(List.of("-p", String.valueOf(database.port()), "-U", "postgres"));
        command.addAll(List.of("-c", String.valueOf(WRITERS), "-j", "2", "-T", String.valueOf(seconds)));
        command.addAll(List.of(options));
        List<Path> files = new ArrayList<>();
        for (String script : scripts) {
            Path file = Files.createTempFile("pgbench", ".sql");
            Files.writeString(file, script);
            files.add(file);
            command.addAll(List.of("-f", file.toString()));
        }
        command.add(name);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException("pgbench said: " + said);
            }
            return said;
        } finally {
            process.destroy();
            for (Path file : files) {
                Files.delete(file);
            }
        }
    }
}
