package com.tenantlist.live.loadtest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class StartScenarioTest {
    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();

    @TempDir
    Path directory;

    private final StringWriter errors = new StringWriter();

    /** A service that is not healthy the first three times it is asked. */
    public static void main(String[] port) throws IOException {
        AtomicInteger asked = new AtomicInteger();
        HttpServer server = server(Integer.parseInt(port[0]));
        server.createContext("/healthcheck", exchange -> {
            exchange.sendResponseHeaders(asked.incrementAndGet() > 3 ? 200 : 503, -1);
            exchange.close();
        });
        server.start();
    }

    private static HttpServer server(int port) throws IOException {
        return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private int start(int port, Path json, String... command) {
        List<String> arguments = new ArrayList<>(List.of(
                "start",
                "--secret",
                "a secret of more than thirty-two bytes",
                "--healthcheck",
                "http://127.0.0.1:" + port + "/healthcheck",
                "--log",
                directory.resolve("log").toString(),
                "--json",
                json.toString(),
                "--turns",
                "2",
                "--"));
        arguments.addAll(List.of(command));
        CommandLine line = LoadTest.commandLine().setErr(new PrintWriter(errors, true));
        return line.execute(arguments.toArray(new String[0]));
    }

    @Test
    void aServiceIsStartedATurnUntilItIsHealthyAndStopped() throws Exception {
        int port = freePort();
        Path json = directory.resolve("start.json");
        assertThat(start(
                        port,
                        json,
                        JAVA,
                        "-cp",
                        System.getProperty("java.class.path"),
                        StartScenarioTest.class.getName(),
                        "" + port))
                .as(errors.toString())
                .isZero();
        JsonNode figures = new ObjectMapper()
                .readTree(json.toFile())
                .path("targets")
                .path(0)
                .path("figures");
        assertThat(figures)
                .extracting(figure -> figure.path("name").asText())
                .containsExactly("time to healthy", "CPU to healthy");
        assertThat(figures.path(0).path("turns")).hasSize(2);
        assertThat(figures.path(0).path("low").asDouble()).isPositive();
        server(port).stop(0); // the port is free: it was stopped
    }

    @Test
    void whatEndsBeforeItIsHealthyIsSaid() throws Exception {
        assertThat(start(freePort(), directory.resolve("x"), "sh", "-c", "exit 7"))
                .isEqualTo(3);
        assertThat(errors.toString()).contains("it ended with 7 before it was healthy");
    }

    @Test
    void whatAnswersAlreadyIsNotMeasured() throws Exception {
        HttpServer other = server(0);
        other.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        other.start();
        try {
            assertThat(start(other.getAddress().getPort(), directory.resolve("x"), "true"))
                    .isEqualTo(2);
            assertThat(errors.toString()).contains("answers already");
        } finally {
            other.stop(0);
        }
    }
}
