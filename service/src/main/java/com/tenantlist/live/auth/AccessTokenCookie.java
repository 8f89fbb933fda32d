package com.tenantlist.live.auth;

import com.tenantlist.live.protocol.SocketContract;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The cookie {@code accessToken}, read in one way for REST and for sockets. */
public final class AccessTokenCookie {
    /** Of RFC 6265, and the comma by which some proxies fold several headers into one: no token has either. */
    private static final Pattern SEPARATOR = Pattern.compile("[;,]");

    private static final String NAME = SocketContract.ACCESS_TOKEN_COOKIE + "=";

    private AccessTokenCookie() {}

    /**
     * The tokens of a request's cookies, each once, in their order; none that is empty. Several that differ are those of several paths or
     * domains: which of them a browser sends first says nothing about who is signed in (RFC 6265, 4.2.2). See
     * {@link TokenVerifier#verify(List)}.
     *
     * @param headers the values of its {@code Cookie} headers
     */
    public static List<String> tokens(List<String> headers) {
        return headers.stream()
                .flatMap(header -> Stream.of(SEPARATOR.split(header)))
                .map(String::strip)
                .filter(cookie -> cookie.startsWith(NAME))
                .map(cookie -> unquoted(cookie.substring(NAME.length())))
                .filter(token -> !token.isEmpty())
                .distinct()
                .toList();
    }

    private static String unquoted(String value) {
        return value.length() > 1 && value.startsWith("\"") && value.endsWith("\"")
                ? value.substring(1, value.length() - 1)
                : value;
    }
}
