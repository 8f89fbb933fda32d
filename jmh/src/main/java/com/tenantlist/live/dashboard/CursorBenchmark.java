package com.tenantlist.live.dashboard;

import com.tenantlist.live.benchmark.HotWay;
import com.tenantlist.live.delivery.Position;
import java.util.Optional;
import java.util.UUID;
import org.openjdk.jmh.annotations.Benchmark;

/** The cursor that a client takes with it when its connection ends: made at each connect, read when it comes back. */
public class CursorBenchmark extends HotWay {
    private static final UUID USER = UUID.fromString("11111111-1111-4111-8111-111111111111");
    private static final UUID CONNECTION = UUID.fromString("33333333-3333-4333-8333-333333333333");

    private final RecoveryIds ids = new RecoveryIds("the benchmark's own secret, of which nothing depends");
    private final String pid = make(ids, 123_456);
    private long revision;

    private static String make(RecoveryIds ids, long revision) {
        return ids.create(new RecoveryIds.Recovery(USER, CONNECTION, new Position("4nQ3cJ8sTfKq0m9Yb2XzRw", revision)));
    }

    @Benchmark
    public String made() {
        return make(ids, ++revision);
    }

    @Benchmark
    public Optional<RecoveryIds.Recovery> read() {
        return ids.read(pid);
    }
}
