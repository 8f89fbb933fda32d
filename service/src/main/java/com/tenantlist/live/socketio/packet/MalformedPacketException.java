package com.tenantlist.live.socketio.packet;

/** A client sent something that is neither Engine.IO nor Socket.IO. The message says what is wrong and repeats nothing of the input. */
public final class MalformedPacketException extends Exception {
    private static final long serialVersionUID = 1;

    public MalformedPacketException(String message) {
        super(message, null, false, false);
    }
}
