package com.tenantlist.live.socketio.engine;

import com.tenantlist.live.socketio.packet.MalformedPacketException;

/** A protocol on top of Engine.IO, such as Socket.IO: what is done with sessions of one path. */
public interface EngineProtocol {
    /** A session opens. Called before its first packet is sent; the receiver is called on the session's event loop. */
    Receiver open(EngineSession session, Opening opening);

    /** Receives one session's messages. */
    interface Receiver {
        /** The client was told that the session is open. */
        void opened();

        /** A text message. A {@link MalformedPacketException} closes the session. */
        void text(String message) throws MalformedPacketException;

        /** A binary message. A {@link MalformedPacketException} closes the session. */
        void binary(byte[] message) throws MalformedPacketException;

        /** The session takes more, after it did not. May also come without need. */
        void writable();

        /** The session is gone; the last call. */
        void closed(String reason);
    }
}
