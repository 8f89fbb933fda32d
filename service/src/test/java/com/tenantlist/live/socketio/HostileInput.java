package com.tenantlist.live.socketio;

import com.tenantlist.live.testing.RawHttp;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Random;

/** Makes input that is nearly right: every part of it is sometimes what it should be and sometimes not. */
final class HostileInput {
    private static final String[] NAMESPACES = {
        "", "", "/", "/,", "/custom,", "/custom", "/custom?x,", "/no,", "/\u0000,", "//,"
    };
    private static final String[] NAMES = {
        "message",
        "message-with-ack",
        "connect",
        "disconnect",
        "__proto__",
        "",
        "\\u0000",
        "\\ud800",
        "request:current-state"
    };
    private static final String[] SCALARS = {
        "0",
        "-1",
        "1e400",
        "1e-400",
        "99999999999999999999999",
        "true",
        "null",
        "\"\"",
        "\"\\ud800\"",
        "\"x\"",
        "NaN",
        "01",
        "'x'",
        "\"\\x\"",
        "{\"_placeholder\":true,\"num\":0}",
        "{\"_placeholder\":true,\"num\":99}",
        "{\"_placeholder\":\"x\"}",
        "{\"__proto__\":{}}"
    };

    private final Random random;

    HostileInput(Random random) {
        this.random = random;
    }

    int below(int bound) {
        return random.nextInt(bound);
    }

    private <T> T one(T[] of) {
        return of[below(of.length)];
    }

    // ---- text

    /** A Socket.IO packet of the default parser, without Engine.IO's type. */
    String packet() {
        StringBuilder text = new StringBuilder();
        text.append(below(8) == 0 ? String.valueOf((char) below(128)) : String.valueOf(below(8)));
        if (below(3) == 0) {
            text.append(number()).append(below(6) == 0 ? "" : "-");
        }
        text.append(one(NAMESPACES));
        if (below(3) == 0) {
            text.append(number());
        }
        if (below(6) > 0) {
            text.append(
                    below(4) == 0 ? json(0) : "[\"" + one(NAMES) + "\"" + (below(2) == 0 ? "" : "," + json(1)) + "]");
        }
        return mangled(text.toString());
    }

    private String number() {
        return switch (below(6)) {
            case 0 -> "";
            case 1 -> "-1";
            case 2 -> "9007199254740991";
            case 3 -> "9".repeat(1 + below(40));
            default -> String.valueOf(below(12));
        };
    }

    private String json(int depth) {
        if (below(50) == 0) {
            return (below(2) == 0 ? "[" : "{\"a\":").repeat(below(3000));
        }
        if (depth > 4 || below(3) == 0) {
            return one(SCALARS);
        }
        StringBuilder text = new StringBuilder();
        boolean array = below(2) == 0;
        text.append(array ? '[' : '{');
        int count = below(4);
        for (int i = 0; i < count; i++) {
            text.append(i == 0 ? "" : ",");
            text.append(array ? "" : "\"k" + below(3) + "\":").append(json(depth + 1));
        }
        return text.append(array ? ']' : '}').toString();
    }

    /** Now and then a character is lost, doubled or changed. */
    private String mangled(String text) {
        if (text.isEmpty() || below(4) > 0) {
            return text;
        }
        int at = below(text.length());
        return switch (below(3)) {
            case 0 -> text.substring(0, at);
            case 1 -> text.substring(0, at) + text.charAt(at) + text.substring(at);
            default -> text.substring(0, at) + (char) below(below(4) == 0 ? 65536 : 128) + text.substring(at + 1);
        };
    }

    // ---- binary

