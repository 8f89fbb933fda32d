package com.tenantlist.live.loadtest;

import com.tenantlist.live.protocol.Role;
import com.tenantlist.live.protocol.TokenClaims;
import com.tenantlist.live.protocol.TokenIssuer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.net.URI;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code push}: N dashboards, SQL changes at a rate. Each change updates one row and commits; the clock runs from the
 * moment it was due, and from the moment COMMIT is sent, to the arrival of its event at each of the tenant's dashboards.
 * Times are taken in this process by one clock.
 */
@Command(
        name = "push",
        mixinStandardHelpOptions = true,
        description = "SQL changes at a rate, and the time until each dashboard has their events.")
final class PushScenario implements Callable<Integer> {
    @Option(names = "--socket", defaultValue = "ws://127.0.0.1:3000", description = "Default: ${DEFAULT-VALUE}.")
    private URI socket = URI.create("ws://127.0.0.1:3000");

    @Option(
            names = "--database",
            defaultValue = "${DATABASE_URL:-postgresql://postgres@127.0.0.1:15432/tenantlist}",
            description = "Default: $DATABASE_URL, or the database of bin/dev.")
    private String database = "";

    @Option(
            names = "--secret",
            required = true,
            defaultValue = "${JWT_SECRET}",
            description = "The HS256 secret. Default: $JWT_SECRET.")
    private String secret = "";

    @Option(names = "--tenants", defaultValue = "50", description = "Tenants that change. Default: ${DEFAULT-VALUE}.")
    private int tenants = 50;

    @Option(
            names = "--sockets",
            defaultValue = "100",
            description = "Dashboards in all, at most 10000. Default: ${DEFAULT-VALUE}.")
    private int sockets = 100;

    @Option(names = "--rate", defaultValue = "100", description = "Changes a second. Default: ${DEFAULT-VALUE}.")
    private int rate = 100;

    @Option(names = "--writers", defaultValue = "8", description = "Database connections. Default: ${DEFAULT-VALUE}.")
    private int writers = 8;

    @Option(names = "--warmup", defaultValue = "5", description = "Seconds not measured. Default: ${DEFAULT-VALUE}.")
    private int warmupSeconds = 5;

    @Option(names = "--seconds", defaultValue = "30", description = "Seconds measured. Default: ${DEFAULT-VALUE}.")
    private int seconds = 30;

    @Override
    public Integer call() throws SQLException, InterruptedException {
        if (sockets < 1 || sockets > 10_000 || tenants < 1 || rate < 1 || writers < 1) {
            System.err.println("push: --sockets is 1 to 10000; --tenants, --rate and --writers are at least 1");
            return 2;
        }
        List<UUID> users = new ArrayList<>();
        for (int i = 1; i <= tenants; i++) {
            users.add(new UUID(0x4c4f_4144_0000_4000L, 0x8000_0000_0000_0000L | i));
        }
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
        Commits commits = new Commits();
        try (Writers changes = Writers.open(database, writers, users, commits)) {
            TokenIssuer issuer = new TokenIssuer(secret);
            List<DashboardClient> clients = new ArrayList<>();
            long connecting = System.nanoTime();
            for (int i = 0; i < sockets; i++) {
                UUID user = users.get(i % tenants);
                clients.add(DashboardClient.connect(loops, socket, user, token(issuer, user), commits));
                if (clients.size() % 100 == 0 || clients.size() == sockets) {
                    for (DashboardClient client : clients) {
                        client.awaitState();
                    }
                }
            }
            System.err.printf("%d dashboards open after %.1f s%n", sockets, (System.nanoTime() - connecting) / 1e9);

            changes.run(rate, Duration.ofSeconds(warmupSeconds));
            commits.startMeasuring();
            long made = changes.run(rate, Duration.ofSeconds(seconds));
            boolean all = commits.awaitDelivery(clients, Duration.ofSeconds(10));
            return report(clients, commits, made, all);
        } finally {
            loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
        }
    }

    private static String token(TokenIssuer issuer, UUID user) {
        return issuer.issue(new TokenClaims(
                user,
                Optional.empty(),
                Role.TENANT,
                Optional.empty(),
                Instant.now().plus(Duration.ofHours(2))));
    }

    private int report(List<DashboardClient> clients, Commits commits, long made, boolean all) {
        long lost = 0;
        long duplicates = 0;
        long disorder = 0;
        for (DashboardClient client : clients) {
            lost += client.lost();
            duplicates += client.duplicates();
            disorder += client.outOfOrder();
        }
        Histogram fromCommit = commits.fromCommit();
        System.out.printf(
                "sockets=%d tenants=%d rate=%d changes=%d deliveries=%d%n",
                sockets, tenants, rate, made, fromCommit.getTotalCount());
        print("commit to event", fromCommit);
        print("due to event   ", commits.fromDue());
        System.out.printf("lost=%d duplicates=%d outOfOrder=%d complete=%b%n", lost, duplicates, disorder, all);
        return lost + duplicates + disorder == 0 && all ? 0 : 1;
    }

    private static void print(String name, Histogram micros) {
        System.out.printf(
                "%s  p50=%.2f ms  p90=%.2f ms  p99=%.2f ms  p99.9=%.2f ms  max=%.2f ms%n",
                name,
                micros.getValueAtPercentile(50) / 1000.0,
                micros.getValueAtPercentile(90) / 1000.0,
                micros.getValueAtPercentile(99) / 1000.0,
                micros.getValueAtPercentile(99.9) / 1000.0,
                micros.getMaxValue() / 1000.0);
    }
}
