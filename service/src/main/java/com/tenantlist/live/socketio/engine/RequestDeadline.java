package com.tenantlist.live.socketio.engine;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Closes a connection whose request does not come to its end in time, however busily it dribbles: from the connection's or
 * the request's first byte to {@link #requestComplete()}.
 */
final class RequestDeadline extends ChannelInboundHandlerAdapter {
    private final Engine engine;
    private @Nullable Future<?> deadline;

    RequestDeadline(Engine engine) {
        this.engine = engine;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        begin(context);
        context.fireChannelActive();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) {
        if (deadline == null) {
            begin(context);
        }
        context.fireChannelRead(bytes);
    }

    private void begin(ChannelHandlerContext context) {
        deadline = context.executor()
                .schedule(
                        () -> {
                            engine.metrics.limited("requestTimeout");
                            context.close();
                        },
                        engine.config.requestTimeout.toMilliseconds(),
                        TimeUnit.MILLISECONDS);
    }

    /** The request has come; the next one has its own deadline. On the channel's event loop. */
    void requestComplete() {
        if (deadline != null) {
            deadline.cancel(false);
            deadline = null;
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        requestComplete();
        context.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        requestComplete();
    }
}
