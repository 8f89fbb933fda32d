package com.tenantlist.live.dashboard;

import com.tenantlist.live.socketio.OutgoingEvent;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What is done once an event for all dashboards that get it: a Socket.IO packet as text, of the payload that stands in the journal. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class EncodeBenchmark {
    private static final String PAYLOAD = """
            {"businessId":"22222222-2222-4222-8222-222222222222","metrics":{"views_count":120,"clicks_count":34,"property_invites_count":5,\
            "declined_count":1,"messages_count":67,"qfps_submitted_count":8},"revision":123456,"timestamp":"2026-11-24T06:20:00.123Z"}""";

    private long revision = 123_456;

    @Benchmark
    public OutgoingEvent event() {
        return Dashboard.encode("metrics:updated", PAYLOAD, ++revision);
    }
}
