/**
 * A Socket.IO v5 / Engine.IO v4 server for namespaces of server-pushed events.
 *
 * <p>It keeps netty-socketio's API half (server life cycle, namespaces, rooms, acknowledgements) and brings a wire half
 * of its own: {@link com.tenantlist.live.socketio.EnginePipeline} and what it installs. It knows nothing of tenants, and
 * no type of netty-socketio or Netty crosses its door.
 *
 * <p>Promises: session ids are the server's; nothing is received from or sent to a namespace before its CONNECT was
 * accepted; a connection that has no namespace is closed after the connect timeout; input that is not Socket.IO closes
 * the transport it came on and nothing else.
 *
 * <p>Threads: all work of a session runs on one event loop, that of the connection that opened it. Handlers are called
 * there and must not block.
 *
 * <p>Sources: the Engine.IO protocol v4 and the Socket.IO protocol v5, as published with the reference server.
 */
@NullMarked
package com.tenantlist.live.socketio;

import org.jspecify.annotations.NullMarked;
