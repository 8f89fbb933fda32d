/**
 * A Socket.IO v5 / Engine.IO v4 server for namespaces of server-pushed events. It knows nothing of tenants.
 *
 * <pre>{@code
 * SocketServer server = new SocketServer(config, OriginPolicy.ofAny(), metrics)
 *         .addNamespace("/news", (connection, handshake) -> allowed(handshake)
 *                 ? CompletableFuture.completedStage(new News(connection))
 *                 : CompletableFuture.failedStage(new Refusal("FORBIDDEN", "not for you")));
 * server.start();
 * }</pre>
 *
 * <p>{@code News} is a {@link com.tenantlist.live.socketio.ConnectionHandler}: it is told of events and of the end, and sends
 * {@link com.tenantlist.live.socketio.OutgoingEvent}s, each encoded once for all who get it.
 *
 * <h2>Layers</h2>
 *
 * netty-socketio's API half is kept (server life cycle, namespaces, rooms); the wire half is our own, and no type of
 * netty-socketio or Netty crosses this package's door. Of the engine others see
 * {@code SocketServerConfiguration} and {@code OriginPolicy}, which a server is made with.
 *
 * <ul>
 *   <li>{@code engine}: Engine.IO. HTTP, websockets, deadlines, compression; sessions and their heartbeats. No word of Socket.IO;
 *   <li>{@code packet}: packets of both protocols, as bytes and as values. Knows of nobody;
 *   <li>here: {@code SocketIoProtocol} and its {@code SocketClient} are Socket.IO on top of the engine, {@code SocketConnection}
 *       is a client in a namespace.
 * </ul>
 *
 * <h2>Promises</h2>
 *
 * <ul>
 *   <li>Ids of sessions are the server's, 160 random bits, and differ from the ids in namespaces.
 *   <li>Nothing is received from or sent to a namespace before its CONNECT was accepted; a client in no namespace is closed
 *       after the connect timeout.
 *   <li>Input that is not Socket.IO closes the session it came on and nothing else, and leaves nothing behind.
 *   <li>Memory is bounded by sessions: a client that does not read is not writable beyond the send buffer, and is closed at
 *       the send limit; messages, attachments, inflated messages, nesting, requests and handshakes have limits
 *       ({@link com.tenantlist.live.socketio.engine.SocketServerConfiguration}); what they refuse is counted below
 *       {@code socket.limited}.
 *   <li>Browsers of other origins than the policy's are refused on both transports, before anything else is looked at.
 *   <li>No token, session id or payload is logged.
 * </ul>
 *
 * <h2>Threads</h2>
 *
 * All work of a session runs on one event loop, that of the connection that opened it. Handlers are called there and must
 * not block; one that throws ends its session.
 *
 * <h2>Sources</h2>
 *
 * The Engine.IO protocol v4 and the Socket.IO protocol v5, as published with the reference server; RFC 6455 and RFC 7692 for
 * websockets. {@code bin/conformance-server} serves what the public suites of both protocols expect.
 */
@NullMarked
package com.tenantlist.live.socketio;

import org.jspecify.annotations.NullMarked;
