package com.tenantlist.live.redis;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import javax.net.ssl.TrustManagerFactory;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.BaseConfig;
import org.redisson.config.BaseMasterSlaveServersConfig;
import org.redisson.config.Config;
import org.redisson.config.ConstantDelay;
import org.redisson.config.ReadMode;

/** Makes Redisson clients that are small, and give up soon: Redisson's own limits are meant for those who depend on it. */
final class RedisClients {
    private static final int THREADS = 2;
    private static final int POOL = 8;
    private static final int COMMAND_TIMEOUT_MILLIS = 500;
    private static final int PING_MILLIS = 1000;
    private static final int TOPOLOGY_SCAN_MILLIS = 1000;

    /** Redisson's timer ticks each 50 ms where this is 100 ms, and each 100 ms for more whole hundreds: all that an idle client does. */
    private static final Duration RETRY_DELAY = Duration.ofMillis(200);

    private static final Duration RECONNECT_DELAY = Duration.ofMillis(500);

    private RedisClients() {}

    /**
     * A client that connects when it is first used.
     *
     * @throws IllegalArgumentException if the file of certificates cannot be read
     */
    static RedissonClient create(RedisUrl url, RedisConfiguration config) {
        Config redisson = new Config();
        redisson.setLazyInitialization(true);
        redisson.setThreads(THREADS);
        redisson.setNettyThreads(THREADS);
        redisson.setCodec(StringCodec.INSTANCE);
        url.user().ifPresent(redisson::setUsername);
        url.password().ifPresent(redisson::setPassword);
        if (url.tls() && !config.caFile.isEmpty()) {
            redisson.setSslTrustManagerFactory(trusting(Path.of(config.caFile)));
        }
        switch (url.kind()) {
            case SINGLE ->
                patience(redisson.useSingleServer())
                        .setAddress(url.uris().get(0))
                        .setDatabase(url.database())
                        .setConnectionPoolSize(POOL)
                        .setConnectionMinimumIdleSize(1)
                        .setSubscriptionConnectionPoolSize(2)
                        .setSubscriptionConnectionMinimumIdleSize(1);
            case SENTINEL -> {
                var sentinels = redisson.useSentinelServers()
                        .setMasterName(url.masterName())
                        .setCheckSentinelsList(false)
                        .setScanInterval(TOPOLOGY_SCAN_MILLIS);
                url.uris().forEach(sentinels::addSentinelAddress);
                patience(pools(sentinels));
            }
            case CLUSTER -> {
                var cluster = redisson.useClusterServers().setScanInterval(TOPOLOGY_SCAN_MILLIS);
                url.uris().forEach(cluster::addNodeAddress);
                patience(pools(cluster));
            }
        }
        return Redisson.create(redisson);
    }

    /** A replica may be behind: what was written must be what is read. */
    private static <T extends BaseMasterSlaveServersConfig<T>> T pools(T servers) {
        return servers.setReadMode(ReadMode.MASTER)
                .setMasterConnectionPoolSize(POOL)
                .setMasterConnectionMinimumIdleSize(1)
                .setSlaveConnectionMinimumIdleSize(1)
                .setSubscriptionConnectionPoolSize(2)
                .setSubscriptionConnectionMinimumIdleSize(1);
    }

    private static <T extends BaseConfig<T>> T patience(T servers) {
        return servers.setTimeout(COMMAND_TIMEOUT_MILLIS)
                .setConnectTimeout(COMMAND_TIMEOUT_MILLIS)
                .setSubscriptionTimeout(COMMAND_TIMEOUT_MILLIS)
                .setRetryAttempts(1)
                .setRetryDelay(new ConstantDelay(RETRY_DELAY))
                .setReconnectionDelay(new ConstantDelay(RECONNECT_DELAY))
                .setPingConnectionInterval(PING_MILLIS);
    }

    private static TrustManagerFactory trusting(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int number = 0;
            for (Certificate certificate :
                    CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry("ca-" + number++, certificate);
            }
            if (number == 0) {
                throw new IllegalArgumentException("REDIS_CA_FILE: no certificate in " + file);
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            return factory;
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalArgumentException("REDIS_CA_FILE: " + file + " cannot be read: " + e.getMessage(), e);
        }
    }
}
