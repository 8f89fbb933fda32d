package com.tenantlist.live.socketio.engine;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What goes to several sessions of an event loop in the same turn stands once in native memory. Netty copies what is on the heap
 * into a buffer of each connection's own; of what is seen a second time a buffer is made that all who come after share.
 *
 * <p>It is the loop that keeps it, and only until its turn ends: events are kept for those that fall behind, and native memory
 * that lives as long as they do would be bounded by nothing. What goes to one only costs nothing more than before.
 *
 * <p>Everything is called on the event loop.
 */
final class SharedFrames {
    /** More different frames in one turn are not shared. */
    private static final int MAX_FRAMES = 16;

    private final EventLoop loop;
    private final List<Shared> frames = new ArrayList<>(MAX_FRAMES);

    SharedFrames(EventLoop loop) {
        this.loop = loop;
    }

    private static final class Shared {
        private final byte[] frame;
        private @Nullable ByteBuf buffer;

        Shared(byte[] frame) {
            this.frame = frame;
        }
    }

    /** A buffer of that frame, to be written. Frames are the same if their arrays are. */
    ByteBuf buffer(ByteBufAllocator allocator, byte[] frame) {
        for (Shared shared : frames) {
            if (shared.frame == frame) {
                ByteBuf buffer = shared.buffer;
                if (buffer == null) {
                    buffer = allocator.directBuffer(frame.length).writeBytes(frame);
                    shared.buffer = buffer;
                }
                return buffer.retainedDuplicate();
            }
        }
        if (frames.size() < MAX_FRAMES && !loop.isShuttingDown()) {
            if (frames.isEmpty()) {
                loop.execute(this::clear);
            }
            frames.add(new Shared(frame));
        }
        return Unpooled.wrappedBuffer(frame);
    }

    private void clear() {
        for (Shared shared : frames) {
            if (shared.buffer != null) {
                shared.buffer.release();
            }
        }
        frames.clear();
    }
}
