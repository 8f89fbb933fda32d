package com.tenantlist.live.socketio.engine;

/** What tests of the whole server may see of its engine. */
public final class EngineView {
    private EngineView() {}

    /** What waits unsent for the only session. */
    public static long pendingBytes(Engine engine) {
        return engine.sessions().iterator().next().pendingBytes();
    }

    /** Whether that session's GET waits for packets. */
    public static boolean hasPoll(Engine engine, String sid) {
        EngineSession session = engine.session(sid);
        return session != null && session.hasPoll();
    }
}
