package com.tenantlist.live.idempotency;

import com.tenantlist.live.web.Success;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.Optional;

/**
 * What a write answers.
 *
 * @param data of the envelope; becomes JSON
 * @param tag the {@code ETag}, without quotes
 * @param location the path of what was made
 */
public record Answer(Response.Status status, Object data, Optional<String> tag, Optional<String> location) {
    public static Answer of(Response.Status status, Object data) {
        return new Answer(status, data, Optional.empty(), Optional.empty());
    }

    public Answer tagged(String version) {
        return new Answer(status, data, Optional.of(version), location);
    }

    public Answer at(String path) {
        return new Answer(status, data, tag, Optional.of(path));
    }

    /** The same as texts, to be sent and kept. */
    record Written(int status, String body, Optional<String> tag, Optional<String> location) {
        Response response() {
            Response.ResponseBuilder response = Response.status(status)
                    .type(MediaType.APPLICATION_JSON_TYPE)
                    .entity(body);
            tag.ifPresent(response::tag);
            location.ifPresent(path -> response.header(HttpHeaders.LOCATION, path));
            return response.build();
        }
    }

    Success<Object> envelope() {
        return Success.of(data);
    }
}
