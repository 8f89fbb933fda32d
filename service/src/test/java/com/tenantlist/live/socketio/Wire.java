package com.tenantlist.live.socketio;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Base64;
import java.util.Deque;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Engine.IO by hand, over either transport. Packets are text; binary ones {@code b} and Base64, as polling writes them. */
abstract class Wire implements AutoCloseable {
    static final String CLOSED = "(closed)";
    static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final long TIMEOUT_SECONDS = 10;

    enum Transport {
        WEBSOCKET,
        POLLING
    }

    private boolean answersPings = true;

    /** Opens a session; the open packet is the first that comes. */
    static Wire open(Transport transport, URI endpoint) throws Exception {
        return transport == Transport.WEBSOCKET
                ? new Frames(endpoint + "?EIO=4&transport=websocket")
                : new Polls(endpoint);
    }

    /** A websocket that is offered to a polling session. */
    static Wire offer(Polls session) {
        return new Frames(session.session().toString().replace("transport=polling", "transport=websocket"));
    }

    Wire leavingPings() {
        answersPings = false;
        return this;
    }

    void answerPings() {
        answersPings = true;
    }

    abstract void send(String... packets) throws Exception;

    /** The next packet of any kind, or {@link #CLOSED}. */
    abstract String receive() throws Exception;

    /** The next packet, after answering pings. */
    String next() throws Exception {
        while (true) {
            String packet = receive();
            if (!answersPings || !packet.equals("2")) {
                return packet;
            }
            send("3");
        }
    }

    /** Waits for the end; whatever comes before it is thrown away. */
    void awaitClosed() throws Exception {
        while (!next().equals(CLOSED)) {}
    }

    /** Connects to a namespace and passes over what it says on connection. */
    Wire connect(String packet, String greeting) throws Exception {
        send(packet);
        String answer = next();
        while (!answer.startsWith(greeting)) {
            if (answer.equals(CLOSED)) {
                throw new AssertionError("closed instead of " + greeting);
            }
            answer = next();
        }
        return this;
    }

    @Override
    public abstract void close();

    private static final class Frames extends Wire implements WebSocket.Listener {
        private final BlockingQueue<String> packets = new LinkedBlockingQueue<>();
        private final StringBuilder text = new StringBuilder();
        private final WebSocket socket;

        Frames(String uri) {
            socket = CLIENT.newWebSocketBuilder()
                    .buildAsync(URI.create("ws" + uri.substring("http".length())), this)
                    .join();
        }

        @Override
        public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                packets.add(text.toString());
                text.setLength(0);
            }
            webSocket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onBinary(WebSocket webSocket, ByteBuffer data, boolean last) {
            byte[] bytes = new byte[data.remaining()];
            data.get(bytes);
            packets.add("b" + Base64.getEncoder().encodeToString(bytes));
            webSocket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket webSocket, int code, String reason) {
            packets.add(CLOSED);
            return null;
        }

        @Override
        public void onError(WebSocket webSocket, Throwable error) {
            packets.add(CLOSED);
        }

        @Override
        void send(String... wanted) throws Exception {
            for (String packet : wanted) {
                try {
                    if (packet.startsWith("b")) {
                        socket.sendBinary(ByteBuffer.wrap(Base64.getDecoder().decode(packet.substring(1))), true)
                                .get();
                    } else {
                        socket.sendText(packet, true).get();
                    }
                } catch (ExecutionException e) {
                    // The server closed it: receive() says so.
                }
            }
        }

        @Override
        String receive() throws Exception {
            String packet = packets.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            if (packet == null) {
                throw new AssertionError("nothing within " + TIMEOUT_SECONDS + " s");
            }
            return packet;
        }

        @Override
        public void close() {
            socket.abort();
        }
    }

    /** Polling: GETs when something is awaited, and a POST for what is sent. */
    static final class Polls extends Wire {
        private final Deque<String> packets = new ArrayDeque<>();
        private final URI session;

        Polls(URI endpoint) throws Exception {
            URI opening = URI.create(endpoint + "?EIO=4&transport=polling");
            String open = get(opening).body();
            packets.add(open);
            session = URI.create(opening + "&sid=" + open.replaceAll(".*\"sid\":\"([^\"]+)\".*", "$1"));
        }

        /** Where this session polls. */
        URI session() {
            return session;
        }

        static HttpResponse<String> get(URI uri) throws Exception {
            return CLIENT.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
        }

        HttpResponse<String> post(String body) throws Exception {
            return CLIENT.send(
                    HttpRequest.newBuilder(session)
                            .POST(HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        }

        @Override
        void send(String... wanted) throws Exception {
            post(String.join("\u001e", wanted));
        }

        @Override
        String receive() throws Exception {
            while (packets.isEmpty()) {
                HttpResponse<String> response = get(session);
                if (response.statusCode() != 200 || response.body().equals("1")) {
                    return CLOSED;
                }
                packets.addAll(Arrays.asList(response.body().split("\u001e")));
                packets.remove("6");
            }
            return packets.remove();
        }

        @Override
        public void close() {
            // A session that is polled no more ends by its ping timeout.
        }
    }
}
