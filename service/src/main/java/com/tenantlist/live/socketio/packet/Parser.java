package com.tenantlist.live.socketio.packet;

import java.util.List;

/** How Socket.IO packets are written: what the reference implementation calls a parser. A client uses one for all. */
public enum Parser {
    /** {@code socket.io-parser}, the default: text, and a binary message for each attachment. */
    TEXT {
        @Override
        public List<EnginePacket> encode(SocketPacket packet) {
            return TextParser.encode(packet);
        }
    },
    /** {@code socket.io-msgpack-parser}: one binary message. */
    MSGPACK {
        @Override
        public List<EnginePacket> encode(SocketPacket packet) {
            return List.of(EnginePacket.message(MsgPackParser.encode(packet)));
        }
    };

    /** The messages of a packet, in order. */
    public abstract List<EnginePacket> encode(SocketPacket packet);
}
