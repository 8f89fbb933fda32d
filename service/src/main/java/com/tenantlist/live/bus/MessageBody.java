package com.tenantlist.live.bus;

import java.io.IOException;
import java.util.UUID;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessagePack;
import org.msgpack.core.MessagePackException;
import org.msgpack.core.MessageUnpacker;

/** Writes and reads the bodies of messages: MessagePack behind a byte that names the version. Any thread. */
public final class MessageBody {
    private static final byte VERSION = 1;

    private MessageBody() {}

    /** Writes what a message says. */
    public interface Writer {
        void write(MessageBufferPacker out) throws IOException;
    }

    /** Reads what a message says. */
    public interface Reader<T> {
        T read(MessageUnpacker in) throws IOException;
    }

    public static byte[] write(Writer writer) {
        try (MessageBufferPacker out = MessagePack.newDefaultBufferPacker()) {
            out.addPayload(new byte[] {VERSION});
            writer.write(out);
            return out.toByteArray();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** @throws IllegalArgumentException if the reader cannot make sense of it, or it is of another version */
    public static <T> T read(byte[] body, Reader<T> reader) {
        if (body.length == 0 || body[0] != VERSION) {
            throw new IllegalArgumentException("a message of another version than " + VERSION);
        }
        try (MessageUnpacker in = MessagePack.newDefaultUnpacker(body, 1, body.length - 1)) {
            return reader.read(in);
        } catch (MessagePackException | IOException | IndexOutOfBoundsException e) {
            throw new IllegalArgumentException("malformed: " + e.getMessage(), e);
        }
    }

    public static void packUuid(MessageBufferPacker out, UUID uuid) throws IOException {
        byte[] bytes = Uuids.bytes(uuid);
        out.packBinaryHeader(bytes.length).addPayload(bytes);
    }

    /** @throws IllegalArgumentException if it has not 16 bytes */
    public static UUID unpackUuid(MessageUnpacker in) throws IOException {
        return Uuids.of(in.readPayload(in.unpackBinaryHeader()));
    }
}
