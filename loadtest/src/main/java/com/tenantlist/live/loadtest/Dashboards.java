package com.tenantlist.live.loadtest;

import com.sun.management.UnixOperatingSystemMXBean;
import com.tenantlist.live.loadtest.DashboardClient.Manner;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Dashboards of several tenants in turn, from several addresses of this machine. */
final class Dashboards implements AutoCloseable {
    /** At most so many in one process. */
    static final int MOST = 10_000;

    private static final int THREADS = 2;
    private static final int OTHER_DESCRIPTORS = 200;

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(THREADS, NioIoHandler.newFactory());
    private final List<DashboardClient> clients = new ArrayList<>();

    /** Makes them, and connects none. */
    Dashboards(Target target, int addresses, List<UUID> users, int count, Manner manner, Commits commits) {
        checkDescriptors(count);
        Tokens tokens = new Tokens(target.secret());
        Bootstrap bootstrap = new Bootstrap().group(loops).channel(NioSocketChannel.class);
        for (int i = 0; i < count; i++) {
            UUID user = users.get(i % users.size());
            clients.add(new DashboardClient(
                    bootstrap,
                    node(target, i, users.size()),
                    source(i, addresses),
                    user,
                    tokens.of(user),
                    manner,
                    commits));
        }
    }

    /** In turn, of all together and of each tenant. */
    static URI node(Target target, int number, int tenants) {
        int tenant = number % tenants;
        int round = number / tenants;
        return target.sockets().get((tenant + round) % target.sockets().size());
    }

    private static void checkDescriptors(int count) {
        OperatingSystemMXBean system = ManagementFactory.getOperatingSystemMXBean();
        if (system instanceof UnixOperatingSystemMXBean unix
                && unix.getMaxFileDescriptorCount() < count + OTHER_DESCRIPTORS) {
            throw new IllegalArgumentException("--sockets " + count + " needs " + (count + OTHER_DESCRIPTORS)
                    + " file descriptors, and this process may have " + unix.getMaxFileDescriptorCount()
                    + "; raise them with: ulimit -n " + (count + OTHER_DESCRIPTORS));
        }
    }

    /** With one address the system chooses; else 127.0.0.1, 127.0.0.2 and so on, of which Linux lets anyone have any. */
    private static @Nullable SocketAddress source(int number, int addresses) {
        return addresses == 1 ? null : new InetSocketAddress("127.0.0." + (1 + number % addresses), 0);
    }

    /**
     * Connects them, so many at a time, and waits until all are in.
     *
     * @throws IllegalStateException if one was not let in, or the time is over
     */
    void open(int atOnce, Duration timeout) throws InterruptedException {
        long until = System.nanoTime() + timeout.toNanos();
        for (int from = 0; from < clients.size(); from += atOnce) {
            List<DashboardClient> wave = clients.subList(from, Math.min(clients.size(), from + atOnce));
            wave.forEach(DashboardClient::connect);
            for (DashboardClient client : wave) {
                if (!client.awaitReady(until)) {
                    throw new IllegalStateException("a dashboard was not let in (" + client.fault() + "); " + from
                            + " of " + clients.size() + " were, " + timeout.toSeconds() + " s is the limit");
                }
            }
            Progress.say((from + wave.size()) + " of " + clients.size() + " dashboards are open");
        }
    }

    List<DashboardClient> clients() {
        return Collections.unmodifiableList(clients);
    }

    /** Of all; a dashboard that was closed counts as lost. */
    Faults faults() {
        Faults faults = Faults.NONE;
        for (DashboardClient client : clients) {
            faults = faults.plus(client.faults());
            if (client.isOver()) {
                faults = faults.plus(Faults.lost(1));
            }
        }
        return faults;
    }

    @Override
    public void close() {
        clients.forEach(DashboardClient::close);
        loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
