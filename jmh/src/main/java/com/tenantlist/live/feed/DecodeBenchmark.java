package com.tenantlist.live.feed;

import com.tenantlist.live.benchmark.HotWay;
import com.tenantlist.live.journal.JournalRow;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * What the leader does with a transaction of one row: Begin, Insert and Commit, as {@code pgoutput} writes them (PostgreSQL
 * documentation, "Logical Replication Message Formats").
 */
public class DecodeBenchmark extends HotWay {
    private static final int RELATION = 16_384;
    private static final List<String> COLUMNS = new ArrayList<>(JournalRow.COLUMNS);

    static {
        COLUMNS.add("created_at");
    }

    private static final Map<String, String> ROW = Map.of(
            "user_id", "11111111-1111-4111-8111-111111111111",
            "revision", "123456",
            "business_id", "22222222-2222-4222-8222-222222222222",
            "sums", "{12,34567,890,1234}",
            "created_at", "2026-11-24 06:20:00.123456+00");

    private static final Map<String, Map<String, String>> OF_TYPE = Map.of(
            "business:updated",
            Map.of("name", "Zoë's „Büro“ \\ 🏢", "category", "Cleaning", "status", "active", "is_verified", "t"),
            "metrics:updated",
            Map.of("counts", "{120,34,5,1,67,8}"));

    /** The event's type. */
    @Param({"business:updated", "metrics:updated"})
    public String type = "";

    private final PgOutputDecoder decoder = new PgOutputDecoder();
    private ByteBuffer begin = ByteBuffer.allocate(0);
    private ByteBuffer insert = begin;
    private ByteBuffer commit = begin;

    @Setup
    public void makeMessages() {
        ByteBuffer relation = message('R').putInt(RELATION);
        text(relation, "live");
        text(relation, "dashboard_event");
        relation.put((byte) 'd').putShort((short) COLUMNS.size());
        for (String column : COLUMNS) {
            text(relation.put((byte) 0), column);
            relation.putInt(25).putInt(-1);
        }
        decoder.decode(relation.flip());
        begin = message('B').putLong(1).putLong(2).putInt(3).flip();
        commit = message('C').put((byte) 0).putLong(1).putLong(2).putLong(3).flip();
        insert = message('I').putInt(RELATION).put((byte) 'N').putShort((short) COLUMNS.size());
        for (String column : COLUMNS) {
            String value = column.equals("type")
                    ? type
                    : ROW.getOrDefault(
                            column, OF_TYPE.getOrDefault(type, Map.of()).get(column));
            if (value == null) {
                insert.put((byte) 'n');
            } else {
                byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
                insert.put((byte) 't').putInt(bytes.length).put(bytes);
            }
        }
        insert.flip();
    }

    private static ByteBuffer message(char kind) {
        return ByteBuffer.allocate(1024).put((byte) kind);
    }

    private static void text(ByteBuffer to, String text) {
        to.put(text.getBytes(StandardCharsets.UTF_8)).put((byte) 0);
    }

    @Benchmark
    public void transactionOfOneRow(Blackhole hole) {
        hole.consume(decoder.decode(begin.rewind()));
        hole.consume(decoder.decode(insert.rewind()));
        hole.consume(decoder.decode(commit.rewind()));
    }
}
