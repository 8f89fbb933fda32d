package com.tenantlist.live.socketio;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;

/**
 * How a client introduced itself.
 *
 * @param remoteAddress the peer's IP address
 * @param origin the {@code Origin} header of the opening request; already checked
 * @param authorization the {@code Authorization} header of the opening request
 * @param cookies the {@code Cookie} headers of the opening request
 * @param auth the payload of CONNECT
 */
public record Handshake(
        String remoteAddress,
        Optional<String> origin,
        Optional<String> authorization,
        List<String> cookies,
        Optional<JsonNode> auth) {}
