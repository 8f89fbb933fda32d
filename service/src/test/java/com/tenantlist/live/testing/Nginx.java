package com.tenantlist.live.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;

/** A real nginx with the configuration of {@code deploy/}, written for these nodes. */
public final class Nginx implements AutoCloseable {
    private static final List<String> NAMES = List.of("a", "b", "c");

    private final Process process;
    private final int port = EmbeddedDatabase.freePort();

    /** @param nodes up to three; their route keys are a, b, c */
    public Nginx(List<ServiceProcess> nodes) throws IOException {
        Path directory = Files.createTempDirectory("tenantlist-nginx");
        Path live = Path.of(Files.exists(Path.of("deploy")) ? "deploy/nginx/live.conf" : "../deploy/nginx/live.conf");
        String conf = withThirdNode(Files.readString(live))
                .replace("listen 80;", "listen 127.0.0.1:" + port + ";")
                .replace("/var/log/nginx/", directory + "/");
        for (int i = 0; i < NAMES.size(); i++) {
            ServiceProcess node = nodes.get(Math.min(i, nodes.size() - 1));
            conf = conf.replace("server " + NAMES.get(i) + ":8080", "server 127.0.0.1:" + node.appPort())
                    .replace("server " + NAMES.get(i) + ":3000", "server 127.0.0.1:" + node.socketPort());
        }
        Path main = directory.resolve("nginx.conf");
        Files.writeString(
                main,
                "worker_processes 1; daemon off; pid " + directory + "/pid; error_log " + directory + "/error.log;\n"
                        + "events { worker_connections 8192; }\n"
                        + "http { client_body_temp_path " + directory + "/body; proxy_temp_path " + directory
                        + "/proxy; fastcgi_temp_path " + directory + "/f; uwsgi_temp_path " + directory
                        + "/u; scgi_temp_path " + directory + "/s;\n" + conf + "\n}\n");
        process = new ProcessBuilder(
                        System.getProperty("nginx", "nginx"), "-p", directory.toString(), "-c", main.toString())
                .inheritIO()
                .start();
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(this::listens);
    }

    /** The file is for two nodes; a third is written as its comments say that more are. */
    private static String withThirdNode(String conf) {
        int start = conf.indexOf("upstream live_sockets_b {");
        String ofB = conf.substring(start, conf.indexOf("}", start) + 1);
        // The upstream that only b is in is left as it is.
        return conf.replace(ofB, "OF B")
                        .lines()
                        .map(line -> line.contains("server b:") || line.contains("~^b\\.")
                                ? line + "\n"
                                        + line.replace("b:", "c:")
                                                .replace("^b", "^c")
                                                .replace("sockets_b", "sockets_c")
                                : line)
                        .collect(Collectors.joining("\n"))
                        .replace("OF B", ofB)
                + "\n"
                + ofB.replace("sockets_b", "sockets_c").replace("b:", "c:");
    }

    private boolean listens() {
        if (!process.isAlive()) {
            throw new IllegalStateException("nginx does not start; its words are in the test's output");
        }
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    public URI uri() {
        return URI.create("http://127.0.0.1:" + port);
    }

    @Override
    public void close() {
        process.destroy();
    }
}
