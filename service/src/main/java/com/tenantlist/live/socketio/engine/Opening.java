package com.tenantlist.live.socketio.engine;

import java.util.List;
import java.util.Optional;

/**
 * The request that opened a session.
 *
 * @param remoteAddress the peer's IP address
 * @param origin the {@code Origin} header; already checked
 * @param authorization the {@code Authorization} header
 * @param cookies the {@code Cookie} headers
 */
public record Opening(
        String remoteAddress, Optional<String> origin, Optional<String> authorization, List<String> cookies) {}
