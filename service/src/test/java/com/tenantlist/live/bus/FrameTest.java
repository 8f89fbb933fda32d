package com.tenantlist.live.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class FrameTest {
    private static final byte[] SECRET = "a secret of 32 bytes, or of more".getBytes(StandardCharsets.UTF_8);

    private final Frame.Codec codec = new Frame.Codec(SECRET, "here");
    private final Frame frame = new Frame(
            UUID.randomUUID(),
            7,
            -42,
            List.of(new Frame.Message(1, new byte[] {1, 2, 3}), new Frame.Message(99, new byte[0])));

    @Test
    void whatIsWrittenIsRead() {
        Frame read = codec.decode(codec.encode(frame));
        assertThat(read.node()).isEqualTo(frame.node());
        assertThat(read.sequence()).isEqualTo(7);
        assertThat(read.sentAt()).isEqualTo(-42);
        assertThat(read.messages()).extracting(Frame.Message::kind).containsExactly(1, 99);
        assertThat(read.messages().get(0).body()).containsExactly(1, 2, 3);
    }

    @Test
    void aFrameOfAnotherSecretOrAnotherChannelIsRefused() {
        byte[] other = SECRET.clone();
        other[5]++;
        for (Frame.Codec stranger : List.of(new Frame.Codec(other, "here"), new Frame.Codec(SECRET, "there"))) {
            assertThatThrownBy(() -> codec.decode(stranger.encode(frame)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("not signed");
        }
    }

    @Test
    void noDamageOfAnyKindPasses() {
        byte[] good = codec.encode(frame);
        for (int bit = 0; bit < 8 * good.length; bit++) {
            byte[] bad = good.clone();
            bad[bit / 8] ^= (byte) (1 << (bit % 8));
            assertThatThrownBy(() -> codec.decode(bad)).isInstanceOf(IllegalArgumentException.class);
        }
        for (int length = 0; length < good.length; length++) {
            byte[] bad = Arrays.copyOf(good, length);
            assertThatThrownBy(() -> codec.decode(bad)).isInstanceOf(IllegalArgumentException.class);
        }
        Random random = new Random(1);
        for (int i = 0; i < 1000; i++) {
            byte[] bad = new byte[random.nextInt(200)];
            random.nextBytes(bad);
            assertThatThrownBy(() -> codec.decode(bad)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(codec.decode(good).sequence()).as("the codec still works").isEqualTo(7);
    }
}
