/**
 * What goes over the wire: packets of Engine.IO, ready to be sent, and those of Socket.IO in both official forms, which a
 * {@link com.tenantlist.live.socketio.packet.PacketReader} tells apart by a client's first message. Bytes and values only:
 * nothing here knows of sessions, transports or threads.
 */
@NullMarked
package com.tenantlist.live.socketio.packet;

import org.jspecify.annotations.NullMarked;
