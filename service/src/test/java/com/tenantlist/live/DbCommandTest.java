package com.tenantlist.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.tenantlist.live.testing.EmbeddedDatabase;
import com.tenantlist.live.testing.Parts;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands {@code db …} with all their options, as they are typed. They need no JWT_SECRET. */
class DbCommandTest {
    private static final String CONFIG = "../config.yml";

    private final EmbeddedDatabase server = Parts.database();
    private final String name = Parts.newName();

    @TempDir
    Path directory;

    private CommandLine.Ended db(Map<String, String> environment, String... arguments) throws Exception {
        String[] command = new String[arguments.length + 2];
        command[0] = "db";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        command[arguments.length + 1] = CONFIG;
        return CommandLine.run(directory, environment, command);
    }

    private static void sql(EmbeddedDatabase server, String database, String sql) throws SQLException {
        try (Connection connection = server.connect(database);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Whether anything of ours is in it. */
    private static boolean isInstalled(EmbeddedDatabase server, String database) throws SQLException {
        try (Connection connection = server.connect(database);
                Statement statement = connection.createStatement();
                var row = statement.executeQuery("SELECT to_regnamespace('live') IS NOT NULL")) {
            row.next();
            return row.getBoolean(1);
        }
    }

    @Test
    void migrateAndRebuildSayWhatTheyDid() throws Exception {
        Map<String, String> environment = Map.of("DATABASE_URL", server.create(name));
        CommandLine.Ended migrated = db(environment, "migrate");
        assertThat(migrated.code()).as(migrated.err()).isZero();
        assertThat(migrated.out()).contains("applied 5 migrations");
        CommandLine.Ended again = db(environment, "migrate");
        assertThat(again.code()).as(again.err()).isZero();
        assertThat(again.out()).contains("nothing to do: ").doesNotContain("applied");
        CommandLine.Ended rebuilt = db(environment, "rebuild");
        assertThat(rebuilt.out()).contains("tenants=0 corrected: businesses=0 metrics=0 kpis=0");
    }

    @Test
    void aDryRunChangesNothingAndEndsAsTheRunWould() throws Exception {
        Map<String, String> environment = Map.of("DATABASE_URL", server.create(name));
        CommandLine.Ended planned = db(environment, "migrate", "--dry-run");
        assertThat(planned.code()).as(planned.err()).isZero();
        assertThat(planned.out())
                .contains("would make tables public.businesses", "would apply 5 migrations", "nothing was changed in ");
        assertThat(isInstalled(server, name)).isFalse();
        sql(server, name, "CREATE TABLE businesses (id uuid)");
        CommandLine.Ended refused = db(environment, "migrate", "--dry-run");
        assertThat(refused.code()).isNotZero();
        assertThat(refused.out()).contains("would apply 5 migrations");
        assertThat(refused.err() + refused.lastLine())
                .contains("table public.business_metrics is missing, though the other one is there");
        assertThat(isInstalled(server, name)).isFalse();
    }

    @Test
    void aTenantIsRebuiltByItsIdAndNothingElse() throws Exception {
        Map<String, String> environment = Map.of("DATABASE_URL", Parts.migrated(server, name));
        String tenant = "0a4B8c6d-0000-4000-8000-00000000ABCD";
        sql(server, name, "INSERT INTO businesses (user_id, name, status) VALUES ('" + tenant + "', 'a', 'active')");
        sql(server, name, "UPDATE live.tenant_kpis SET active_businesses = 9 WHERE user_id = '" + tenant + "'");
        CommandLine.Ended rebuilt = db(environment, "rebuild", "--tenant", tenant);
        assertThat(rebuilt.code()).as(rebuilt.err()).isZero();
        assertThat(rebuilt.out()).contains("tenants=1 corrected: businesses=0 metrics=0 kpis=1");
        CommandLine.Ended unknown = db(environment, "rebuild", "--tenant", "0a4b8c6d-0000-4000-8000-00000000abce");
        assertThat(unknown.code()).isNotZero();
        assertThat(unknown.lastLine())
                .startsWith("db failed: there is no tenant 0a4b8c6d-0000-4000-8000-00000000abce: ");
        for (String rubbish : List.of("nix", "1-1-1-1-1")) {
            CommandLine.Ended refused = db(environment, "rebuild", "--tenant", rubbish);
            assertThat(refused.code()).as(rubbish).isNotZero();
            assertThat(refused.err())
                    .contains("--tenant " + rubbish + " is no UUID")
                    .doesNotContain("\tat ");
        }
    }

    @Test
    void removalAsksFirstAndGrantsArePrinted() throws Exception {
        Map<String, String> environment = Map.of("DATABASE_URL", Parts.migrated(server, name));
        sql(server, name, "CREATE ROLE \"some role\"");
        CommandLine.Ended printed = db(environment, "grants", "some role");
        assertThat(printed.out()).contains("GRANT USAGE ON SCHEMA live, public TO \"some role\";");
        CommandLine.Ended nobody = CommandLine.run(directory, environment, "db", "grants", CONFIG);
        assertThat(nobody.code()).isNotZero();
        assertThat(nobody.err()).contains("for which role? db grants ROLE " + CONFIG);
        CommandLine.Ended unnamed = CommandLine.run(directory, environment, "db", "rebuild");
        assertThat(unnamed.code()).isNotZero();
        assertThat(unnamed.err()).contains("There is no config.yml here: name the file last");
        CommandLine.Ended asked = db(environment, "remove");
        assertThat(asked.code()).isNotZero();
        assertThat(asked.lastLine()).startsWith("db failed: ").contains("say --yes if you mean it");
        CommandLine.Ended removed = db(environment, "remove", "--yes");
        assertThat(removed.code()).as(removed.err()).isZero();
        assertThat(removed.out()).contains("schema live: dropped", "the service is taken out of ");
        assertThat(isInstalled(server, name)).isFalse();
    }

    // ---- a direct line beside a pooler

    @Test
    void aCommandRefusesToWorkOnAnotherDatabaseThanTheServiceWould() throws Exception {
        String other = Parts.newName();
        Map<String, String> environment =
                Map.of("DATABASE_URL", server.create(other), "FEED_DATABASE_URL", Parts.migrated(server, name));
        for (String[] command : new String[][] {{"migrate"}, {"remove", "--yes"}}) {
            CommandLine.Ended ended = db(environment, command);
            assertThat(ended.code()).as(command[0]).isNotZero();
            assertThat(ended.lastLine())
                    .isEqualTo("db failed: FEED_DATABASE_URL leads to the database '" + name + "', DATABASE_URL to '"
                            + other + "'; both must lead to the same");
        }
        assertThat(isInstalled(server, name)).isTrue();
        assertThat(isInstalled(server, other)).isFalse();
    }

    @Test
    void aDatabaseOfTheSameNameOnAnotherServerIsAnother() throws Exception {
        try (EmbeddedDatabase elsewhere = EmbeddedDatabase.startTemporary()) {
            Map<String, String> environment =
                    Map.of("DATABASE_URL", server.create(name), "FEED_DATABASE_URL", elsewhere.create(name));
            CommandLine.Ended ended = db(environment, "migrate");
            assertThat(ended.code()).isNotZero();
            assertThat(ended.lastLine()).endsWith(" lead to databases of the same name on different servers");
            assertThat(isInstalled(elsewhere, name)).isFalse();
        }
    }

    @Test
    void theAddressThatIsSaidIsTheOneThatWasWorkedOn() throws Exception {
        String url = server.create(name);
        String direct = "postgres@localhost:" + server.port() + "/" + name;
        Map<String, String> environment = Map.of("DATABASE_URL", url, "FEED_DATABASE_URL", "postgresql://" + direct);
        CommandLine.Ended migrated = db(environment, "migrate");
        assertThat(migrated.out()).contains("installed in " + direct, "migrations to " + direct);
        assertThat(db(environment, "remove").err()).contains("out of " + direct + ", whose own tables stay");
        assertThat(db(environment, "remove", "--yes").out()).contains("is taken out of " + direct);
        CommandLine.Ended unasked = db(
                Map.of("DATABASE_URL", "postgresql://postgres@127.0.0.1:1/" + name, "FEED_DATABASE_URL", url),
                "migrate");
        assertThat(unasked.lastLine())
                .contains(
                        "no answer from postgres@127.0.0.1:1/" + name + " (DATABASE_URL), which must lead to the same");
        assertThat(isInstalled(server, name)).isFalse();
    }
}
