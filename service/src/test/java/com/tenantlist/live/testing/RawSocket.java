package com.tenantlist.live.testing;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;

/** A websocket that speaks Engine.IO by hand: what it sends and gets is text, frame by frame. */
public final class RawSocket implements AutoCloseable {
    private static final long TIMEOUT_SECONDS = 10;
    private static final String CLOSED = "(closed)";

    private final Inbox<String> frames = new Inbox<>(TIMEOUT_SECONDS);
    private final WebSocket socket;

    private RawSocket(URI server, String... headers) {
        WebSocket.Builder builder = HttpClient.newHttpClient().newWebSocketBuilder();
        for (int i = 0; i < headers.length; i += 2) {
            builder.header(headers[i], headers[i + 1]);
        }
        this.socket = builder.buildAsync(
                        URI.create("ws://" + server.getAuthority() + "/socket.io/?EIO=4&transport=websocket"),
                        new Receiver())
                .join();
    }

    /** Opens a session; its first frame, {@code 0{…}}, is the first that {@link #await} sees. */
    public static RawSocket open(URI server, String... headers) {
        return new RawSocket(server, headers);
    }

    /** Opens a session and connects to the dashboard. */
    public static RawSocket dashboard(URI server, UUID user) throws InterruptedException {
        RawSocket socket = open(server);
        socket.send("40/dashboard,{\"token\":\"" + LiveService.token(user) + "\"}");
        socket.await(frame -> frame.startsWith("40/dashboard,"));
        return socket;
    }

    private final class Receiver implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                String frame = text.toString();
                text.setLength(0);
                if (frame.equals("2")) {
                    webSocket.sendText("3", true);
                } else {
                    frames.add(frame);
                }
            }
            webSocket.request(1);
            return CompletableFuture.completedStage(null);
        }

        @Override
        public CompletionStage<?> onClose(WebSocket webSocket, int code, String reason) {
            frames.add(CLOSED);
            return CompletableFuture.completedStage(null);
        }

        @Override
        public void onError(WebSocket webSocket, Throwable error) {
            frames.add(CLOSED);
        }
    }

    public void send(String frame) {
        socket.sendText(frame, true).join();
    }

    /** The next frame that fits; those before it are passed over, and stand in {@link #seen()}. */
    public String await(Predicate<String> wanted) throws InterruptedException {
        return frames.await(wanted, CLOSED::equals);
    }

    /** The next event of that name. */
    public String awaitEvent(String name) throws InterruptedException {
        return await(frame -> frame.startsWith("42/dashboard,[\"" + name + "\""));
    }

    public void awaitClosed() throws InterruptedException {
        await(CLOSED::equals);
    }

    /** All frames that were awaited or passed over so far. */
    public List<String> seen() {
        return frames.seen();
    }

    @Override
    public void close() {
        socket.abort();
    }
}
