package com.tenantlist.live.socketio;

/** A client sent something that is not Socket.IO. The message says what is wrong and repeats nothing of the input. */
final class MalformedPacketException extends Exception {
    private static final long serialVersionUID = 1;

    MalformedPacketException(String message) {
        super(message, null, false, false);
    }
}
