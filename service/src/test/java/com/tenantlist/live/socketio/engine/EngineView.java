package com.tenantlist.live.socketio.engine;

import io.netty.channel.EventLoop;
import java.util.Map;

/** What tests of the whole server may see of its engine. */
public final class EngineView {
    private EngineView() {}

    /** What waits unsent for the only session. */
    public static long pendingBytes(Engine engine) {
        return engine.sessions().iterator().next().pendingBytes();
    }

    /** How many sessions are pinged. */
    public static int beating(Engine engine) throws Exception {
        int count = 0;
        for (Map.Entry<EventLoop, Heartbeats> heartbeats : engine.heartbeats.entrySet()) {
            count += heartbeats.getKey().submit(heartbeats.getValue()::size).get();
        }
        return count;
    }

    /** Whether that session's GET waits for packets. */
    public static boolean hasPoll(Engine engine, String sid) {
        EngineSession session = engine.session(sid);
        return session != null && session.hasPoll();
    }
}
