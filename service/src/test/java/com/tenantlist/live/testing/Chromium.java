package com.tenantlist.live.testing;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Debian's Chromium, which {@code bin/test} installs; a fresh context a test, whose pages must have no errors. */
public final class Chromium implements BeforeAllCallback, AfterAllCallback, BeforeEachCallback, AfterEachCallback {
    /** Instead of 5 s: the machine may be busy with other tests. */
    private static final int ASSERTION_MILLIS = 20_000;

    private final List<String> faults = new ArrayList<>();
    private Playwright playwright;
    private Browser browser;
    private BrowserContext context;
    private Predicate<String> expected = fault -> false;

    @Override
    public void beforeAll(ExtensionContext extension) {
        PlaywrightAssertions.setDefaultAssertionTimeout(ASSERTION_MILLIS);
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

    @Override
    public void beforeEach(ExtensionContext extension) {
        faults.clear();
        expected = fault -> false;
        use(new Browser.NewContextOptions());
    }

    /** Another context from here on. */
    public void use(Browser.NewContextOptions options) {
        if (context != null) {
            context.close();
        }
        context = browser.newContext(options);
        context.onConsoleMessage(message -> {
            if (message.type().equals("error")) {
                faults.add(message.text());
            }
        });
        context.onWebError(error -> faults.add(error.error()));
    }

    /** Errors that the test brings about: a browser prints one for each connection that fails, and for each answer that is a refusal. */
    public void expectNetworkErrors() {
        expected = fault -> fault.contains("net::ERR_")
                || fault.contains("WebSocket connection to")
                || fault.contains("Failed to load resource");
    }

    public BrowserContext context() {
        return context;
    }

    public Page newPage() {
        return context.newPage();
    }

    @Override
    public void afterEach(ExtensionContext extension) {
        context.close();
        context = null;
        Assertions.assertThat(faults).allMatch(expected);
    }

    @Override
    public void afterAll(ExtensionContext extension) {
        browser.close();
        playwright.close();
    }
}
