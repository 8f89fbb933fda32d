package com.tenantlist.live.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A real Postgres of another version than the embedded one, from programs that bin/test provides: initdb and postgres in one
 * directory. Its data are temporary; it ends with the JVM, or when closed.
 */
public final class InstalledPostgres implements AutoCloseable {
    private static final long START_SECONDS = 60;

    private final Path programs;
    private final TemporaryDirectory directory;
    private final Path data;
    private final int port;

    private InstalledPostgres(Path programs, TemporaryDirectory directory, int port) {
        this.programs = programs;
        this.directory = directory;
        this.data = directory.path().resolve("data");
        this.port = port;
    }

    /** The directory of PostgreSQL 15's programs, if bin/test gave it. */
    public static Optional<Path> programsOf15() {
        return Optional.ofNullable(System.getProperty("postgres15"))
                .filter(directory -> !directory.isBlank())
                .map(Path::of)
                .filter(directory -> Files.isExecutable(directory.resolve("initdb")));
    }

    /** Starts an empty one on a free port, with these settings; its superuser is {@code postgres}, without a password. */
    public static InstalledPostgres start(Path programs, Map<String, String> settings) {
        try {
            InstalledPostgres server = new InstalledPostgres(
                    programs, new TemporaryDirectory("tenantlist-installed-pg"), EmbeddedDatabase.freePort());
            server.run("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "-N");
            StringBuilder options =
                    new StringBuilder("-p ").append(server.port).append(" -k ").append(server.directory.path());
            settings.forEach((name, value) ->
                    options.append(" -c ").append(name).append('=').append(value));
            server.run(
                    "pg_ctl",
                    "-w",
                    "-t",
                    String.valueOf(START_SECONDS),
                    "-l",
                    server.directory.path().resolve("log").toString(),
                    "-o",
                    options.toString(),
                    "start");
            Runtime.getRuntime().addShutdownHook(new Thread(server::close, "installed-postgres-closer"));
            return server;
        } catch (IOException e) {
            throw new IllegalStateException("the installed Postgres does not start", e);
        }
    }

    public int port() {
        return port;
    }

    /** Runs one of its programs on the data. Postgres refuses to run as root: there it runs as nobody in particular. */
    private void run(String program, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        if (System.getProperty("user.name").equals("root")) {
            command.addAll(List.of("unshare", "-U"));
        }
        command.addAll(List.of(programs.resolve(program).toString(), "-D", data.toString()));
        command.addAll(List.of(arguments));
        Path said = directory.path().resolve(program + ".log");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        try {
            if (!process.waitFor(2 * START_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IOException(program + " failed: " + Files.readString(said));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    @Override
    public void close() {
        if (Files.exists(data.resolve("postmaster.pid"))) {
            try {
                run("pg_ctl", "-m", "immediate", "-w", "stop");
            } catch (IOException e) {
                throw new IllegalStateException("the installed Postgres does not stop", e);
            }
        }
        directory.delete();
    }
}
