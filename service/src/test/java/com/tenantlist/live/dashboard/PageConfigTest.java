package com.tenantlist.live.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.tenantlist.live.testing.LiveService;
import com.tenantlist.live.testing.Rest;
import io.dropwizard.jersey.validation.Validators;
import java.net.http.HttpRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PageConfigTest {
    private static String told(LiveService service) throws Exception {
        return Rest.send(HttpRequest.newBuilder(service.api().resolve("/page.json"))
                        .build())
                .text();
    }

    @Test
    void thePageIsToldWhereOneSignsInAndOutIfThatIsConfigured() throws Exception {
        try (LiveService service = LiveService.onSharedParts().start()) {
            assertThat(told(service))
                    .isEqualTo("{\"socketUrl\":\"http://127.0.0.1:"
                            + service.sockets().getPort() + "\"}");
        }
        try (LiveService service = LiveService.onSharedParts()
                .with("dashboard.socketUrl", "https://live.example.com")
                .with("dashboard.signInUrl", "https://id.example.com/login?next=\"x\"")
                .with("dashboard.signOutUrl", "/bye")
                .start()) {
            assertThat(told(service))
                    .isEqualTo("{\"socketUrl\":\"https://live.example.com\","
                            + "\"signInUrl\":\"https://id.example.com/login?next=\\\"x\\\"\",\"signOutUrl\":\"/bye\"}");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/login?a=b#c", "https://id.example.com", "http://[::1]:8080/login", ""})
    void aPathOrAnAddressIsTaken(String url) {
        assertThat(faults(url)).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "//evil.com",
                "/\\evil.com",
                "/\t/evil.com",
                "login",
                "javascript:alert(1)",
                "https://",
                "https:///x",
                "https://a@evil.com",
                "https://id.example.com\\@evil.com",
                "ftp://id.example.com",
                "/log in",
                "/\n"
            })
    void whatIsNeitherIsNot(String url) {
        assertThat(faults(url)).isEqualTo(2);
    }

    private static int faults(String url) {
        DashboardConfiguration config = new DashboardConfiguration();
        config.signInUrl = url;
        config.signOutUrl = url;
        return Validators.newValidator().validate(config).size();
    }
}
