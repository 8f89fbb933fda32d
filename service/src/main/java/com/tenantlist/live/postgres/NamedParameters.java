package com.tenantlist.live.postgres;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import org.jdbi.v3.core.statement.ParsedSql;
import org.jdbi.v3.core.statement.SqlParser;
import org.jdbi.v3.core.statement.StatementContext;

/**
 * Finds {@code :name} in SQL, past casts, quotes and comments (PostgreSQL documentation, "Lexical Structure"). JDBI's own parser is an
 * interpreter of a grammar, and what a JVM's compilers find hottest in its first minute. A question mark is text: there are no positional
 * parameters. Any thread.
 */
final class NamedParameters implements SqlParser {
    /** More than there are statements. */
    private static final int REMEMBERED = 1_000;

    private final Cache<String, ParsedSql> remembered = Caffeine.newBuilder()
            .maximumSize(REMEMBERED)
            .executor(Runnable::run)
            .build();

    @Override
    public ParsedSql parse(String sql, StatementContext context) {
        return remembered.get(sql, NamedParameters::parse);
    }

    static ParsedSql parse(String sql) {
        ParsedSql.Builder parsed = ParsedSql.builder();
        int taken = 0;
        int at = 0;
        while (at < sql.length()) {
            int end = endOfOther(sql, at);
            if (end > at) {
                at = end;
            } else if (sql.charAt(at) == ':' && isWord(sql, at + 1) && !isDigit(sql, at + 1)) {
                end = at + 1;
                while (isWord(sql, end)) {
                    end++;
                }
                parsed.append(sql.substring(taken, at)).appendNamedParameter(sql.substring(at + 1, end));
                taken = end;
                at = end;
            } else {
                at++;
            }
        }
        return parsed.append(sql.substring(taken)).build();
    }

    @Override
    public String nameParameter(String name, StatementContext context) {
        return ":" + name;
    }

    /** Where what begins there ends, if no parameter may stand in it; else where it begins. */
    private static int endOfOther(String sql, int at) {
        char first = sql.charAt(at);
        if (first == '\'') {
            boolean escapes = isOne(sql, at - 1, "eE") && !isWord(sql, at - 2);
            return endOfQuoted(sql, at, escapes);
        }
        if (first == '"') {
            return endOfQuoted(sql, at, false);
        }
        if (sql.startsWith("::", at)) {
            return at + 2;
        }
        if (sql.startsWith("--", at)) {
            return after(sql, "\n", at);
        }
        if (sql.startsWith("/*", at)) {
            return endOfComment(sql, at);
        }
        if (first == '$' && !isWord(sql, at - 1)) {
            return endOfDollarQuoted(sql, at);
        }
        return at;
    }

    /** A quote that is doubled ends one text and begins the next, which comes to the same. */
    private static int endOfQuoted(String sql, int at, boolean escapes) {
        char quote = sql.charAt(at);
        for (int i = at + 1; i < sql.length(); i++) {
            if (escapes && sql.charAt(i) == '\\') {
                i++;
            } else if (sql.charAt(i) == quote) {
                return i + 1;
            }
        }
        return sql.length();
    }

    /** They nest. */
    private static int endOfComment(String sql, int at) {
        int depth = 0;
        for (int i = at; i < sql.length(); i++) {
            if (sql.startsWith("/*", i)) {
                depth++;
                i++;
            } else if (sql.startsWith("*/", i)) {
                depth--;
                i++;
                if (depth == 0) {
                    return i + 1;
                }
            }
        }
        return sql.length();
    }

    private static int endOfDollarQuoted(String sql, int at) {
        int end = at + 1;
        while (isWord(sql, end) && !(end == at + 1 && isDigit(sql, end))) {
            end++;
        }
        if (!isOne(sql, end, "$")) {
            return at;
        }
        return after(sql, sql.substring(at, end + 1), end + 1);
    }

    private static int after(String sql, String what, int from) {
        int found = sql.indexOf(what, from);
        return found < 0 ? sql.length() : found + what.length();
    }

    private static boolean isWord(String sql, int at) {
        return at >= 0 && at < sql.length() && (Character.isLetterOrDigit(sql.charAt(at)) || sql.charAt(at) == '_');
    }

    private static boolean isDigit(String sql, int at) {
        return at < sql.length() && Character.isDigit(sql.charAt(at));
    }

    private static boolean isOne(String sql, int at, String of) {
        return at >= 0 && at < sql.length() && of.indexOf(sql.charAt(at)) >= 0;
    }
}
