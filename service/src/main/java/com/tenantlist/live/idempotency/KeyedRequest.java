package com.tenantlist.live.idempotency;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.hash.Hashing;
import com.tenantlist.live.web.Params;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A request that may come again.
 *
 * @param userId whose key it is
 * @param key empty if the caller gave none
 * @param text method, path and body: what must be the same when the key comes again. Not {@code If-Match}: who lost an answer may
 *     have read the new version meanwhile, and the write is done all the same
 */
public record KeyedRequest(UUID userId, Optional<String> key, String text) {
    /** The header that names the key. */
    public static final String HEADER = "Idempotency-Key";

    private static final int MAX_LENGTH = 255;

    /**
     * Of the fields of {@link #HEADER}.
     *
     * @throws com.tenantlist.live.web.ApiException if there are several, or it is no key; the message does not repeat it
     */
    public static KeyedRequest of(
            UUID userId, @Nullable List<String> fields, String method, String path, @Nullable JsonNode body) {
        Optional<String> key =
                fields == null ? Optional.empty() : fields.stream().findFirst();
        if ((fields != null && fields.size() > 1)
                || !key.map(KeyedRequest::isKey).orElse(true)) {
            throw Params.bad(HEADER, "must be one of 1 to " + MAX_LENGTH + " visible ASCII characters, such as a UUID");
        }
        return new KeyedRequest(userId, key, method + " " + path + "\n" + (body == null ? "" : body));
    }

    private static boolean isKey(String text) {
        return !text.isEmpty() && text.length() <= MAX_LENGTH && text.chars().allMatch(c -> c > ' ' && c < 0x7f);
    }

    byte[] digest() {
        return Hashing.sha256().hashString(text, StandardCharsets.UTF_8).asBytes();
    }
}
