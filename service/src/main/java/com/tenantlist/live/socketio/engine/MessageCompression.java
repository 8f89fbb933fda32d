package com.tenantlist.live.socketio.engine;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketExtensionData;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketExtensionDecoder;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketExtensionEncoder;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketServerExtension;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketServerExtensionHandshaker;
import io.netty.handler.codec.http.websocketx.extensions.compression.PerMessageDeflateServerExtensionHandshaker;
import io.netty.util.AttributeKey;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Negotiates permessage-deflate (RFC 7692) on one channel, without context takeover in either direction, asked for or not:
 * a connection then holds a compressor or an inflater only while a message is in hand. A message that inflates beyond
 * the limit is refused.
 */
final class MessageCompression implements WebSocketServerExtensionHandshaker {
    private static final AttributeKey<Boolean> NEGOTIATED =
            AttributeKey.valueOf(MessageCompression.class, "negotiated");

    private static final String PERMESSAGE_DEFLATE = "permessage-deflate";
    private static final int LEVEL = 6;
    private static final int WINDOW_BITS = 15;

    private final Channel channel;
    private final PerMessageDeflateServerExtensionHandshaker deflate;

    MessageCompression(Channel channel, int maxMessage) {
        this.channel = channel;
        this.deflate =
                new PerMessageDeflateServerExtensionHandshaker(LEVEL, false, WINDOW_BITS, true, true, maxMessage);
    }

    /** Whether messages on this channel may be compressed. */
    static boolean isNegotiated(Channel channel) {
        return channel.hasAttr(NEGOTIATED);
    }

    @Override
    public @Nullable WebSocketServerExtension handshakeExtension(WebSocketExtensionData offer) {
        if (!offer.name().equalsIgnoreCase(PERMESSAGE_DEFLATE)) {
            return null;
        }
        Map<String, String> parameters = new HashMap<>(offer.parameters());
        parameters.put("server_no_context_takeover", null);
        parameters.put("client_no_context_takeover", null);
        WebSocketServerExtension agreed =
                deflate.handshakeExtension(new WebSocketExtensionData(offer.name(), parameters));
        return agreed == null ? null : new Agreed(agreed);
    }

    private final class Agreed implements WebSocketServerExtension {
        private final WebSocketServerExtension extension;

        Agreed(WebSocketServerExtension extension) {
            this.extension = extension;
        }

        @Override
        public int rsv() {
            return extension.rsv();
        }

        @Override
        public WebSocketExtensionEncoder newExtensionEncoder() {
            channel.attr(NEGOTIATED).set(true);
            return extension.newExtensionEncoder();
        }

        @Override
        public WebSocketExtensionDecoder newExtensionDecoder() {
            return extension.newExtensionDecoder();
        }

        @Override
        public WebSocketExtensionData newReponseData() {
            return extension.newReponseData();
        }
    }
}
