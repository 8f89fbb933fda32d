package com.tenantlist.live.testing;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import org.netcrusher.core.reactor.NioReactor;
import org.netcrusher.tcp.TcpCrusher;
import org.netcrusher.tcp.TcpCrusherBuilder;
import org.slf4j.LoggerFactory;

/** A TCP line to a port that can be cut, frozen and slowed down. */
public final class CutLine implements AutoCloseable {
    static {
        // It reports every connection that a cut ends, or that finds nobody, as an error.
        ((Logger) LoggerFactory.getLogger("org.netcrusher")).setLevel(Level.OFF);
    }

    /**
     * Of 32 KB, for each connection each way; NetCrusher takes them all, of direct memory, when one connects. By default 64: with 4 MB a
     * connection, some hundreds that a frozen line keeps are more than the suite has.
     */
    private static final int BUFFERS = 4;

    private final NioReactor reactor = new NioReactor();
    private final TcpCrusher crusher;
    private volatile long delayNanos;

    public CutLine(int entry, int target) throws IOException {
        crusher = TcpCrusherBuilder.builder()
                .withReactor(reactor)
                .withBindAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), entry))
                .withConnectAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), target))
                .withBufferCount(BUFFERS)
                .withIncomingThrottlerFactory(address -> bytes -> delayNanos)
                .withOutgoingThrottlerFactory(address -> bytes -> delayNanos)
                .buildAndOpen();
    }

    public URI uri() {
        return URI.create("http://127.0.0.1:" + crusher.getBindAddress().getPort());
    }

    /** Ends all connections, and refuses new ones until {@link #restore}. */
    public synchronized void cut() {
        if (crusher.isOpen()) {
            crusher.close();
        }
    }

    public synchronized void restore() {
        if (!crusher.isOpen()) {
            crusher.open();
        }
    }

    /** Ends all connections; new ones are let in. */
    public synchronized void drop() {
        if (crusher.isOpen()) {
            crusher.closeAllPairs();
        }
    }

    /** Nothing passes until {@link #thaw}; nothing is lost. */
    public synchronized void freeze() {
        if (crusher.isOpen() && !crusher.isFrozen()) {
            crusher.freeze();
        }
    }

    public synchronized void thaw() {
        delayNanos = 0;
        if (crusher.isOpen() && crusher.isFrozen()) {
            crusher.unfreeze();
        }
    }

    /** Every piece of up to some kilobytes is held back for so long, each way, until {@link #thaw}. */
    public void slowDown(int millis) {
        delayNanos = TimeUnit.MILLISECONDS.toNanos(millis);
    }

    @Override
    public void close() {
        cut();
        reactor.close();
    }
}
