package com.tenantlist.live.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.tenantlist.live.testing.LiveService;
import com.tenantlist.live.testing.RawSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Collections;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Input that is not Socket.IO closes the transport it came on, and disturbs nobody else. */
class HostileSocketTest {
    @RegisterExtension
    static final LiveService service = LiveService.onSharedParts();

    private static final UUID BYSTANDER = UUID.randomUUID();
    private static UUID business;
    private static RawSocket bystander;

    @BeforeAll
    static void someoneElseIsConnected() throws Exception {
        business = service.createBusiness(BYSTANDER, "Bystander");
        bystander = RawSocket.dashboard(service.sockets(), BYSTANDER);
        bystander.send("42/dashboard,[\"request:current-state\"]");
        bystander.awaitEvent("reconnected");
    }

    @AfterAll
    static void theBystanderIsUnharmedAndNoSessionIsLeft() throws Exception {
        service.addViews(business, 1);
        bystander.awaitEvent("metrics:updated");
        bystander.close();
        await().untilAsserted(() -> assertThat(service.metrics()
                                .getCounters()
                                .get("socket.sessions.websocket")
                                .getCount()
                        + service.metrics()
                                .getCounters()
                                .get("socket.sessions.polling")
                                .getCount())
                .isZero());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "42/dashboard,[\"request:current-state\"]",
                "4",
                "9",
                "x",
                "49/dashboard,",
                "42/dashboard,{}",
                "42/dashboard,[",
                "42/dashboard,[1]",
                "42/dashboard,99999999999999999999[\"x\"]",
                "40/dashboard,[]",
                "40/dashboard,{\"token\":\"x\"",
                "45/dashboard,999999999-[\"x\",{\"_placeholder\":true,\"num\":0}]",
                "43/dashboard,1[]",
                "41/dashboard,",
                "0{\"sid\":\"mine\"}",
                "3probe",
                "5",
                "\u001e\u001e\u001e"
            })
    void garbageBeforeConnectClosesIt(String frame) throws Exception {
        try (RawSocket socket = RawSocket.open(service.sockets())) {
            socket.send(frame);
            socket.awaitClosed();
            assertThat(socket.seen()).noneMatch(seen -> seen.startsWith("42"));
        }
    }

    @Test
    void deeplyNestedJsonClosesIt() throws Exception {
        try (RawSocket socket = RawSocket.open(service.sockets())) {
            socket.send("40/dashboard,{\"a\":" + String.join("", Collections.nCopies(20_000, "[")));
            socket.awaitClosed();
        }
    }

    @Test
    void aMessageOverTheLimitClosesIt() throws Exception {
        try (RawSocket socket = RawSocket.dashboard(service.sockets(), UUID.randomUUID())) {
            socket.send("42/dashboard,[\"x\",\"" + "y".repeat(70_000) + "\"]");
            socket.awaitClosed();
        }
    }

    @Test
    void aSecondConnectClosesIt() throws Exception {
        try (RawSocket socket = RawSocket.dashboard(service.sockets(), UUID.randomUUID())) {
            socket.send("40/dashboard,{\"token\":\"worse\"}");
            socket.awaitClosed();
        }
    }

    @Test
    void aMalformedRequestIsRefusedByItsAckAndTheSessionGoesOn() throws Exception {
        try (RawSocket socket = RawSocket.dashboard(service.sockets(), UUID.randomUUID())) {
            for (String argument :
                    new String[] {"{\"after\":-1}", "{\"after\":\"1\"}", "7", "{\"after\":1,\"epoch\":2}", "[]"}) {
                socket.send("42/dashboard,1[\"request:current-state\"," + argument + "]");
                assertThat(socket.await(frame -> frame.startsWith("43/dashboard,1")))
                        .contains("BAD_REQUEST");
            }
            socket.send("42/dashboard,2[\"no:such:event\",{}]");
            assertThat(socket.await(frame -> frame.startsWith("43/dashboard,2")))
                    .contains("NOT_FOUND");
            socket.send("42/dashboard,3[\"request:current-state\"]");
            assertThat(socket.await(frame -> frame.startsWith("43/dashboard,3")))
                    .contains("\"recovered\":false");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /socket.io/?EIO=3&transport=polling, 400, Unsupported protocol version",
        "GET, /socket.io/?transport=polling, 400, Unsupported protocol version",
        "GET, /socket.io/?EIO=4&transport=jsonp, 400, Transport unknown",
        "GET, /socket.io/?EIO=4, 400, Transport unknown",
        "GET, /socket.io/?EIO=4&transport=polling&sid=nobody, 400, Session ID unknown",
        "GET, /socket.io/?EIO=4&transport=polling&sid=a&sid=b, 400, Session ID unknown",
        "GET, /socket.io/?EIO=4&EIO=4&transport=polling, 400, Unsupported protocol version",
        "POST, /socket.io/?EIO=4&transport=polling, 400, Bad handshake method",
        "GET, /socket.io/?EIO=4&transport=websocket, 400, Bad request",
        "GET, /elsewhere, 404, Not found",
    })
    void badRequestsAreAnsweredInJson(String method, String path, int status, String message) throws Exception {
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(service.sockets() + path))
                                .method(method, HttpRequest.BodyPublishers.noBody())
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(response.body()).contains("\"message\":\"" + message + "\"");
    }
}
