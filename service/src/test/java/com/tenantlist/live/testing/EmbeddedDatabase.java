package com.tenantlist.live.testing;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A real Postgres of its own, as durable as a production one: the embedded build switches that off by default. */
public final class EmbeddedDatabase implements AutoCloseable {
    private static final String USER = "postgres";

    private final Path dataDirectory;
    private final int port;
    private final String walLevel;
    private EmbeddedPostgres postgres;

    private EmbeddedDatabase(Path dataDirectory, int port, String walLevel) {
        this.dataDirectory = dataDirectory;
        this.port = port;
        this.walLevel = walLevel;
    }

    /** Starts one in a directory whose data stays. */
    public static EmbeddedDatabase start(Path dataDirectory, int port) throws IOException {
        EmbeddedDatabase database = new EmbeddedDatabase(dataDirectory, port, "logical");
        database.start();
        return database;
    }

    /** Starts an empty one on a free port. */
    public static EmbeddedDatabase startTemporary() {
        return startTemporary("logical");
    }

    /** Starts an empty one with that {@code wal_level}. */
    public static EmbeddedDatabase startTemporary(String walLevel) {
        try {
            EmbeddedDatabase database =
                    new EmbeddedDatabase(Files.createTempDirectory("tenantlist-pg"), freePort(), walLevel);
            database.start();
            return database;
        } catch (IOException e) {
            throw new IllegalStateException("embedded Postgres does not start", e);
        }
    }

    /** A port that nothing listens on at the moment. */
    public static int freePort() {
        return freePorts(1).get(0);
    }

    /** As many, all different. */
    public static List<Integer> freePorts(int count) {
        List<ServerSocket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                sockets.add(new ServerSocket(0));
            }
            List<Integer> ports =
                    sockets.stream().map(ServerSocket::getLocalPort).toList();
            for (ServerSocket socket : sockets) {
                socket.close();
            }
            return ports;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void start() throws IOException {
        postgres = EmbeddedPostgres.builder()
                .setDataDirectory(dataDirectory)
                .setCleanDataDirectory(false)
                .setPort(port)
                .setServerConfig("wal_level", walLevel)
                .setServerConfig("fsync", "on")
                .setServerConfig("full_page_writes", "on")
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("max_connections", "200")
                .setServerConfig("max_wal_senders", "10")
                .setServerConfig("max_replication_slots", "10")
                .setServerConfig("shared_buffers", "64MB")
                .setServerConfig("log_min_messages", "fatal")
                .setPGStartupWait(Duration.ofSeconds(60))
                .start();
    }

    /** Stops it at once, as a crash would, and starts it again on the same port with the same data. */
    public void restart() throws IOException {
        postgres.close();
        start();
    }

    /** Creates a database and returns its URL. */
    public String create(String name) {
        try (Connection connection = connect("postgres");
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE \"" + name + "\"");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return url(name);
    }

    public boolean exists(String name) throws SQLException {
        try (Connection connection = connect("postgres");
                Statement statement = connection.createStatement();
                var row = statement.executeQuery("SELECT 1 FROM pg_database WHERE datname = '" + name + "'")) {
            return row.next();
        }
    }

    public String url(String name) {
        return "postgresql://" + USER + "@127.0.0.1:" + port + "/" + name;
    }

    public Connection connect(String name) throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port + "/" + name, USER, "");
    }

    public int port() {
        return port;
    }

    @Override
    public void close() {
        try {
            postgres.close();
        } catch (IOException e) {
            throw new IllegalStateException("embedded Postgres does not stop", e);
        }
    }
}
