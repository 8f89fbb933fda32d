package com.tenantlist.live.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ColorScheme;
import com.tenantlist.live.testing.LiveService;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The page in a real browser: Debian's Chromium, which {@code bin/test} installs. */
class PageTest {
    @RegisterExtension
    static final LiveService service = LiveService.onSharedParts();

    private static Playwright playwright;
    private static Browser browser;

    private final UUID user = UUID.randomUUID();
    private final List<String> faults = new ArrayList<>();
    private Page page;

    @BeforeAll
    static void startBrowser() {
        playwright = Playwright.create();
        browser = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(Path.of(System.getProperty("chromium", "/usr/bin/chromium")))
                        .setArgs(List.of(
                                "--no-sandbox",
                                "--disable-gpu",
                                "--disable-quic",
                                "--disable-background-networking",
                                "--disable-component-update",
                                "--disable-sync")));
    }

    @AfterAll
    static void stopBrowser() {
        browser.close();
        playwright.close();
    }

    @BeforeEach
    void openPage() {
        page = browser.newPage(new Browser.NewPageOptions().setColorScheme(ColorScheme.LIGHT));
        page.onConsoleMessage(message -> {
            if (message.type().equals("error")) {
                faults.add(message.text());
            }
        });
        page.onPageError(faults::add);
    }

    @AfterEach
    void thePageHadNoErrors() {
        page.close();
        Assertions.assertThat(faults).isEmpty();
    }

    private void openDashboard() {
        page.navigate(service.api() + "/#token=" + LiveService.token(user));
        assertThat(page.getByRole(com.microsoft.playwright.options.AriaRole.STATUS))
                .containsText("Live");
    }

    private com.microsoft.playwright.Locator figure(String kpi) {
        return page.locator("[data-kpi=" + kpi + "] .figure");
    }

    @Test
    void aChangeBySqlMovesTheTileWithoutAReload() throws Exception {
        UUID business = service.createBusiness(user, "Riverside Bakery");
        openDashboard();
        assertThat(figure("activeBusinesses")).hasText("1");
        assertThat(figure("landlordViews")).hasText("0");
        page.evaluate("window.sameDocument = true");
        service.sql(
                "UPDATE business_metrics SET views_count = 1234, messages_count = 3, property_invites_count = 4 WHERE id = '"
                        + business + "'");
        assertThat(figure("landlordViews")).hasText("1,234");
        assertThat(figure("messagesTotal")).hasText("3");
        assertThat(figure("responseRate")).hasText("75.0 %");
        Assertions.assertThat(page.evaluate("window.sameDocument")).isEqualTo(true);
    }

    @Test
    void theListFollowsBusinesses() throws Exception {
        openDashboard();
        assertThat(page.getByText("No businesses yet.")).isVisible();
        UUID business = service.createBusiness(user, "<b>Copper & Oak</b>");
        assertThat(page.getByRole(com.microsoft.playwright.options.AriaRole.LISTITEM))
                .containsText("<b>Copper & Oak</b>");
        service.sql("UPDATE businesses SET name = 'Renamed', status = 'stealth_mode', is_verified = true WHERE id = '"
                + business + "'");
        assertThat(page.getByRole(com.microsoft.playwright.options.AriaRole.LISTITEM))
                .containsText(Pattern.compile("Renamed.*Stealth mode", Pattern.DOTALL));
        service.sql("DELETE FROM businesses WHERE id = '" + business + "'");
        assertThat(page.getByText("No businesses yet.")).isVisible();
    }

    @Test
    void theTokenLeavesTheAddressBarAndAReloadKeepsTheDashboard() {
        openDashboard();
        Assertions.assertThat(page.url()).doesNotContain("token");
        page.reload();
        assertThat(page.getByRole(com.microsoft.playwright.options.AriaRole.STATUS))
                .containsText("Live");
    }

    @Test
    void aBadTokenIsSaid() {
        page.navigate(service.api() + "/#token=nonsense");
        assertThat(page.getByRole(com.microsoft.playwright.options.AriaRole.STATUS))
                .containsText("Not admitted");
    }
}
