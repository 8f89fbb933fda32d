package com.tenantlist.live.feed;

import com.tenantlist.live.journal.JournalEvent;
import com.tenantlist.live.journal.JournalRow;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the messages of the output plugin {@code pgoutput}, protocol version 1: PostgreSQL documentation, "Logical
 * Replication Message Formats". Only inserts into {@code live.dashboard_event} and our own heartbeats are looked at. One
 * thread.
 */
final class PgOutputDecoder {
    /** The prefix of our messages in the WAL. */
    static final String MESSAGE_PREFIX = "tenantlist_live";

    /** Postgres writes {@code timestamptz} as {@code 2026-11-24 06:20:00.123456+00}. */
    private static final DateTimeFormatter TIMESTAMPTZ = new DateTimeFormatterBuilder()
            .append(DateTimeFormatter.ISO_LOCAL_DATE)
            .appendLiteral(' ')
            .append(DateTimeFormatter.ISO_LOCAL_TIME)
            .appendOffset("+HH:mm:ss", "+00")
            .toFormatter();

    private static final String SCHEMA = "live";
    private static final String TABLE = "dashboard_event";

    /** Which value a relation's columns are: Postgres names a relation before its first row on a connection. */
    private final Map<Integer, int[]> relations = new HashMap<>();

    /** Where the time stands among the values, after those of {@link JournalRow#COLUMNS}, and what is no value of ours. */
    private static final int CREATED_AT = JournalRow.COLUMNS.size();

    private static final int UNUSED = CREATED_AT + 1;

    /** What a message was. */
    sealed interface Message permits Begun, Committed, Inserted, Heartbeat, Other {}

    /** What follows was written by this transaction: the lower 32 bits of its id. */
    record Begun(int transaction) implements Message {}

    /** The end of what the transaction that was begun last has written. */
    record Committed() implements Message {}

    record Inserted(JournalEvent event) implements Message {}

    /** One of our messages in the WAL, with its content. */
    record Heartbeat(String content) implements Message {}

    record Other() implements Message {}

    private static final Message COMMITTED = new Committed();
    private static final Message OTHER = new Other();

    /** @throws IllegalArgumentException if the bytes are not such a message, or not a journal row */
    Message decode(ByteBuffer message) {
        try {
            return switch (message.get()) {
                case 'B' -> begin(message);
                case 'C' -> COMMITTED;
                case 'R' -> relation(message);
                case 'I' -> insert(message);
                case 'M' -> message(message);
                default -> OTHER; // origin, type, truncate, and rows of other kinds
            };
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("a message ends too early", e);
        } catch (IndexOutOfBoundsException e) {
            throw new IllegalArgumentException("a row has more columns than its relation", e);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("a journal row's time cannot be read: " + e.getMessage(), e);
        }
    }

    private static Message begin(ByteBuffer in) {
        in.getLong(); // position of the commit
        in.getLong(); // time of the commit
        return new Begun(in.getInt());
    }

    private Message relation(ByteBuffer in) {
        int id = in.getInt();
        String schema = text(in);
        String table = text(in);
        in.get(); // replica identity
        int count = in.getShort();
        int[] columns = new int[Math.max(0, count)];
        for (int i = 0; i < count; i++) {
            in.get(); // flags
            columns[i] = valueOf(text(in));
            in.getInt(); // type
            in.getInt(); // type modifier
        }
        if (schema.equals(SCHEMA) && table.equals(TABLE)) {
            relations.put(id, columns);
        }
        return OTHER;
    }

    private static int valueOf(String column) {
        int value = column.equals("created_at") ? CREATED_AT : JournalRow.COLUMNS.indexOf(column);
        return value < 0 ? UNUSED : value;
    }

    private Message insert(ByteBuffer in) {
        int[] columns = relations.get(in.getInt());
        if (columns == null) {
            return OTHER;
        }
        in.get(); // 'N': the new row follows
        @Nullable String[] values = new @Nullable String[UNUSED + 1];
        int count = in.getShort();
        for (int i = 0; i < count; i++) {
            values[columns[i]] = switch (in.get()) {
                case 't' -> utf8(in, in.getInt());
                case 'n' -> null;
                default -> throw new IllegalArgumentException("a column of an insert is neither text nor null");
            };
        }
        String createdAt = values[CREATED_AT];
        if (createdAt == null) {
            throw new IllegalArgumentException("a journal row has no created_at");
        }
        return new Inserted(new JournalRow(values).event(timestamp(createdAt)));
    }

    /** A formatter takes longer than the rest of a row; it reads what is not of four digits a year and whole hours from UTC. */
    static Instant timestamp(String text) {
        int end = text.length() - 3;
        boolean isUsual = end >= 19
                && end <= 26
                && text.charAt(4) == '-'
                && text.charAt(7) == '-'
                && text.charAt(10) == ' '
                && text.charAt(13) == ':'
                && text.charAt(16) == ':'
                && (text.charAt(end) == '+' || text.charAt(end) == '-')
                && (end == 19 || (end > 20 && text.charAt(19) == '.'));
        if (!isUsual) {
            return OffsetDateTime.parse(text, TIMESTAMPTZ).toInstant();
        }
        int nanos = end == 19 ? 0 : number(text, 20, end);
        for (int digits = end - 20; end > 19 && digits < 9; digits++) {
            nanos *= 10;
        }
        LocalDateTime time = LocalDateTime.of(
                number(text, 0, 4),
                number(text, 5, 7),
                number(text, 8, 10),
                number(text, 11, 13),
                number(text, 14, 16),
                number(text, 17, 19),
                nanos);
        int hours = number(text, end + 1, text.length());
        return time.toInstant(ZoneOffset.ofHours(text.charAt(end) == '-' ? -hours : hours));
    }

    private static int number(String text, int from, int to) {
        int number = 0;
        for (int i = from; i < to; i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                throw new IllegalArgumentException("a journal row's time cannot be read: " + text);
            }
            number = 10 * number + digit;
        }
        return number;
    }

    private Message message(ByteBuffer in) {
        in.get(); // flags
        in.getLong(); // position
        String prefix = text(in);
        String content = utf8(in, in.getInt());
        return prefix.equals(MESSAGE_PREFIX) ? new Heartbeat(content) : OTHER;
    }

    private static String text(ByteBuffer in) {
        int start = in.position();
        while (in.get() != 0) {
            // to the terminating zero
        }
        int length = in.position() - start - 1;
        in.position(start);
        String text = utf8(in, length);
        in.get();
        return text;
    }

    private static String utf8(ByteBuffer in, int length) {
        if (length < 0 || length > in.remaining()) {
            throw new IllegalArgumentException("a text of " + length + " bytes does not fit its message");
        }
        String text = new String(in.array(), in.arrayOffset() + in.position(), length, StandardCharsets.UTF_8);
        in.position(in.position() + length);
        return text;
    }
}
