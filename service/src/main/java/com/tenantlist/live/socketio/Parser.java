package com.tenantlist.live.socketio;

import java.util.List;

/** How Socket.IO packets are written: what the reference implementation calls a parser. A client uses one for all. */
enum Parser {
    /** {@code socket.io-parser}, the default: text, and a binary message for each attachment. */
    TEXT {
        @Override
        List<EnginePacket> encode(SocketPacket packet) {
            return TextParser.encode(packet);
        }
    },
    /** {@code socket.io-msgpack-parser}: one binary message. */
    MSGPACK {
        @Override
        List<EnginePacket> encode(SocketPacket packet) {
            return List.of(EnginePacket.message(MsgPackParser.encode(packet)));
        }
    };

    /** The messages of a packet, in order. */
    abstract List<EnginePacket> encode(SocketPacket packet);
}
