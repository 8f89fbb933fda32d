package com.tenantlist.live.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.awaitility.Awaitility;

/** A real PgBouncer in transaction mode, with four connections to each database of a server. */
public final class PgBouncer implements AutoCloseable {
    private final Process process;
    private final int port = EmbeddedDatabase.freePort();

    public PgBouncer(EmbeddedDatabase server) throws IOException {
        this(server, "");
    }

    /** @param settings more of them, in lines of its configuration */
    public PgBouncer(EmbeddedDatabase server, String settings) throws IOException {
        Path directory = Files.createTempDirectory("tenantlist-pgbouncer");
        // It will not be root, and must read its files as someone else.
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path users = Files.writeString(directory.resolve("users"), "\"postgres\" \"\"\n");
        Path configuration = Files.writeString(directory.resolve("pgbouncer.ini"), """
                [databases]
                * = host=127.0.0.1 port=%d
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = %d
                unix_socket_dir =
                auth_type = trust
                auth_file = %s
                pool_mode = transaction
                default_pool_size = 4
                max_client_conn = 200
                log_connections = 0
                log_disconnections = 0
                log_pooler_errors = 0
                stats_period = 3600
                %s
                %s
                """.formatted(
                        server.port(),
                        port,
                        users,
                        System.getProperty("user.name").equals("root") ? "user = nobody" : "",
                        settings));
        process = new ProcessBuilder(System.getProperty("pgbouncer", "pgbouncer"), "-q", configuration.toString())
                .inheritIO()
                .start();
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(this::listens);
    }

    private boolean listens() {
        if (!process.isAlive()) {
            throw new IllegalStateException("PgBouncer does not start; its words are in the test's output");
        }
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    public int port() {
        return port;
    }

    public String url(String database) {
        return "postgresql://postgres@127.0.0.1:" + port + "/" + database;
    }

    @Override
    public void close() {
        process.destroy();
    }
}
