package com.tenantlist.live.postgres;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;

/**
 * Sockets that do not wait when pgjdbc only asks whether more has come. It asks by a read with a limit of 1 ms, the least that a
 * socket takes ({@code PGStream.hasMessagePending}), after each message that {@code PGReplicationStream.readPending} finds
 * to be the last: whoever relays what was read when there is no more would relay it 1 ms late. Also under TLS, whose records
 * are read on from where such a read has ended. Public, with this constructor, because pgjdbc makes it by its name.
 */
public final class ReplicationSockets extends KeepAliveSockets {
    /** The limit that pgjdbc asks with; nobody waits for an answer with it. */
    static final int ASKS_MILLIS = 1;

    public ReplicationSockets(String argument) {
        super(argument);
    }

    @Override
    Socket newSocket() {
        return new AskedSocket();
    }

    private static final class AskedSocket extends Socket {
        private volatile boolean asks;

        @Override
        public synchronized void setSoTimeout(int millis) throws SocketException {
            super.setSoTimeout(millis);
            asks = millis == ASKS_MILLIS;
        }

        @Override
        public InputStream getInputStream() throws IOException {
            return new FilterInputStream(super.getInputStream()) {
                @Override
                public int read(byte[] bytes, int offset, int length) throws IOException {
                    if (asks && in.available() == 0) {
                        throw new NothingYet();
                    }
                    return in.read(bytes, offset, length);
                }
            };
        }
    }

    /** Thrown often, and read by nobody. */
    private static final class NothingYet extends SocketTimeoutException {
        private static final long serialVersionUID = 1;

        NothingYet() {
            super("nothing has come yet");
        }

        @Override
        public Throwable fillInStackTrace() {
            return this;
        }
    }
}
