package com.tenantlist.live.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tenantlist.live.testing.LiveService;
import com.tenantlist.live.testing.RawHttp;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OriginsTest {
    private static final String FRONTENDS =
            "https://*.example.com, HTTPS://*.Staging.Example.org:8443/app, https://one.example.net,"
                    + " http://[::1]:5173/, capacitor://localhost, ionic://localhost, app://com.example.tenants";

    @RegisterExtension
    static final LiveService service =
            LiveService.onSharedParts().with("frontendUrl", FRONTENDS).with("corsAllowedHeaders", "X-Own, x-other");

    private final Origins origins = Origins.parse(FRONTENDS, 8080);
    private final UUID user = UUID.randomUUID();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://a.example.com",
                "https://a.b-c.example.com",
                "https://x_1.example.com",
                "https://xn--zo-hka.example.com",
                "https://a.staging.example.org:8443",
                "https://one.example.net",
                "http://[::1]:5173",
                "capacitor://localhost",
                "ionic://localhost",
                "app://com.example.tenants",
                "http://localhost:8080",
                "http://127.0.0.1:8080"
            })
    void aFrontendsOriginIsAllowed(String origin) {
        assertThat(origins.allows(origin)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://example.com",
                "https://evil-example.com",
                "https://evilexample.com",
                "https://example.com.evil.com",
                "https://a.example.com.evil.com",
                "https://a.example.com@evil.com",
                "https://evil.com/.example.com",
                "https://evil.com?.example.com",
                "https://evil.com#.example.com",
                "https://evil.com\\.example.com",
                "https://evil.com:443.example.com",
                "https://a@b.example.com",
                "https://.example.com",
                "https://a..example.com",
                "https://*.example.com",
                "https://a.example.com.",
                "https://a.example.com:443",
                "https://a.example.com:8443",
                "https://a.staging.example.org",
                "https://a.staging.example.org:84430",
                "http://a.example.com",
                "https://A.example.com",
                "HTTPS://a.example.com",
                "https://a.EXAMPLE.com",
                "https://zoë.example.com",
                "https://a.example.com/",
                " https://a.example.com",
                "https://a.example.com https://b.example.com",
                "https://one.example.net.",
                "https://ONE.example.net",
                "https://one.example.net:8443",
                "https://a.one.example.net",
                "capacitor://localhost:80",
                "capacitor://evil",
                "app://com.example",
                "file://",
                "null",
                "*",
                "",
                "https://"
            })
    void anothersOriginIsNot(String origin) {
        assertThat(origins.allows(origin)).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "* | lets pages of anybody in",
                "null | lets pages of anybody in",
                "https://* | it stands for the first labels of a domain that is your own",
                "https://*. | it stands for",
                "https://*.com | it stands for",
                "https://*.com. | it stands for",
                "https://*.10.0.0.1 | it stands for",
                "https://a.*.example.com | it stands for",
                "https://a*.example.com | it stands for",
                "https://*.*.example.com | it stands for",
                "https://*example.com | it stands for",
                "https://*.example..com | it stands for",
                "http://*.example.com | it goes with https alone",
                "capacitor://*.localhost.local | it goes with https alone",
                "https://me@example.com | has a user in it",
                "https://*.example.com@evil.com | has a user in it",
                "ftp://example.com | has another scheme",
                "example.com | is not an origin such as",
                "https:/example.com | is not an origin such as",
                "https:// | has no host",
                "https://example.com:0 | or a port that is none",
                "https://example.com:65536 | or a port that is none",
                "https://example.com:x | or a port that is none",
                "https://example.com. | has a host that is no name",
                "https://zoë.example.com | has a host that is no name",
                "https://a b.example.com | has a host that is no name",
            })
    void whatCannotBeIsSaid(String url, String why) {
        assertThatThrownBy(() -> Origins.parse("https://fine.example.com," + url, 8080))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("FRONTEND_URL has '" + url + "'")
                .hasMessageContaining(why);
    }

    // ---- wherever an origin is asked for

    @ParameterizedTest
    @CsvSource({
        "https://a.b.example.com, true",
        "capacitor://localhost, true",
        "https://a.staging.example.org:8443, true",
        "https://evil-example.com, false",
        "https://a.example.com@evil.com, false",
        "https://a.example.com., false",
        "https://a.staging.example.org, false",
        "null, false"
    })
    void restCookiesAndSocketsAreOfOneMind(String origin, boolean allowed) throws Exception {
        String header = "Origin: " + origin + "\r\n";
        String allows = "access-control-allow-origin: " + origin + "\r\n";
        String cookie = "Cookie: accessToken=" + LiveService.token(user) + "\r\n";
        assertThat(answer(service.api().getPort(), "GET /api/businesses", header + cookie)
                        .contains(allows))
                .as("CORS of REST")
                .isEqualTo(allowed);
        String body = "{\"name\":\"By cookie\"}";
        assertThat(answer(
                        service.api().getPort(),
                        "POST /api/businesses",
                        header + cookie + "Content-Type: application/json\r\nContent-Length: " + body.length() + "\r\n",
                        body))
                .as("a write by cookie")
                .startsWith(allowed ? "http/1.1 201" : "http/1.1 403");
        String polling = answer(service.sockets().getPort(), "GET /socket.io/?EIO=4&transport=polling", header);
        assertThat(polling.contains(allows)).as("CORS of polling").isEqualTo(allowed);
        assertThat(polling).as("polling").startsWith(allowed ? "http/1.1 200" : "http/1.1 403");
        try (RawHttp socket = RawHttp.webSocket(service.sockets().getPort(), "/socket.io/", "Origin: " + origin)) {
            byte[] status = socket.socket().getInputStream().readNBytes("HTTP/1.1 101".length());
            assertThat(new String(status, StandardCharsets.US_ASCII))
                    .as("upgrade")
                    .isEqualTo(allowed ? "HTTP/1.1 101" : "HTTP/1.1 403");
        }
    }

    @Test
    void pagesElsewhereMaySendAndReadWhatTheyNeed() throws Exception {
        String preflight = "Origin: https://a.example.com\r\nAccess-Control-Request-Method: PUT\r\n"
                + "Access-Control-Request-Headers: idempotency-key,traceparent,x-own\r\n";
        for (String answer : new String[] {
            answer(service.api().getPort(), "OPTIONS /api/businesses", preflight),
            answer(service.sockets().getPort(), "OPTIONS /socket.io/?EIO=4&transport=polling", preflight)
        }) {
            assertThat(answer)
                    .startsWith("http/1.1 204")
                    .contains("access-control-allow-headers: authorization,content-type,if-match,if-none-match,"
                            + "idempotency-key,x-live-user,traceparent,tracestate,baggage,sentry-trace,x-datadog-origin,"
                            + "x-datadog-parent-id,x-datadog-sampling-priority,x-datadog-trace-id,x-datadog-tags,"
                            + "x-own,x-other\r\n")
                    .contains("access-control-allow-credentials: true\r\n");
        }
        String origin = "Origin: https://a.example.com\r\n";
        for (String answer : new String[] {
            answer(service.api().getPort(), "GET /api/businesses", origin),
            answer(service.sockets().getPort(), "GET /socket.io/?EIO=4&transport=polling", origin)
        }) {
            assertThat(answer).contains("access-control-expose-headers: etag,retry-after,location,x-live-revision\r\n");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"*", "x y", "x:y", "x-own, é", "x\r\nset-cookie: a"})
    void whatIsNoNameOfAHeaderIsSaid(String name) {
        assertThatThrownBy(() -> Cors.parse(name)).hasMessageContaining("CORS_ALLOWED_HEADERS has '");
        assertThat(Cors.parse(" , X-Own,").requestHeaders()).endsWith(",x-datadog-tags,x-own");
    }

    /** In lower case. */
    private static String answer(int port, String request, String headers) throws Exception {
        return answer(port, request, headers, "");
    }

    private static String answer(int port, String request, String headers, String body) throws Exception {
        try (RawHttp http = new RawHttp(port)) {
            http.send(request + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + headers + "\r\n" + body);
            return new String(http.socket().getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                    .toLowerCase(Locale.ROOT);
        }
    }
}
