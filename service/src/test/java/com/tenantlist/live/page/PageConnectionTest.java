package com.tenantlist.live.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.tenantlist.live.protocol.Role;
import com.tenantlist.live.testing.Chromium;
import com.tenantlist.live.testing.CutLine;
import com.tenantlist.live.testing.EmbeddedDatabase;
import com.tenantlist.live.testing.LiveService;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a person sees when lines break, tokens end and tabs are many; the page's sockets go over a line that can be cut. */
class PageConnectionTest {
    private static final List<Integer> PORTS = EmbeddedDatabase.freePorts(2);
    private static final int SOCKETS = PORTS.get(0);
    private static final int ENTRY = PORTS.get(1);
    /** Of 30 s between two attempts, or of a token's 15 s. */
    private static final LocatorAssertions.HasTextOptions IN_TIME =
            new LocatorAssertions.HasTextOptions().setTimeout(40_000);

    @RegisterExtension
    static final LiveService service = LiveService.onSharedParts()
            .with("sockets.port", String.valueOf(SOCKETS))
            .with("dashboard.socketUrl", "http://127.0.0.1:" + ENTRY)
            .with("auth.leeway", "0s");

    @RegisterExtension
    static final Chromium chromium = new Chromium();

    private static CutLine line;

    private final UUID user = UUID.randomUUID();
    private UUID business;
    private Page page;

    @BeforeAll
    static void openLine() throws Exception {
        line = new CutLine(ENTRY, SOCKETS);
    }

    @AfterAll
    static void closeLine() {
        line.close();
    }

    @BeforeEach
    void aDashboard() throws Exception {
        business = service.createBusiness(user, "Harbour Dental");
        page = open(LiveService.token(user));
    }

    @AfterEach
    void restoreLine() {
        line.restore();
    }

    private static Page open(String token) {
        Page opened = chromium.newPage();
        opened.navigate(service.api() + "/#token=" + token);
        assertThat(opened.locator(".badge")).hasText("Live");
        return opened;
    }

    private Locator badge() {
        return page.locator(".badge");
    }

    private static Locator views(Page of) {
        return of.locator("[data-kpi=landlordViews] .figure");
    }

    @Test
    void afterACutItShowsWhatHappenedMeanwhile() throws Exception {
        chromium.expectNetworkErrors();
        // On a slow machine it may poll before this looks.
        page.evaluate("""
                () => {
                  window.badges = [];
                  new MutationObserver(() => badges.push(document.querySelector('.badge')?.textContent))
                    .observe(document.body, { subtree: true, childList: true, characterData: true });
                }""");
        line.cut();
        assertThat(page.locator(".banner")).containsText("Data as of");
        assertThat(page.locator(".tile.stale")).hasCount(4);
        service.addViews(business, 7);
        line.restore();
        assertThat(badge()).hasText("Live", IN_TIME);
        assertThat(views(page)).hasText("7");
        assertThat(page.locator(".tile.stale")).hasCount(0);
        assertThat(page.locator(".activity li").first()).containsText("+7 views");
        assertThat(page.evaluate("badges.includes('Reconnecting')")).isEqualTo(true);
    }

    @Test
    void nothingIsAddedBeforeItIsKnownToWhom() {
        chromium.expectNetworkErrors();
        line.cut();
        page = chromium.newPage();
        page.route("**/api/dashboard/**", Route::abort);
        page.navigate(service.api() + "/#token=" + LiveService.token(user));
        Locator add = page.getByText("Add a business");
        assertThat(add).isDisabled();
        line.restore();
        assertThat(add).isEnabled(new LocatorAssertions.IsEnabledOptions().setTimeout(40_000));
    }

