package com.tenantlist.live.socketio.engine;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

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
        for (Map.Entry<EventLoop, Engine.Loop> loop : engine.loops.entrySet()) {
            count += loop.getKey().submit(loop.getValue().heartbeats()::size).get();
        }
        return count;
    }

    /** Whether that session's GET waits for packets. */
    public static boolean hasPoll(Engine engine, String sid) {
        EngineSession session = engine.session(sid);
        return session != null && session.hasPoll();
    }

    /** Does the same to all sessions, in one turn of the only loop. */
    public static void inOneTurn(Engine engine, Consumer<EngineSession> work) throws Exception {
        EventLoop loop = engine.loops.keySet().iterator().next();
        loop.submit(() -> engine.sessions().forEach(work)).get();
    }

    /** What each session's connection gets to write from now on. */
    public static List<Line> watch(Engine engine) {
        List<Line> lines = new ArrayList<>();
        for (EngineSession session : engine.sessions()) {
            Line line = new Line();
            Objects.requireNonNull(session.websocket).pipeline().addFirst(line);
            lines.add(line);
        }
        return lines;
    }

    /** A buffer as it was handed to the socket, and where in native memory it stood. */
    public record Written(boolean direct, long address) {}

    /** The last handler before the socket. */
    public static final class Line extends ChannelOutboundHandlerAdapter {
        public final AtomicInteger flushes = new AtomicInteger();
        public final List<Written> written = new CopyOnWriteArrayList<>();

        @Override
        public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
            ByteBuf buffer = (ByteBuf) message;
            written.add(new Written(buffer.isDirect(), buffer.hasMemoryAddress() ? buffer.memoryAddress() : 0));
            context.write(message, promise);
        }

        @Override
        public void flush(ChannelHandlerContext context) {
            flushes.incrementAndGet();
            context.flush();
        }
    }
}
