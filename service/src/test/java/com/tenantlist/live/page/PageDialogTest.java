package com.tenantlist.live.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.Cookie;
import com.tenantlist.live.testing.Chromium;
import com.tenantlist.live.testing.LiveService;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the page's dialog writes when others write too, and when the line is bad. */
class PageDialogTest {
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
    void aLostAnswerIsSaidAndPressedAgainItIsNotCountedTwice() throws Exception {
        chromium.expectNetworkErrors();
        AtomicInteger lost = new AtomicInteger();
        page.route("**/increments", route -> {
            route.fetch();
            lost.incrementAndGet();
            route.abort();
        });
        field("Add views").fill("7");
        button("Record").click();
        assertThat(page.locator("dialog [role=alert]")).containsText("it is not known whether it was done");
        assertThat(lost).hasValueGreaterThan(1);
        page.unroute("**/increments");
        button("Record").click();
        assertThat(page.locator("dialog [role=status]")).hasText("Recorded.");
        assertThat(service.queried(
                        "SELECT sum(views_count) FROM business_metrics WHERE business_id = '" + business + "'"))
                .isEqualTo("7");
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
    }

    private static void signIn(Page page, UUID who) {
        page.context()
                .addCookies(List.of(new Cookie("accessToken", LiveService.token(who))
                        .setUrl(service.api().toString())
                        .setHttpOnly(true)));
    }
}
