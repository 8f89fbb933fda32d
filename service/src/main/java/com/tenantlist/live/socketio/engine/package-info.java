/**
 * Engine.IO v4: sessions over long polling, a websocket, or first one and then the other. It carries messages for the
 * {@link com.tenantlist.live.socketio.engine.EngineProtocol protocols} on top of it, and knows none of them.
 *
 * <ul>
 *   <li>{@code Engine}: what all sessions of a server share, and who may open one ({@code Admission});
 *   <li>{@code EnginePipeline} and the handlers it installs: HTTP, websockets, deadlines, compression;
 *   <li>{@code EngineSession}: one client, its transport of the moment, its heartbeat.
 * </ul>
 *
 * <p>All work of a session runs on one event loop, that of the connection that opened it.
 */
@NullMarked
package com.tenantlist.live.socketio.engine;

import org.jspecify.annotations.NullMarked;
