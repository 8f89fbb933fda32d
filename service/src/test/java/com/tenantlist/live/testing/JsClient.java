package com.tenantlist.live.testing;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** The official JavaScript client in a process of its own: {@code src/test/js/client.mjs}, installed by {@code bin/test}. */
public final class JsClient implements AutoCloseable {
    private static final long TIMEOUT_SECONDS = 20;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Process process;
    private final Writer commands;
    private final Inbox<JsonNode> lines = new Inbox<>(TIMEOUT_SECONDS);

    private JsClient(List<String> command) throws IOException {
        File directory = new File(System.getProperty("js.clients"));
        if (!new File(directory, "node_modules").isDirectory()) {
            throw new IllegalStateException(
                    "no JavaScript clients in " + directory + ": run bin/test, which installs them");
        }
        process = new ProcessBuilder(command)
                .directory(directory)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        commands = process.outputWriter(StandardCharsets.UTF_8);
        Thread reader = new Thread(this::read, "js-client");
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Starts it and connects.
     *
     * @param options as of {@code io()}, besides {@code url}, {@code auth} and {@code parser} (see the script)
     */
    public JsClient(Map<String, Object> options) throws IOException {
        this(List.of("node", "client.mjs"));
        Map<String, Object> command = new LinkedHashMap<>(options);
        command.put("do", "connect");
        send(command);
    }

    /** A dashboard's client with that token; {@code transports} as the client takes them. */
    public static JsClient dashboard(LiveService service, String token, String parser, String... transports)
            throws IOException {
        return new JsClient(Map.of(
                "url",
                service.sockets().resolve("/dashboard").toString(),
                "auth",
                Map.of("token", token),
                "parser",
                parser,
                "options",
                Map.of(
                        "transports",
                        transports,
                        "reconnectionDelay",
                        50,
                        "reconnectionDelayMax",
                        200,
                        "forceNew",
                        true)));
    }

    /** This repository's own client library, {@code live-client.mjs}; it connects by itself. */
    public static JsClient library(URI sockets, LiveService service, String token, String parser) throws IOException {
        return new JsClient(List.of(
                "node",
                "live-client.mjs",
                new File("../client/dist/index.js").getCanonicalPath(),
                sockets.toString(),
                service.api().toString(),
                token,
                parser));
    }

    /** Sends the end of its input, and waits until it has ended. */
    public boolean endsByItself() throws IOException, InterruptedException {
        commands.close();
        // A WebSocket whose line is dead waits 30 s for the other side's close.
        return process.waitFor(2 * TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    private void read() {
        try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(JSON.readTree(line));
            }
        } catch (IOException e) {
            lines.add(JSON.createObjectNode().put("at", "broken"));
        }
    }

    public void send(Map<String, Object> command) {
        try {
            commands.write(JSON.writeValueAsString(command) + "\n");
            commands.flush();
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public void emit(String name, Object... args) {
        send(Map.of("do", "emit", "name", name, "args", args));
    }

    /** Emits and waits for the answer's arguments. */
    public JsonNode ask(String name, Object... args) throws InterruptedException {
        String id = "ack" + System.nanoTime();
        send(Map.of("do", "emit", "name", name, "args", args, "ack", id));
        return await(line -> line.path("ack").asText().equals(id)).path("args");
    }

    public void cut() {
        send(Map.of("do", "cut"));
    }

    /** The next line that fits; those before it are passed over, and stand in {@link #seen()}. */
    public JsonNode await(Predicate<JsonNode> wanted) throws InterruptedException {
        return lines.await(wanted, line -> line.path("at").asText().equals("broken"));
    }

    /** The next {@code connect}, {@code disconnect}, {@code connect_error} or {@code upgrade}. */
    public JsonNode await(String at) throws InterruptedException {
        return await(line -> line.path("at").asText().equals(at));
    }

    public JsonNode awaitEvent(String name) throws InterruptedException {
        return await(line -> line.path("name").asText().equals(name));
    }

    /** Everything that was awaited or passed over. */
    public List<JsonNode> seen() {
        return lines.seen();
    }

    /** The revisions of the tenant's events among what was seen, in the order they came. */
    public List<Long> revisions() {
        return seen().stream()
                .filter(line ->
                        line.path("name").asText().matches("metrics:updated|business:(created|updated|deleted)"))
                .map(line -> line.path("args").path(0).path("revision").asLong())
                .toList();
    }

    @Override
    public void close() {
        process.destroy();
    }
}