    /** A packet of MessagePack, or any bytes. */
    byte[] binary() {
        if (below(4) == 0) {
            byte[] bytes = new byte[below(60)];
            random.nextBytes(bytes);
            return bytes;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int members = below(5);
        out.write(0x80 | (below(8) == 0 ? below(16) : members));
        String[] keys = {"type", "nsp", "data", "id", "options"};
        for (int i = 0; i < members; i++) {
            string(out, keys[below(6) == 0 ? below(5) : i]);
            switch (below(5) == 0 ? below(5) : i) {
                case 0 -> out.write(below(8));
                case 1 -> string(out, one(new String[] {"/", "/custom", "/no", ""}));
                default -> value(out, 0);
            }
        }
        byte[] bytes = out.toByteArray();
        if (bytes.length > 0 && below(4) == 0) {
            bytes[below(bytes.length)] = (byte) below(256);
        }
        return bytes;
    }

    private void string(ByteArrayOutputStream out, String text) {
        out.write(0xa0 | text.length());
        out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }

    private void value(ByteArrayOutputStream out, int depth) {
        switch (below(12)) {
            case 0 -> out.writeBytes(new byte[] {(byte) (0xc4 + below(8)), (byte) below(256), (byte) below(256)});
            case 1 ->
                out.writeBytes(
                        new byte[] {(byte) (0xd9 + below(7)), (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff});
            case 2 -> out.writeBytes(new byte[] {(byte) 0xcf, -1, -1, -1, -1, -1, -1, -1, -1});
            case 3 -> out.writeBytes(new byte[] {(byte) 0xd4, (byte) below(3), 0});
            case 4, 5, 6 -> {
                int count = depth > 5 ? 0 : below(4);
                out.write(0x90 | count);
                for (int i = 0; i < count; i++) {
                    value(out, depth + 1);
                }
            }
            case 7 -> {
                for (int i = below(200); i >= 0; i--) {
                    out.write(0x91);
                }
            }
            default -> string(out, one(new String[] {"message", "x", "", "connect"}));
        }
    }

    // ---- the wire

    /** A websocket frame, masked as a client's. */
    byte[] frame() {
        byte[] payload = below(3) == 0
                ? binary()
                : (one(new String[] {"4", "4", "4", "4", "3", "2", "1", "", "b", "6"}) + packet())
                        .getBytes(StandardCharsets.UTF_8);
        int first = switch (below(12)) {
            case 0 -> below(256);
            case 1 -> 0xc0 | RawHttp.TEXT;
            case 2 -> 0x80 | RawHttp.PING;
            case 3, 4 -> 0x80 | RawHttp.BINARY;
            default -> 0x80 | RawHttp.TEXT;
        };
        byte[] frame = RawHttp.frame(first, payload);
        if (below(20) == 0) {
            frame[below(Math.min(10, frame.length))] = (byte) below(256);
        }
        return frame;
    }

    /** A request of a polling session, or of one that is not. */
    String request(String sid) {
        String method = one(new String[] {"GET", "POST", "POST", "POST", "PUT", "OPTIONS", "DELETE"});
        String query = one(new String[] {"EIO=4&", "EIO=4&", "EIO=4&", "EIO=3&", "", "EIO=4&EIO=4&", "%%&", "EIO=%zz&"})
                + one(new String[] {
                    "transport=polling&", "transport=polling&", "transport=websocket&", "transport=x&", ""
                })
                + (below(6) == 0 ? "sid=nobody" : "sid=" + sid);
        StringBuilder body = new StringBuilder();
        int packets = below(5);
        for (int i = 0; i < packets; i++) {
            body.append(i == 0 ? "" : "\u001e");
            body.append(
                    below(4) == 0
                            ? "b" + Base64.getEncoder().encodeToString(binary()) + (below(4) == 0 ? "=" : "")
                            : "4" + packet());
        }
        int length = body.toString().getBytes(StandardCharsets.UTF_8).length;
        String claimed = below(20) == 0 ? one(new String[] {"-1", "x", "99999999999", "0"}) : String.valueOf(length);
        return method + " /socket.io/?" + query + " HTTP/1.1\r\nHost: x\r\n"
                + (below(10) == 0 ? "Cookie: io=" + sid + "; accessToken=\u0001;;=\r\n" : "")
                + (below(10) == 0 ? "Connection: close\r\n" : "") + "Content-Length: " + claimed + "\r\n\r\n" + body;
    }
}
