package com.tenantlist.live.loadtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class FrameTest {
    private static final UUID USER = LoadTenants.user(7);
    private static final UUID OTHER = LoadTenants.user(8);

    @Test
    void anEventOfTheServiceHasItsRevision() {
        Frame frame = read("metrics:updated", """
                {"businessId":"%s","metrics":{"viewsCount":3},"revision":12,"timestamp":"2026-11-26T21:00:00.000Z"},"12\"""".formatted(LoadTenants.business(USER, 3)));

        assertThat(frame).isEqualTo(new Frame("metrics:updated", 12, -1, true));
    }

    @Test
    void anEventOfAPeerHasTheNumberInItsName() {
        Frame frame = read("business:updated", """
                {"business":{"id":"%1$s","user_id":"%1$s","name":"%2$s","is_verified":false},"timestamp":"2026-11-26T21:00:00.000Z"}""".formatted(USER, LoadTenants.name(99, 41)));

        assertThat(frame).isEqualTo(new Frame("business:updated", -1, 41, true));
    }

    @Test
    void anotherNameIsNoNumber() {
        assertThat(read("business:updated", "{\"business\":{\"name\":\"Bakery-12\"},\"revision\":3}")
                        .sequence())
                .isEqualTo(-1);
    }

    @Test
    void anotherOwnersBusinessIsNotOwn() {
        assertThat(read(
                                "business:deleted",
                                "{\"businessId\":\"" + LoadTenants.business(OTHER, 0) + "\",\"revision\":3}")
                        .own())
                .isFalse();
    }

    @Test
    void oneOfAnotherOwnerAmongMoreIsSeen() {
        String state = "{\"userId\":\"%s\",\"businesses\":[{\"id\":\"%s\"},{\"id\":\"%s\"}],\"revision\":3}";

        assertThat(read(
                                "reconnected",
                                state.formatted(USER, LoadTenants.business(USER, 1), LoadTenants.business(USER, 2)))
                        .own())
                .isTrue();
        assertThat(read(
                                "reconnected",
                                state.formatted(USER, LoadTenants.business(USER, 1), LoadTenants.business(OTHER, 2)))
                        .own())
                .isFalse();
    }

    @Test
    void someoneElsesIdIsNotOwn() {
        assertThat(read("reconnected", "{\"userId\":\"00000000-0000-4000-8000-000000000001\",\"revision\":3}")
                        .own())
                .isFalse();
    }

    private static Frame read(String event, String payload) {
        String text = Frame.PREFIX + event + "\"," + payload + "]";
        return Frame.read(text.getBytes(StandardCharsets.UTF_8), Frame.owner(USER));
    }
}
