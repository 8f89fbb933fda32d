package com.tenantlist.live.dashboard;

import com.tenantlist.live.benchmark.HotWay;
import com.tenantlist.live.socketio.OutgoingEvent;
import org.openjdk.jmh.annotations.Benchmark;

/** What is done once an event for all dashboards that get it: a Socket.IO packet as text, of the payload that stands in the journal. */
public class EncodeBenchmark extends HotWay {
    private static final String PAYLOAD = """
            {"businessId":"22222222-2222-4222-8222-222222222222","metrics":{"views_count":120,"clicks_count":34,"property_invites_count":5,\
            "declined_count":1,"messages_count":67,"qfps_submitted_count":8},"revision":123456,"timestamp":"2026-11-24T06:20:00.123Z"}""";

    private long revision = 123_456;

    @Benchmark
    public OutgoingEvent event() {
        return Dashboard.encode("metrics:updated", PAYLOAD, ++revision);
    }
}
