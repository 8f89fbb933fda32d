package com.tenantlist.live.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Response;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ReducedMotion;
import com.tenantlist.live.testing.Chromium;
import com.tenantlist.live.testing.LiveService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a person sees and does on the page, in a real browser. */
class PageTest {
    @RegisterExtension
    static final LiveService service = LiveService.onSharedParts();

    @RegisterExtension
    static final Chromium chromium = new Chromium();

    private static final int PHONE_WIDTH = 360;

    private final UUID user = UUID.randomUUID();
    private Page page;
    private Response response;

    private Page openDashboard() {
        page = chromium.newPage();
        response = page.navigate(service.api() + "/#token=" + LiveService.token(user));
        assertThat(page.locator(".badge")).hasText("Live");
        return page;
    }

    private Locator figure(String kpi) {
        return page.locator("[data-kpi=" + kpi + "] .figure");
    }

    private Locator row(UUID business) {
        return page.locator("[data-business='" + business + "']");
    }

    private Locator button(String name) {
        return page.getByRole(
                AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    private Locator dialog(String label) {
        return page.locator("dialog").getByLabel(label);
    }

    // ---- what it shows

    @Test
    void aChangeBySqlMovesTileAndRowWithoutAReload() throws Exception {
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
        assertThat(row(business)).containsText(Pattern.compile("1,234.*3.*4.*75\\.0 %", Pattern.DOTALL));
        assertThat(page.locator(".activity li").first())
                .containsText("Riverside Bakery +1,234 views, +3 messages, +4 invites");
        assertThat(page.evaluate("window.sameDocument")).isEqualTo(true);
    }

    @Test
    void theListFollowsBusinesses() throws Exception {
        openDashboard();
        assertThat(page.getByText("No businesses yet.")).isVisible();
        UUID business = service.createBusiness(user, "<b>Copper & Oak</b>");
        assertThat(row(business)).containsText("<b>Copper & Oak</b>");
        service.sql("UPDATE businesses SET name = 'Renamed', status = 'stealth_mode', is_verified = true WHERE id = '"
                + business + "'");
        assertThat(row(business)).containsText(Pattern.compile("Renamed.*Stealth mode", Pattern.DOTALL));
        service.sql("DELETE FROM businesses WHERE id = '" + business + "'");
        assertThat(page.getByText("No businesses yet.")).isVisible();
    }

    @Test
    void totalsAreThereFromTheStartAndTrendsAreDrawn() throws Exception {
        UUID business = service.createBusiness(user, "Velo Workshop");
        service.addViews(business, 17);
        openDashboard();
        assertThat(row(business)).containsText("17");
        assertThat(page.locator("[data-kpi=landlordViews] polyline")).hasCount(1);
        assertThat(page.locator("[data-kpi=landlordViews] figcaption")).containsText("from 0 to 17, at most 17");
    }

    @Test
    void fiveHundredBusinessesAreSearchedFilteredAndOrdered() throws Exception {
        service.sql(
                "INSERT INTO businesses (user_id, name, category, status) SELECT '" + user
                        + "', 'Shop ' || lpad(n::text, 3, '0'), CASE WHEN n % 2 = 0 THEN 'Even' ELSE 'Odd' END,"
                        + " CASE WHEN n % 5 = 0 THEN 'stealth_mode' ELSE 'active' END::business_status FROM generate_series(1, 500) n");
        openDashboard();
        Locator rows = page.locator("tbody tr");
        assertThat(rows).hasCount(100);
        assertThat(page.locator(".count")).hasText("500");
        button("Show 100 more of 400").click();
        assertThat(rows).hasCount(200);
        page.getByLabel("Search").fill("shop 12");
        assertThat(page.locator(".count")).hasText("10 of 500");
        page.getByLabel("Status").selectOption("stealth_mode");
        page.getByLabel("Order").selectOption("name");
        assertThat(rows).hasCount(2);
        assertThat(rows.first()).containsText("Shop 120");
        page.getByLabel("Search").fill("nothing like it");
        assertThat(page.getByText("No business matches.")).isVisible();
        page.getByLabel("Search").fill("");
        page.getByLabel("Status").selectOption("");
        service.sql("INSERT INTO business_metrics (business_id, metric_date, views_count) SELECT id, current_date, 9"
                + " FROM businesses WHERE user_id = '" + user + "' AND name = 'Shop 333'");
        page.getByLabel("Order").selectOption("views");
        assertThat(rows.first()).containsText("Shop 333");
    }

    @Test
    void pausedItStandsStillAndResumedItHasEverything() throws Exception {
        UUID business = service.createBusiness(user, "Northlight Yoga");
        openDashboard();
        button("Pause updates").click();
        service.addViews(business, 5);
        assertThat(page.getByText("Updates are paused. 1 change came meanwhile"))
                .isVisible();
        assertThat(figure("landlordViews")).hasText("0");
        button("Resume updates").click();
        assertThat(figure("landlordViews")).hasText("5");
    }

    // ---- what can be done

    @Test
    void aBusinessIsCreatedChangedCountedAndDeleted() throws Exception {
        openDashboard();
        button("Add a business").click();
        dialog("Name").fill("Saffron Kitchen");
        dialog("Category").fill("F&B");
        button("Add").click();
        Locator row = page.locator("tbody tr");
        assertThat(row).containsText(Pattern.compile("Saffron Kitchen.*F&B.*Active", Pattern.DOTALL));
        assertThat(page.locator("dialog")).hasCount(0);

        button("Saffron Kitchen").click();
        dialog("Name").fill("Saffron & Salt");
        dialog("Category").fill("");
        dialog("Status").selectOption("pending_verification");
        button("Save").click();
        assertThat(row).containsText(Pattern.compile("Saffron & Salt.*No category.*Pending", Pattern.DOTALL));

        button("Saffron & Salt").click();
        dialog("Add views").fill("12");
        dialog("Add invites").fill("4");
        button("Record").click();
        assertThat(page.getByText("Recorded.")).isVisible();
        assertThat(page.locator("dialog .figures")).containsText(Pattern.compile("12.*0.*4", Pattern.DOTALL));
        assertThat(figure("landlordViews")).hasText("12");

        button("Delete this business …").click();
        button("Delete it").click();
        assertThat(page.getByText("No businesses yet.")).isVisible();
        assertThat(page.locator("#businesses")).isFocused();
    }

    @Test
    void aRefusedChangeSaysWhyAndKeepsTheForm() throws Exception {
        UUID business = service.createBusiness(user, "Fern Street Books");
        chromium.expectNetworkErrors();
        openDashboard();
        button("Fern Street Books").click();
        service.sql("DELETE FROM businesses WHERE id = '" + business + "'");
        dialog("Name").fill("Too late");
        button("Save").click();
        assertThat(page.getByRole(AriaRole.ALERT)).containsText("you have no business " + business);
        assertThat(dialog("Name")).hasValue("Too late");
    }

    @Test
    void everythingWorksByKeyboardAlone() {
        openDashboard();
        page.keyboard().press("Tab");
        assertThat(page.getByText("Skip to the businesses")).isFocused();
        page.keyboard().press("Enter");
        press("Tab", "Add a business");
        page.keyboard().press("Enter");
        assertThat(dialog("Name")).isFocused();
        page.keyboard().type("Typed");
        page.keyboard().press("Enter");
        assertThat(page.locator("tbody tr")).containsText("Typed");
        assertThat(button("Add a business")).isFocused();
        press("Tab", "Typed");
        page.keyboard().press("Enter");
        assertThat(dialog("Name")).isFocused();
        page.keyboard().press("Escape");
        assertThat(page.locator("dialog")).hasCount(0);
        assertThat(button("Typed")).isFocused();
        page.keyboard().press("Enter");
        press("Tab", "Delete this business …");
        page.keyboard().press("Enter");
        assertThat(button("Delete it")).isFocused();
        page.keyboard().press("Enter");
        assertThat(page.getByText("No businesses yet.")).isVisible();
    }

    /** Presses until the element with that text has the focus. */
    private void press(String key, String text) {
        for (int i = 0; i < 20; i++) {
            page.keyboard().press(key);
            if (text.equals(page.evaluate("document.activeElement.textContent"))) {
                return;
            }
        }
        throw new AssertionError("'" + text + "' cannot be reached by " + key);
    }

    // ---- how it is made

    @Test
    void theTokenLeavesTheAddressBarAndAReloadKeepsTheDashboard() {
        chromium.expectNetworkErrors();
        openDashboard();
        assertThat(page.url()).doesNotContain("token");
        page.reload();
        assertThat(page.locator(".badge")).hasText("Live");
        button("Sign out").click();
        page.reload();
        assertThat(page.getByLabel("Access token")).isVisible();
    }

    @Test
    void whereTheBrowserKeepsNothingTheDashboardLastsAsLongAsThePage() {
        chromium.expectNetworkErrors();
        page = chromium.newPage();
        page.addInitScript(
                "Object.defineProperty(window, 'sessionStorage', { get() { throw new DOMException('denied', 'SecurityError'); } })");
        page.navigate(service.api() + "/#token=" + LiveService.token(user));
        assertThat(page.locator(".badge")).hasText("Live");
        assertThat(page.url()).doesNotContain("token");
        button("Sign out").click();
        page.getByLabel("Access token").fill(LiveService.token(user));
        button("Open the dashboard").click();
        assertThat(page.locator(".badge")).hasText("Live");
        page.reload();
        assertThat(page.getByLabel("Access token")).isVisible();
    }

    @Test
    void nothingInlineIsAllowedAndNothingBut150KiBIsSent() {
        openDashboard();
        String policy = response.headers().get("content-security-policy");
        assertThat(policy)
                .contains("default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'")
                .contains("connect-src 'self' " + service.sockets() + " ws://")
                .doesNotContain("unsafe");
        Number bytes = (Number) page.evaluate(
                "performance.getEntriesByType('resource').reduce((sum, { transferSize }) => sum + transferSize, 0)");
        assertThat(bytes.longValue()).isBetween(10_000L, 150L * 1024);
    }

    @Test
    void aBadTokenIsSaidAndAnotherIsTaken() {
        chromium.expectNetworkErrors();
        page = chromium.newPage();
        page.navigate(service.api() + "/#token=nonsense");
        assertThat(page.getByText("Not admitted:")).isVisible();
        assertThat(page.locator("#announcer")).containsText("Not admitted");
        page.getByLabel("Access token").fill(LiveService.token(user));
        button("Open the dashboard").click();
        assertThat(page.locator(".badge")).hasText("Live");
    }

    /** How a page may be looked at. */
    enum Look {
        WIDE,
        PHONE,
        DARK,
        DIALOG,
        EMPTY,
        SIGNED_OUT
    }

    @ParameterizedTest
    @EnumSource
    void axeFindsNoViolation(Look look) throws Exception {
        chromium.use(new Browser.NewContextOptions()
                .setViewportSize(look == Look.PHONE ? PHONE_WIDTH : 1280, 900)
                .setReducedMotion(ReducedMotion.REDUCE)
                .setColorScheme(look == Look.DARK ? ColorScheme.DARK : ColorScheme.LIGHT));
        if (look != Look.EMPTY) {
            UUID business = service.createBusiness(user, "A business with quite a long name, Limited & Sons");
            service.sql("UPDATE businesses SET is_verified = true WHERE id = '" + business + "'");
            service.createBusiness(user, "Another");
        }
        openDashboard();
        if (look == Look.DIALOG) {
            button("Another").click();
            assertThat(page.locator("dialog")).isVisible();
        } else if (look == Look.SIGNED_OUT) {
            button("Sign out").click();
        } else if (look != Look.EMPTY) {
            service.sql(
                    "UPDATE business_metrics SET views_count = 3 WHERE business_id IN (SELECT id FROM businesses WHERE user_id = '"
                            + user + "')");
            assertThat(page.locator(".activity li")).hasCount(2);
        }
        assertThat(violations(page)).isEmpty();
        assertThat((int) page.evaluate("document.documentElement.scrollWidth"))
                .as("no sideways scrolling")
                .isLessThanOrEqualTo(page.viewportSize().width);
    }

    /** What axe-core says is wrong: rule and elements. */
    static List<?> violations(Page page) throws IOException {
        page.evaluate(Files.readString(Path.of(System.getProperty("js.clients"), "node_modules/axe-core/axe.min.js")));
        return (List<?>) page.evaluate("axe.run().then(({ violations }) => violations.map(({ id, nodes }) =>"
                + " id + ': ' + nodes.map(({ html, failureSummary }) => html + ' ' + failureSummary).join('; ')))");
    }

    @Test
    void screenReadersAreToldOfTheConnectionAndOfNothingElse() throws Exception {
        UUID business = service.createBusiness(user, "Quiet");
        openDashboard();
        Locator announcer = page.locator("#announcer");
        assertThat(announcer).hasText("Live");
        assertThat(announcer).hasAttribute("role", "status");
        assertThat(page.locator("#root [aria-live], #root [role=log], #root [role=status]"))
                .hasCount(0);
        service.addViews(business, 3);
        assertThat(figure("landlordViews")).hasText("3");
        assertThat(announcer).hasText("Live");
    }
}
