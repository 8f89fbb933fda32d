package com.tenantlist.live.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import com.tenantlist.live.testing.Parts;
import java.sql.Connection;
import java.util.List;
import java.util.Random;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.ColonPrefixSqlParser;
import org.jdbi.v3.core.statement.ParsedSql;
import org.jdbi.v3.core.statement.SqlParser;
import org.jdbi.v3.core.statement.StatementContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NamedParametersTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = true,
            quoteCharacter = '`',
            value = {
                "SELECT :a, :b_2 WHERE x = :a        | SELECT ?, ? WHERE x = ?           | a b_2 a",
                "SELECT :a::uuid, x::text            | SELECT ?::uuid, x::text           | a",
                "SELECT ':a', \":a\", :b             | SELECT ':a', \":a\", ?            | b",
                "SELECT 'it''s :a', :b               | SELECT 'it''s :a', ?              | b",
                "SELECT '\\', :b, '\\'               | SELECT '\\', ?, '\\'              | b",
                "SELECT E'\\':a', :b                 | SELECT E'\\':a', ?                | b",
                "SELECT date':a', :b                 | SELECT date':a', ?                | b",
                "SELECT 1 /* :a /* :b */ :c */ + :d  | SELECT 1 /* :a /* :b */ :c */ + ? | d",
                "SELECT $$:a$$, $x$ $$ :b $x$, :c    | SELECT $$:a$$, $x$ $$ :b $x$, ?   | c",
                "SELECT a$b, :c, $1                  | SELECT a$b, ?, $1                 | c",
                "SELECT x[1:2], x[:a: 3], y:=2       | SELECT x[1:2], x[?: 3], y:=2      | a",
                "SELECT ':a                          | SELECT ':a                        | ``",
                "SELECT 1 -- :a                      | SELECT 1 -- :a                    | ``"
            })
    void parametersAreFoundWhereTheyStand(String sql, String parsed, String names) {
        ParsedSql found = NamedParameters.parse(sql);

        assertThat(found.getSql()).isEqualTo(parsed);
        assertThat(String.join(" ", found.getParameters().getParameterNames())).isEqualTo(names);
    }

    @Test
    void aCommentEndsWithItsLine() {
        assertThat(NamedParameters.parse("SELECT 1 -- :a\n + :b").getSql()).isEqualTo("SELECT 1 -- :a\n + ?");
    }

    /** JDBI's parser knows neither nested comments nor dollar quotes; of all else it says the same. */
    @Test
    void itFindsWhatJdbisParserFinds() throws Exception {
        SqlParser other = new ColonPrefixSqlParser();
        List<String> parts = List.of(
                ":a",
                " ",
                "::text",
                "'x :b'",
                "\"y :c\"",
                "-- :d\n",
                "/* :e */",
                "x",
                "_1",
                ":long_name",
                "=",
                "(",
                ")",
                ",",
                "::",
                "[1]");
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (Connection connection = Parts.database().connect("postgres");
                Handle handle = Jdbi.open(connection)) {
            StatementContext context = handle.createQuery("SELECT 1").getContext();
            for (int i = 0; i < 2_000; i++) {
                StringBuilder sql = new StringBuilder();
                for (int part = random.nextInt(12); part >= 0; part--) {
                    sql.append(parts.get(random.nextInt(parts.size())));
                }
                assertThat(NamedParameters.parse(sql.toString()))
                        .as("%s, seed %d", sql, seed)
                        .isEqualTo(other.parse(sql.toString(), context));
            }
        }
    }
}