    @Test
    void itPollsWhileTheSocketsAreBlockedAndGoesBack() throws Exception {
        chromium.expectNetworkErrors();
        chromium.context().clock().install();
        page = open(LiveService.token(user));
        List<String> attempts = new ArrayList<>();
        page.onWebSocket(socket -> attempts.add(socket.url()));
        page.onRequest(request -> {
            if (URI.create(request.url()).getPort() == ENTRY) {
                attempts.add(request.url());
            }
        });
        line.cut();
        service.addViews(business, 7);
        assertThat(badge()).hasText("Polling", IN_TIME);
        assertThat(views(page)).hasText("7");
        Locator banner = page.locator(".banner.polling");
        assertThat(banner).containsText(Pattern.compile("the server cannot be reached.*Data as of"));
        assertThat(page.locator("#announcer")).containsText("Polling");
        assertThat(PageTest.violations(page)).isEmpty();
        service.addViews(business, 1);
        // Somebody looks at the tab again: it asks at once.
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
        assertThat(views(page)).hasText("8");
        // Its clock stands still, or goes when it is told to: until the attempt that is under way, if one is, has
        // failed.
        page.clock().pauseAt(System.currentTimeMillis() + 1_000);
        page.waitForCondition(() -> {
            page.clock().runFor(100);
            return banner.textContent().contains("Next attempt at");
        });
        // Events come in order: when this request is told, so is every attempt before it.
        page.waitForRequest("**/page.json?last", () -> page.evaluate("void fetch('/page.json?last')"));
        int before = attempts.size();
        page.getByText("Connect now").click();
        page.waitForCondition(() -> attempts.size() > before);
        page.clock().resume();
        line.restore();
        assertThat(badge()).hasText("Live", IN_TIME);
        service.addViews(business, 1);
        assertThat(views(page)).hasText("9");
    }

    @Test
    void withoutNetworkItSaysSoAndWithItIsBackAtOnce() throws Exception {
        chromium.expectNetworkErrors();
        chromium.context().setOffline(true);
        assertThat(badge()).hasText("Offline");
        assertThat(page.locator(".banner.offline")).containsText("this device has no network");
        service.addViews(business, 3);
        chromium.context().setOffline(false);
        assertThat(badge()).hasText("Live", IN_TIME);
        assertThat(views(page)).hasText("3");
    }

    @Test
    void anExpiredTokenKeepsTheDataAndAsksForAnother() throws Exception {
        // It asks by REST too, when its session has ended.
        chromium.expectNetworkErrors();
        page = open(LiveService.token(user, Role.TENANT, Duration.ofSeconds(15)));
        assertThat(badge()).hasText("Not admitted", IN_TIME);
        assertThat(page.getByText("Sign in again")).isVisible();
        assertThat(views(page)).hasText("0");
        service.addViews(business, 2);
        page.getByLabel("Access token").fill(LiveService.token(user));
        page.keyboard().press("Enter");
        assertThat(badge()).hasText("Live");
        assertThat(views(page)).hasText("2");
    }

    @Test
    void twoTabsAreTrueBothAndKnowOfEachOther() throws Exception {
        assertThat(page.locator(".devices")).hasText("1 device online");
        Page other = open(LiveService.token(user));
        assertThat(page.locator(".devices")).hasText("2 devices online");
        assertThat(other.locator(".devices")).hasText("2 devices online");
        other.getByText("Harbour Dental").click();
        other.getByLabel("Add views").fill("4");
        other.getByText("Record", new Page.GetByTextOptions().setExact(true)).click();
        assertThat(views(page)).hasText("4");
        assertThat(views(other)).hasText("4");
        other.close();
        assertThat(page.locator(".devices")).hasText("1 device online");
    }

    @Test
    void aPageWithoutTokenTakesTheCookie() {
        chromium.context()
                .addCookies(java.util.List.of(
                        new com.microsoft.playwright.options.Cookie("accessToken", LiveService.token(user))
                                .setUrl(service.api().toString())));
        Page withCookie = chromium.newPage();
        withCookie.navigate(service.api().toString());
        assertThat(withCookie.locator(".badge")).hasText("Live");
        withCookie.getByText("Add a business").click();
        withCookie.locator("dialog").getByLabel("Name").fill("By cookie");
        withCookie.keyboard().press("Enter");
        assertThat(page.locator("tbody")).containsText("By cookie");
    }

    @Test
    void aSessionThatWasEndedStaysAway() throws Exception {
        service.sql("INSERT INTO live.revocation (kind, subject, expires_at) VALUES ('sessions', '" + user
                + "', now() + interval '1 hour')");
        assertThat(badge()).hasText("Not admitted");
        assertThat(page.locator(".sign-in")).containsText("the service ended the session");
    }
}
