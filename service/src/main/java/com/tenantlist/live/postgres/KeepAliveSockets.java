package com.tenantlist.live.postgres;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketOption;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.net.SocketFactory;
import jdk.net.ExtendedSocketOptions;

/**
 * Sockets with the times of {@code keepalives_idle}, {@code _interval} (both seconds) and {@code _count}. Public, with
 * this constructor, because pgjdbc makes it by its name.
 */
public class KeepAliveSockets extends SocketFactory {
    private static final Map<String, SocketOption<Integer>> OPTIONS = Map.of(
            "idle", ExtendedSocketOptions.TCP_KEEPIDLE,
            "interval", ExtendedSocketOptions.TCP_KEEPINTERVAL,
            "count", ExtendedSocketOptions.TCP_KEEPCOUNT);

    private final Map<SocketOption<Integer>, Integer> wanted = new LinkedHashMap<>();

    /** @param argument {@code idle=10,interval=5,count=3}, of which any may be absent, and all */
    public KeepAliveSockets(String argument) {
        for (String part : argument.isEmpty() ? new String[0] : argument.split(",", -1)) {
            int equals = part.indexOf('=');
            SocketOption<Integer> option = OPTIONS.get(part.substring(0, Math.max(0, equals)));
            if (option == null) {
                throw new IllegalArgumentException("no keepalive setting: " + part);
            }
            wanted.put(option, Integer.valueOf(part.substring(equals + 1)));
        }
    }

    /** A socket that is not connected yet. */
    Socket newSocket() {
        return new Socket();
    }

    @Override
    public Socket createSocket() throws IOException {
        Socket socket = newSocket();
        for (Map.Entry<SocketOption<Integer>, Integer> option : wanted.entrySet()) {
            socket.setOption(option.getKey(), option.getValue());
        }
        return socket;
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return connected(host, port);
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
        return connected(host, port);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return connected(host.getHostAddress(), port);
    }

    @Override
    public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort)
            throws IOException {
        return connected(address.getHostAddress(), port);
    }

    private Socket connected(String host, int port) throws IOException {
        Socket socket = createSocket();
        socket.connect(new java.net.InetSocketAddress(host, port));
        return socket;
    }
}
