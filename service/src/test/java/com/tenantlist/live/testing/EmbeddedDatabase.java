package com.tenantlist.live.testing;

import com.google.common.util.concurrent.Uninterruptibles;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** A real Postgres of its own, as durable as a production one: the embedded build switches that off by default. */
public final class EmbeddedDatabase implements AutoCloseable {
    static final String USER = "postgres";

    /** Files that only mean something to the process that wrote them. */
    private static final Set<String> OF_A_PROCESS = Set.of("postmaster.pid", "postmaster.opts", "epg-lock");

    /**
     * Below 32768, from where on the system takes a port for who listens on any, and for who connects: one of those could be taken again
     * before somebody listens on it.
     */
    private static final int FIRST_PORT = 11_000;

    private static final int PORTS = 32_768 - FIRST_PORT;

    /** Tests in another process begin elsewhere. */
    private static final AtomicInteger nextPort =
            new AtomicInteger((int) (ProcessHandle.current().pid() * 1009 % PORTS));

    private final Path dataDirectory;
    private final int port;
    private final Map<String, String> settings;
    private EmbeddedPostgres postgres;

    /** Where the data lie if they go with it. */
    private final Optional<TemporaryDirectory> temporary;

    private EmbeddedDatabase(Path dataDirectory, int port, Map<String, String> settings) {
        this(dataDirectory, Optional.empty(), port, settings);
    }

    private EmbeddedDatabase(TemporaryDirectory temporary, int port, Map<String, String> settings) {
        this(temporary.path(), Optional.of(temporary), port, settings);
    }

    private EmbeddedDatabase(
            Path dataDirectory, Optional<TemporaryDirectory> temporary, int port, Map<String, String> settings) {
        this.dataDirectory = dataDirectory;
        this.temporary = temporary;
        this.port = port;
        this.settings = settings;
    }

    /** Starts one in a directory whose data stays. */
    public static EmbeddedDatabase start(Path dataDirectory, int port) throws IOException {
        return start(dataDirectory, port, Map.of());
    }

    /** Starts an empty one on a free port. */
    public static EmbeddedDatabase startTemporary() {
        return startTemporary(Map.of());
    }

    /** Starts an empty one with these settings. */
    public static EmbeddedDatabase startTemporary(Map<String, String> settings) {
        try {
            EmbeddedDatabase database =
                    new EmbeddedDatabase(new TemporaryDirectory("tenantlist-pg"), freePort(), settings);
            database.start();
            return database;
        } catch (IOException e) {
            throw new IllegalStateException("embedded Postgres does not start", e);
        }
    }

    private static EmbeddedDatabase start(Path dataDirectory, int port, Map<String, String> settings)
            throws IOException {
        EmbeddedDatabase database = new EmbeddedDatabase(dataDirectory, port, settings);
        database.start();
        return database;
    }

    /** Starts an empty one on that disk, with as little WAL as it can do with. */
    public static EmbeddedDatabase startOn(SmallDisk disk) throws IOException {
        return start(
                disk.directory().resolve("data"), freePort(), Map.of("max_wal_size", "64MB", "min_wal_size", "32MB"));
    }

    /** A port that nothing listens on at the moment, and that was not given out before. */
    public static int freePort() {
        for (int i = 0; i < PORTS; i++) {
            try (ServerSocket free = new ServerSocket(FIRST_PORT + nextPort.getAndIncrement() % PORTS)) {
                return free.getLocalPort();
            } catch (IOException e) {
                // Somebody listens there.
            }
        }
        throw new IllegalStateException("no port is free");
    }

    /** As many, all different. */
    public static List<Integer> freePorts(int count) {
        return Stream.generate(EmbeddedDatabase::freePort).limit(count).toList();
    }

    public void start() throws IOException {
        EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder()
                .setDataDirectory(dataDirectory)
                .setCleanDataDirectory(false)
                .setPort(port)
                .setServerConfig("wal_level", "logical")
                .setServerConfig("fsync", "on")
                .setServerConfig("full_page_writes", "on")
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("max_connections", "200")
                .setServerConfig("max_wal_senders", "10")
                .setServerConfig("max_replication_slots", "10")
                .setServerConfig("shared_buffers", "64MB")
                .setServerConfig("log_min_messages", "fatal")
                .setPGStartupWait(Duration.ofSeconds(60));
        settings.forEach(builder::setServerConfig);
        postgres = builder.start();
    }

    /** Stops it at once, as a crash would, and starts it again on the same port with the same data. */
    public void restart() throws IOException {
        stop();
        start();
    }

    public void stop() throws IOException {
        postgres.close();
    }

    /** A copy of it as it is now, not started, on a port of its own. It is stopped for that, and started again. */
    public EmbeddedDatabase copy() throws IOException {
        stop();
        TemporaryDirectory copy = new TemporaryDirectory("tenantlist-pg-copy");
        Path to = copy.path();
        try (Stream<Path> files = Files.walk(dataDirectory)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Path target = to.resolve(dataDirectory.relativize(file));
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else if (!OF_A_PROCESS.contains(file.getFileName().toString())) {
                    Files.copy(file, target);
                }
            }
        }
        Files.setPosixFilePermissions(to, PosixFilePermissions.fromString("rwx------"));
        start();
        return new EmbeddedDatabase(copy, freePort(), settings);
    }

    /** Starts a copy as a replica, which takes the WAL of the primary from that port. */
    public void startAsReplicaOf(int primaryPort) throws IOException {
        Files.createFile(dataDirectory.resolve("standby.signal"));
        Files.writeString(
                dataDirectory.resolve("postgresql.auto.conf"),
                "primary_conninfo = 'host=127.0.0.1 port=" + primaryPort + " user=" + USER + "'\n",
                StandardOpenOption.APPEND);
        start();
    }

    /** Makes a replica a primary, with what it has. */
    public void promote() throws SQLException {
        try (Connection connection = connect("postgres");
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_promote()");
        }
    }

    /** Whether it takes a connection within that time. */
    public boolean answers(Duration limit) {
        long until = System.nanoTime() + limit.toNanos();
        do {
            try (Connection connection = connect("postgres")) {
                return connection.isValid(1);
            } catch (SQLException e) {
                Uninterruptibles.sleepUninterruptibly(100, TimeUnit.MILLISECONDS);
            }
        } while (System.nanoTime() - until < 0);
        return false;
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
        temporary.ifPresent(TemporaryDirectory::delete);
    }
}
