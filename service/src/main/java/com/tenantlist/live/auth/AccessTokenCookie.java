package com.tenantlist.live.auth;

import com.tenantlist.live.protocol.ErrorCode;
import com.tenantlist.live.protocol.SocketContract;
import io.netty.handler.codec.http.cookie.Cookie;
import io.netty.handler.codec.http.cookie.ServerCookieDecoder;
import java.util.List;
import java.util.Optional;

/** The cookie {@code accessToken}, read in one way for REST and for sockets. */
public final class AccessTokenCookie {
    private AccessTokenCookie() {}

    /**
     * The token of a request's cookies.
     *
     * @param headers the values of its {@code Cookie} headers
     * @throws InvalidTokenException if there are several that differ, as of two paths or domains: which of them a browser sends first says
     *     nothing about who is signed in (RFC 6265, 4.2.2)
     */
    public static Optional<String> of(List<String> headers) throws InvalidTokenException {
        List<String> tokens = all(headers);
        if (tokens.size() > 1) {
            throw new InvalidTokenException(
                    ErrorCode.TOKEN_INVALID,
                    "there are " + tokens.size()
                            + " different accessToken cookies, of several paths or domains: delete all but one");
        }
        return tokens.stream().findFirst();
    }

    /** All of them that differ. */
    static List<String> all(List<String> headers) {
        return headers.stream()
                .flatMap(header -> ServerCookieDecoder.STRICT.decodeAll(header).stream())
                .filter(cookie -> cookie.name().equals(SocketContract.ACCESS_TOKEN_COOKIE))
                .map(Cookie::value)
                .distinct()
                .toList();
    }
}
