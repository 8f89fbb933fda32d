package com.tenantlist.live.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.Cookie;
import com.tenantlist.live.testing.Chromium;
import com.tenantlist.live.testing.LiveService;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the page's dialog writes when others write too, and when the line is bad. */
class PageDialogTest {
    private static final String FIELDS = "**/api/businesses/*";
    private static final String COUNTS = "**/increments";
    /** Of the page. */
    private static final long ANSWER_WITHIN_MS = 10_000;

    @RegisterExtension
    static final LiveService service = LiveService.onSharedParts();

    @RegisterExtension
    static final Chromium chromium = new Chromium();

    private final UUID user = UUID.randomUUID();
    private UUID business;
    private Page page;

    @BeforeEach
    void anOpenDialog() throws Exception {
        business = service.createBusiness(user, "Copper & Oak");
        page = chromium.newPage();
        page.navigate(service.api() + "/#token=" + LiveService.token(user));
        assertThat(page.locator(".badge")).hasText("Live");
        page.locator("[data-business='" + business + "'] button").click();
        assertThat(field("Name")).hasValue("Copper & Oak");
    }

    private Locator field(String label) {
        return page.locator("dialog").getByLabel(label, new Locator.GetByLabelOptions().setExact(true));
    }

    private Locator button(String name) {
        return page.getByRole(
                AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    private String stored(String column) throws Exception {
        return service.queried("SELECT " + column + " FROM businesses WHERE id = '" + business + "'");
    }

    private Locator error() {
        return page.locator("dialog .error");
    }

    private String views() throws Exception {
        return service.queried("SELECT sum(views_count) FROM business_metrics WHERE business_id = '" + business + "'");
    }

    /** Answers as who has not looked at the request's key. */
    private static void refuse(Route route, int status, String code) {
        route.fulfill(new Route.FulfillOptions()
                .setStatus(status)
                .setHeaders(Map.of("Retry-After", "0"))
                .setContentType("application/json")
                .setBody("{\"error\": {\"code\": \"" + code + "\", \"message\": \"refused: " + code + "\"}}"));
    }

    /** Has the service do it, and loses its answer. */
    private static void lose(Route route) {
        route.fetch();
        refuse(route, 503, "SERVER_BUSY");
    }

    @Test
    void whatWasHiddenElsewhereStaysHidden() throws Exception {
        chromium.expectNetworkErrors();
        service.sql("UPDATE businesses SET status = 'stealth_mode' WHERE id = '" + business + "'");
        assertThat(page.locator("[data-business='" + business + "']")).containsText("Stealth mode");
        field("Name").fill("Copper, Oak & Co");
        button("Save").click();
        assertThat(page.locator("dialog")).hasCount(0);
        assertThat(stored("name")).isEqualTo("Copper, Oak & Co");
        assertThat(stored("status")).isEqualTo("stealth_mode");
    }

    @Test
    void aFieldThatOthersChangedTooIsShownAsTheirsAndYours() throws Exception {
        chromium.expectNetworkErrors();
        service.sql("UPDATE businesses SET name = 'Theirs' WHERE id = '" + business + "'");
        field("Name").fill("Yours");
        button("Save").click();
        assertThat(page.locator(".conflict")).containsText("Nothing was saved");
        assertThat(page.locator(".conflict tbody tr")).hasText("NameTheirsYours");
        assertThat(stored("name")).isEqualTo("Theirs");
        button("Save yours").click();
        assertThat(page.locator("dialog")).hasCount(0);
        assertThat(stored("name")).isEqualTo("Yours");
    }

    @Test
    void whoKeepsTheirsGoesOnFromIt() throws Exception {
        chromium.expectNetworkErrors();
        service.sql("UPDATE businesses SET name = 'Theirs', category = 'Crafts' WHERE id = '" + business + "'");
        field("Name").fill("Yours");
        button("Save").click();
        button("Keep theirs").click();
        assertThat(field("Name")).hasValue("Theirs");
        assertThat(field("Category")).hasValue("Crafts");
    }

    @Test
    void yoursStaysUntilItIsSaved() throws Exception {
        chromium.expectNetworkErrors();
        service.sql("UPDATE businesses SET name = 'Theirs' WHERE id = '" + business + "'");
        field("Name").fill("Yours");
        button("Save").click();
        page.route(FIELDS, route -> refuse(route, 503, "SERVER_BUSY"));
        button("Save yours").click();
        assertThat(error()).containsText("it is not known whether it was done");
        assertThat(page.locator(".conflict tbody tr")).hasText("NameTheirsYours");
        page.unroute(FIELDS);
        button("Save yours").click();
        assertThat(page.locator("dialog")).hasCount(0);
        assertThat(stored("name")).isEqualTo("Yours");
    }

    @Test
    void whatIsTakenBackAfterALostAnswerIsSentToo() throws Exception {
        chromium.expectNetworkErrors();
        page.route(FIELDS, PageDialogTest::lose);
        field("Name").fill("Regretted");
        button("Save").click();
        assertThat(error()).containsText("it is not known whether it was done");
        assertThat(stored("name")).isEqualTo("Regretted");
        page.unroute(FIELDS);
        field("Name").fill("Copper & Oak");
        button("Save").click();
        assertThat(page.locator(".conflict tbody tr")).hasText("NameRegrettedCopper & Oak");
        button("Save yours").click();
        assertThat(page.locator("dialog")).hasCount(0);
        assertThat(stored("name")).isEqualTo("Copper & Oak");
    }

    @Test
    void aLostAnswerIsSaidAndPressedAgainItIsNotCountedTwice() throws Exception {
        chromium.expectNetworkErrors();
        AtomicInteger lost = new AtomicInteger();
        page.route(COUNTS, route -> {
            route.fetch();
            lost.incrementAndGet();
            route.abort();
        });
        field("Add views").fill("7");
        button("Record").click();
        assertThat(error()).containsText("it is not known whether it was done");
        assertThat(lost).hasValueGreaterThan(1);
        page.unroute(COUNTS);
        button("Record").click();
        assertThat(page.locator("dialog [role=status]")).hasText("Recorded.");
        assertThat(views()).isEqualTo("7");
        field("Add views").fill("7");
        button("Record").click();
        assertThat(page.locator("dialog .figures")).containsText("14");
        assertThat(views()).isEqualTo("14");
    }

    @ParameterizedTest
    @CsvSource({"401, TOKEN_EXPIRED", "429, TOO_MANY_REQUESTS", "409, USER_MISMATCH"})
    void whoHasNotLookedAtTheKeyDoesNotHaveItCountedTwice(int status, String code) throws Exception {
        chromium.expectNetworkErrors();
        page.route(COUNTS, PageDialogTest::lose);
        field("Add views").fill("7");
        button("Record").click();
        assertThat(error()).containsText("it is not known whether it was done");
        page.unroute(COUNTS);
        page.route(COUNTS, route -> refuse(route, status, code));
        button("Record").click();
        assertThat(error()).hasText("refused: " + code);
        page.unroute(COUNTS);
        button("Record").click();
        assertThat(page.locator("dialog [role=status]")).hasText("Recorded.");
        assertThat(views()).isEqualTo("7");
    }

    @Test
    void whatTheOtherFormSendsDoesNotHaveItCountedTwice() throws Exception {
        chromium.expectNetworkErrors();
        page.route(COUNTS, PageDialogTest::lose);
        field("Add views").fill("7");
        button("Record").click();
        assertThat(error()).containsText("it is not known whether it was done");
        field("Name").fill("   ");
        button("Save").click();
        assertThat(error()).containsText("name");
        page.unroute(COUNTS);
        button("Record").click();
        assertThat(page.locator("dialog [role=status]")).hasText("Recorded.");
        assertThat(views()).isEqualTo("7");
    }

    @Test
    void theFocusGoesBackToWhereTheDialogWasOpened() {
        button("Close").click();
        assertThat(page.locator("[data-business='" + business + "'] button")).isFocused();
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Add a business"))
                .click();
        button("Close").click();
        assertThat(page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Add a business")))
                .isFocused();
    }

    @Test
    void whoSignsOutLeavesNoCookie() {
        Page other = chromium.newPage();
        signIn(other, user);
        other.navigate(service.api().toString());
        assertThat(other.locator(".badge")).hasText("Live");
        other.getByText("Sign out").click();
        assertThat(other.getByLabel("Access token")).isVisible();
        other.waitForCondition(() -> other.context().cookies().isEmpty());
    }

    @Test
    void whoSignsOutLeavesNothingToBeSeenThoughTheNetworkSwallowsIt() {
        chromium.expectNetworkErrors();
        chromium.context().clock().install();
        Page other = chromium.newPage();
        signIn(other, user);
        other.navigate(service.api().toString());
        assertThat(other.locator("[data-business='" + business + "']")).isVisible();
        other.route("**/api/session/end", route -> {});
        other.getByText("Sign out").click();
        assertThat(other.locator("body")).not().containsText("Copper & Oak");
        assertThat(other.getByLabel("Access token")).hasCount(0);
        other.clock().fastForward(ANSWER_WITHIN_MS);
        assertThat(other.getByLabel("Access token")).isVisible();
    }

    @Test
    void whoseNetworkSwallowsTheFirstRequestMayTryAgain() {
        chromium.expectNetworkErrors();
        chromium.context().clock().install();
        Page other = chromium.newPage();
        other.route("**/page.json", route -> {});
        other.waitForRequest(
                "**/page.json", () -> other.navigate(service.api() + "/#token=" + LiveService.token(user)));
        other.clock().fastForward(ANSWER_WITHIN_MS);
        assertThat(other.getByText("The service does not answer.")).isVisible();
        other.unroute("**/page.json");
        other.getByText("Try again").click();
        assertThat(other.locator(".badge")).hasText("Live");
    }

    @Test
    void whenAnotherSignsInNothingOfTheFirstStays() throws Exception {
        chromium.expectNetworkErrors();
        UUID another = UUID.randomUUID();
        UUID theirs = service.createBusiness(another, "Theirs");
        Page other = chromium.newPage();
        signIn(other, user);
        other.navigate(service.api().toString());
        assertThat(other.locator(".badge")).hasText("Live");
        service.addViews(business, 3);
        assertThat(other.locator(".activity li")).containsText(new String[] {"Copper & Oak +3 views"});
        other.locator("[data-business='" + business + "'] button").click();
        assertThat(other.locator("dialog")).hasCount(1);
        signIn(other, another);
        other.evaluate("window.dispatchEvent(new Event('focus'))");
        assertThat(other.locator("[data-business='" + theirs + "']")).isVisible();
        assertThat(other.locator("dialog")).hasCount(0);
        assertThat(other.locator("body")).not().containsText("Copper & Oak");
        assertThat(other.locator(".badge")).hasText("Live");
        signIn(other, user);
        other.evaluate("window.dispatchEvent(new Event('focus'))");
        assertThat(other.locator("[data-business='" + business + "']")).isVisible();
        assertThat(other.locator("dialog")).hasCount(0);
    }

    @Test
    void whoSignsOutWhileADashboardIsOpenedSeesNone() {
        chromium.expectNetworkErrors();
        Page other = chromium.newPage();
        signIn(other, UUID.randomUUID());
        other.navigate(service.api() + "/#token=" + LiveService.token(user));
        assertThat(other.locator(".badge")).hasText("Live");
        List<Route> opening = new ArrayList<>();
        other.route("**/page.json", opening::add);
        other.evaluate("token => { location.hash = '#token=' + token; }", LiveService.token(user));
        other.waitForCondition(() -> !opening.isEmpty());
        other.getByText("Sign out").click();
        assertThat(other.getByLabel("Access token")).isVisible();
        List<String> asked = new ArrayList<>();
        other.onRequest(request -> asked.add(request.url()));
        other.onWebSocket(socket -> asked.add(socket.url()));
        other.waitForResponse("**/page.json", () -> opening.get(0).resume());
        // A client that was made for it would have begun by the next frames.
        other.evaluate(
                "() => fetch('/page.json?again').then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))");
        assertThat(asked).allMatch(url -> url.endsWith("/page.json?again"));
        assertThat(other.getByLabel("Access token")).isVisible();
    }

    private static void signIn(Page page, UUID who) {
        page.context()
                .addCookies(List.of(new Cookie("accessToken", LiveService.token(who))
                        .setUrl(service.api().toString())
                        .setHttpOnly(true)));
    }
}
