package com.tenantlist.live.socketio;

import java.util.concurrent.CompletionStage;

/** What a namespace does with clients that want in. */
public interface NamespaceHandler {
    /**
     * A client asks for this namespace. Called on the connection's event loop; must not block.
     *
     * @return completes on any thread: with the handler of the connection, which lets the client in; or with a
     *     {@link Refusal}, which the client gets as CONNECT_ERROR. Any other failure closes the transport, so that the
     *     client comes back by itself.
     */
    CompletionStage<ConnectionHandler> connect(Connection connection, Handshake handshake);
}
