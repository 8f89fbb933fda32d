package com.tenantlist.live.socketio.packet;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EnginePacketTest {
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 125, 126, 65_535, 65_536, 200_000})
    void aFrameIsTheHeaderOfItsLengthAndThePayload(int length) throws Exception {
        byte[] noise = new byte[length];
        new Random(length).nextBytes(noise);
        EnginePacket packet = EnginePacket.message(noise);
        assertThat(packet.length()).isEqualTo(length);
        assertThat(payload(0x82, packet.frame())).isEqualTo(noise);
        assertThat(inflated(payload(0xc2, packet.deflatedFrame()))).isEqualTo(noise);
    }

    @Test
    void textIsItsTypeAndUtf8AndIsCompressedOnceForAll() throws Exception {
        EnginePacket packet = EnginePacket.message("grüße ".repeat(500));
        byte[] payload = ("4" + "grüße ".repeat(500)).getBytes(StandardCharsets.UTF_8);
        assertThat(payload(0x81, packet.frame())).isEqualTo(payload);
        assertThat(packet.deflatedFrame()).hasSizeLessThan(200).isSameAs(packet.deflatedFrame());
        assertThat(inflated(payload(0xc1, packet.deflatedFrame()))).isEqualTo(payload);
    }

    @Test
    void pollingGetsTheTextOrBase64() {
        ByteBuf body = Unpooled.buffer();
        EnginePacket.message("é").writeTo(body);
        EnginePacket.message(new byte[] {1, 2, 3, 4}).writeTo(body);
        assertThat(body.toString(StandardCharsets.UTF_8)).isEqualTo("4ébAQIDBA==");
    }

    private static byte[] payload(int first, byte[] frame) {
        assertThat(frame[0] & 0xff).isEqualTo(first);
        int length = frame[1];
        int header = 2;
        if (length == 126) {
            length = (frame[2] & 0xff) << 8 | frame[3] & 0xff;
            header = 4;
        } else if (length == 127) {
            length = new java.math.BigInteger(Arrays.copyOfRange(frame, 2, 10)).intValueExact();
            header = 10;
        }
        assertThat(frame).hasSize(header + length);
        if ((first & 0x40) != 0) {
            assertThat(Arrays.copyOfRange(frame, Math.max(0, frame.length - 4), frame.length))
                    .as("the tail of a flush")
                    .isNotEqualTo(new byte[] {0, 0, -1, -1});
        }
        return Arrays.copyOfRange(frame, header, frame.length);
    }

    /** As RFC 7692 has it: after the tail that was left out. */
    private static byte[] inflated(byte[] payload) throws DataFormatException {
        byte[] whole = Arrays.copyOf(payload, payload.length + 4);
        whole[whole.length - 1] = (byte) 0xff;
        whole[whole.length - 2] = (byte) 0xff;
        Inflater inflater = new Inflater(true);
        inflater.setInput(whole);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] buffer = new byte[1000];
        for (int count; (count = inflater.inflate(buffer)) > 0; ) {
            out.write(buffer, 0, count);
        }
        inflater.end();
        return out.toByteArray();
    }
}
