package com.tenantlist.live.testing;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A node in a process of its own, on ports that stay the same, which can be frozen and killed. Its log goes to a file. */
public final class ServiceProcess implements AutoCloseable {
    private static final long DESCRIPTORS = 4096;

    private final Map<String, String> environment = new LinkedHashMap<>();
    private final int appPort;
    private final int adminPort;
    private final int socketPort;
    private final Path log;
    private Process process;
    private boolean wanted;

    public ServiceProcess(String name, Path logs, Map<String, String> settings) {
        List<Integer> ports = EmbeddedDatabase.freePorts(3);
        appPort = ports.get(0);
        adminPort = ports.get(1);
        socketPort = ports.get(2);
        log = logs.resolve(name + ".log");
        environment.put("APP_PORT", String.valueOf(appPort));
        environment.put("ADMIN_PORT", String.valueOf(adminPort));
        environment.put("SOCKET_PORT", String.valueOf(socketPort));
        environment.put("NODE_NAME", name);
        environment.put("JWT_SECRET", LiveService.SECRET);
        environment.putAll(settings);
    }

    public int appPort() {
        return appPort;
    }

    public int socketPort() {
        return socketPort;
    }

    public Path log() {
        return log;
    }

    /** Starts it; {@link #isReady} says when it serves. */
    public synchronized void start() throws IOException {
        wanted = true;
        Files.createDirectories(log.getParent());
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "com.tenantlist.live.LiveApplication",
                "server",
                // From the module, or from the root.
                new File("config.yml").exists() ? "config.yml" : "../config.yml");
        builder.environment().putAll(environment);
        builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        process = builder.start();
    }

    /** Starts it again if it has ended by itself, as whoever runs a service does. */
    public synchronized void supervise() {
        if (wanted && !process.isAlive()) {
            try {
                start();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    public boolean isReady() {
        return answers("/ready") == HttpURLConnection.HTTP_OK;
    }

    private int answers(String path) {
        try {
            HttpURLConnection connection = (HttpURLConnection)
                    URI.create("http://127.0.0.1:" + adminPort + path).toURL().openConnection();
            connection.setConnectTimeout(500);
            connection.setReadTimeout(500);
            return connection.getResponseCode();
        } catch (IOException e) {
            return -1;
        }
    }

    /** The admin port's answer. */
    public String admin(String path) {
        try (var in = URI.create("http://127.0.0.1:" + adminPort + path).toURL().openStream()) {
            return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** SIGKILL. */
    public synchronized void kill() throws InterruptedException {
        wanted = false;
        process.destroyForcibly().waitFor();
    }

    /** SIGTERM, and waits for the end. */
    public synchronized void terminate() throws InterruptedException {
        wanted = false;
        process.destroy();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            throw new IllegalStateException("the node does not end within a minute of SIGTERM");
        }
    }

    /** SIGSTOP. */
    public void freeze() {
        signal("STOP", process.pid());
    }

    /** SIGCONT. */
    public void thaw() {
        signal("CONT", process.pid());
    }

    /** It can open no more files and sockets than it has open now, until {@link #feedDescriptors}. */
    public void starveOfDescriptors() throws IOException {
        try (var open = Files.list(Path.of("/proc", String.valueOf(process.pid()), "fd"))) {
            limitDescriptors(open.count());
        }
    }

    public void feedDescriptors() throws IOException {
        limitDescriptors(DESCRIPTORS);
    }

    private void limitDescriptors(long count) throws IOException {
        run("prlimit", "--pid", String.valueOf(process.pid()), "--nofile=" + count + ":");
    }

    /** Sends a signal to a process that a test started. */
    public static void signal(String signal, long pid) {
        try {
            run("kill", "-" + signal, String.valueOf(pid));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void run(String... command) throws IOException {
        try {
            new ProcessBuilder(command).start().waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public synchronized void close() {
        wanted = false;
        if (process != null) {
            process.destroyForcibly();
        }
    }
}
