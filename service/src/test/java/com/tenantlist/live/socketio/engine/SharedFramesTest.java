package com.tenantlist.live.socketio.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SharedFramesTest {
    private final EventLoop loop = new DefaultEventLoop();
    private final SharedFrames frames = new SharedFrames(loop);
    private final PooledByteBufAllocator allocator = new PooledByteBufAllocator(true);
    private final List<ByteBuf> written = new ArrayList<>();

    @AfterEach
    void stop() {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private void turn(Runnable work) {
        loop.submit(work).syncUninterruptibly();
        // What the loop does at the turn's end.
        loop.submit(() -> {}).syncUninterruptibly();
    }

    private ByteBuf write(byte[] frame) {
        ByteBuf buffer = frames.buffer(allocator, frame);
        assertThat(ByteBufUtil.getBytes(buffer)).isEqualTo(frame);
        written.add(buffer);
        return buffer;
    }

    @Test
    void whatManyGetStandsOnceInNativeMemory() {
        byte[] one = {1, 2, 3};
        byte[] two = {4, 5};
        turn(() -> {
            for (int session = 0; session < 5; session++) {
                write(one);
                write(two);
            }
        });
        assertThat(written).extracting(ByteBuf::isDirect).startsWith(false, false, true, true);
        assertThat(written.stream().skip(2).map(ByteBuf::memoryAddress).distinct())
                .hasSize(2);
        // Each is read for itself, and the memory goes with the last that was written.
        written.get(2).skipBytes(2);
        assertThat(written.get(4).readableBytes()).isEqualTo(3);
        ByteBuf last = written.get(8);
        ByteBuf shared = last.unwrap();
        written.stream().filter(buffer -> buffer != last).forEach(ByteBuf::release);
        assertThat(shared.refCnt()).isEqualTo(1);
        last.release();
        assertThat(shared.refCnt()).isZero();
    }

    @Test
    void theNextTurnBeginsAnew() {
        byte[] frame = {1, 2, 3};
        turn(() -> {
            write(frame);
            write(frame);
        });
        turn(() -> write(frame));
        assertThat(written).extracting(ByteBuf::isDirect).containsExactly(false, true, false);
        assertThat(written.get(1).refCnt()).isEqualTo(1);
        written.forEach(ByteBuf::release);
    }

    @Test
    void manyDifferentFramesAreNotHeld() {
        turn(() -> {
            for (int i = 0; i < 1_000; i++) {
                byte[] frame = {(byte) i};
                write(frame);
                write(frame);
            }
        });
        assertThat(written.stream().filter(ByteBuf::isDirect)).hasSize(16);
        written.forEach(ByteBuf::release);
    }
}
