package com.tenantlist.live.bus;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessagePack;
import org.msgpack.core.MessagePackException;
import org.msgpack.core.MessageUnpacker;

/**
 * What one publication carries. Bytes: the version; then, in MessagePack, the sender, its sequence number, its clock and
 * its messages; then the first half of an HMAC-SHA256 (RFC 2104) over all that, by which a forged or damaged one is known.
 *
 * @param sequence 1, 2, 3 … of that sender: a jump says that something was lost
 * @param sentAt by the sender's {@link System#nanoTime()}, which means something to the sender only
 */
record Frame(UUID node, long sequence, long sentAt, List<Message> messages) {
    private static final byte VERSION = 1;
    private static final int MAC_BYTES = 16;
    private static final String ALGORITHM = "HmacSHA256";

    /** Of one kind, by its code; the body is its owner's. */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody, and on the way of every event
    record Message(int kind, byte[] body) {}

    /** Writes and reads frames under one key. One thread at a time. */
    static final class Codec {
        private final Mac mac;

        /**
         * @param secret the same on all nodes
         * @param channel where the frames go; one that was sent to another channel is not taken
         */
        Codec(byte[] secret, String channel) {
            try {
                mac = Mac.getInstance(ALGORITHM);
                mac.init(new SecretKeySpec(secret, ALGORITHM));
                byte[] key = mac.doFinal(("bus " + channel).getBytes(java.nio.charset.StandardCharsets.UTF_8));
                mac.init(new SecretKeySpec(key, ALGORITHM));
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }

        byte[] encode(Frame frame) {
            try (MessageBufferPacker packer = MessagePack.newDefaultBufferPacker()) {
                packer.addPayload(new byte[] {VERSION});
                MessageBody.packUuid(packer, frame.node);
                packer.packLong(frame.sequence).packLong(frame.sentAt).packArrayHeader(frame.messages.size());
                for (Message message : frame.messages) {
                    packer.packInt(message.kind)
                            .packBinaryHeader(message.body.length)
                            .addPayload(message.body);
                }
                byte[] content = packer.toByteArray();
                byte[] signed = Arrays.copyOf(content, content.length + MAC_BYTES);
                mac.update(content);
                System.arraycopy(mac.doFinal(), 0, signed, content.length, MAC_BYTES);
                return signed;
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        /** @throws IllegalArgumentException if it is not a frame under this key, or of another version */
        Frame decode(byte[] bytes) {
            int length = bytes.length - MAC_BYTES;
            if (length < 1) {
                throw new IllegalArgumentException("too short");
            }
            mac.update(bytes, 0, length);
            byte[] expected = Arrays.copyOf(mac.doFinal(), MAC_BYTES);
            if (!MessageDigest.isEqual(expected, Arrays.copyOfRange(bytes, length, bytes.length))) {
                throw new IllegalArgumentException("not signed with this installation's secret");
            }
            if (bytes[0] != VERSION) {
                throw new IllegalArgumentException("of version " + bytes[0] + ", and this node speaks " + VERSION);
            }
            try (MessageUnpacker unpacker = MessagePack.newDefaultUnpacker(bytes, 1, length - 1)) {
                UUID node = MessageBody.unpackUuid(unpacker);
                long sequence = unpacker.unpackLong();
                long sentAt = unpacker.unpackLong();
                int count = unpacker.unpackArrayHeader();
                List<Message> messages = new ArrayList<>();
                for (int i = 0; i < count; i++) {
                    messages.add(
                            new Message(unpacker.unpackInt(), unpacker.readPayload(unpacker.unpackBinaryHeader())));
                }
                return new Frame(node, sequence, sentAt, messages);
            } catch (MessagePackException | IOException e) {
                throw new IllegalArgumentException("malformed: " + e.getMessage(), e);
            }
        }
    }
}
