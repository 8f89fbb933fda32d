package com.tenantlist.live.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.tenantlist.live.redis.RedisConfiguration;
import com.tenantlist.live.testing.EmbeddedDatabase;
import com.tenantlist.live.testing.EmbeddedRedis;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.embedded.Redis;
import redis.embedded.RedisSentinel;
import redis.embedded.RedisServer;

/** The bus over every form of Redis that can be configured, each a real one. */
class RedisFormsTest {
    private final String channel = "bus " + UUID.randomUUID();
    private final List<AutoCloseable> parts = new ArrayList<>();

    @AfterEach
    void stop() throws Exception {
        for (int i = parts.size() - 1; i >= 0; i--) {
            parts.get(i).close();
        }
    }

    private BusNode node(String url, String caFile) throws Exception {
        RedisConfiguration config = new RedisConfiguration();
        config.url = url;
        config.caFile = caFile;
        BusNode node = new BusNode(channel, config, new BusConfiguration());
        parts.add(node);
        return node;
    }

    private void talk(BusNode speaker, BusNode listener, int number) {
        await().atMost(Duration.ofSeconds(60)).until(() -> {
            speaker.say(number);
            return listener.heardOf(speaker).contains(number);
        });
    }

    private <T extends Redis> T started(T server) {
        server.start();
        parts.add(server::stop);
        return server;
    }

    private static redis.embedded.RedisServerBuilder server(int port) {
        return RedisServer.builder().port(port).setting("bind 127.0.0.1").setting("save \"\"");
    }

    @Test
    void aUserAndAPasswordAreSent() throws Exception {
        int port = EmbeddedDatabase.freePort();
        started(server(port)
                .setting("user default off")
                .setting("user live on >s3cret@: ~* &* +@all")
                .build());
        BusNode refused = node("redis://live:wrong@127.0.0.1:" + port, "");
        talk(
                node("redis://live:s3cret%40%3A@127.0.0.1:" + port, ""),
                node("redis://live:s3cret%40%3A@127.0.0.1:" + port, ""),
                1);
        assertThat(refused.isHealthy()).isFalse();
    }

    @Test
    void tlsIsSpokenWithThoseWhoAreTrustedOnly(@TempDir Path directory) throws Exception {
        Path certificate = certificate(directory);
        int port = EmbeddedDatabase.freePort();
        RedisServer server = server(0)
                .setting("tls-port " + port)
                .setting("tls-cert-file " + certificate)
                .setting("tls-key-file " + directory.resolve("key.pem"))
                .setting("tls-ca-cert-file " + certificate)
                .setting("tls-auth-clients no")
                .build();
        started(server);
        BusNode mistrusting = node("rediss://127.0.0.1:" + port, "");
        talk(
                node("rediss://127.0.0.1:" + port, certificate.toString()),
                node("rediss://127.0.0.1:" + port, certificate.toString()),
                1);
        assertThat(mistrusting.isHealthy()).isFalse();
    }

    /** A certificate for 127.0.0.1 that signs itself, and its key. */
    private static Path certificate(Path directory) throws Exception {
        Path store = directory.resolve("store.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "redis",
                        "-keyalg",
                        "RSA",
                        "-keysize",
                        "2048",
                        "-dname",
                        "CN=redis",
                        "-ext",
                        "san=ip:127.0.0.1",
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        "changeit")
                .inheritIO()
                .start();
        assertThat(keytool.waitFor()).isZero();
        KeyStore keys = KeyStore.getInstance(store.toFile(), "changeit".toCharArray());
        Files.writeString(
                directory.resolve("key.pem"),
                pem(
                        "PRIVATE KEY",
                        keys.getKey("redis", "changeit".toCharArray()).getEncoded()));
        return Files.writeString(
                directory.resolve("cert.pem"),
                pem("CERTIFICATE", keys.getCertificate("redis").getEncoded()));
    }

    private static String pem(String what, byte[] bytes) {
        return "-----BEGIN " + what + "-----\n"
                + Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                        .encodeToString(bytes)
                + "\n-----END " + what + "-----\n";
    }

    @Test
    void sentinelsNameTheMasterAndTheNextOne() throws Exception {
        List<Integer> ports = EmbeddedDatabase.freePorts(3);
        RedisServer master = started(server(ports.get(0)).build());
        started(server(ports.get(1)).slaveOf("127.0.0.1", ports.get(0)).build());
        RedisSentinel sentinel = RedisSentinel.builder()
                .bind("127.0.0.1")
                .port(ports.get(2))
                .masterName("live")
                .masterPort(ports.get(0))
                .quorumSize(1)
                .downAfterMilliseconds(500L)
                .failoverTimeout(1_000L)
                .build();
        started(sentinel);
        String url = "redis-sentinel://127.0.0.1:" + ports.get(2) + "/live";
        BusNode speaker = node(url, "");
        BusNode listener = node(url, "");
        talk(speaker, listener, 1);
        // Who is to follow it must be known to the sentinel before it goes.
        EmbeddedRedis asked = EmbeddedRedis.at(ports.get(2));
        await().atMost(Duration.ofSeconds(30))
                .until(() -> !asked.command("SENTINEL", "REPLICAS", "live").equals("*0"));
        master.stop();
        talk(speaker, listener, 2);
    }

    @Test
    void aClusterIsFoundByOneOfItsNodes() throws Exception {
        int port = EmbeddedDatabase.freePorts(1).get(0);
        // The cluster's own port is 10,000 higher.
        int low = port > 50_000 ? port - 20_000 : port;
        started(server(low)
                .setting("cluster-enabled yes")
                .setting("cluster-announce-ip 127.0.0.1")
                .setting("cluster-config-file " + Files.createTempFile("nodes", ".conf"))
                .build());
        EmbeddedRedis.at(low).command("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
        String url = "redis-cluster://127.0.0.1:" + low;
        talk(node(url, ""), node(url, ""), 1);
    }
}
