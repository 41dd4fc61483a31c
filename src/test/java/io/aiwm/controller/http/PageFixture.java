package io.aiwm.controller.http;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.aiwm.controller.event.Events;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A server with a fleet of its own for each test, and a real browser that shows nothing yet. */
abstract class PageFixture {
    @TempDir
    Path profile;

    final FleetResource fleet = new FleetResource();
    TestServer server;
    Browser browser;

    @BeforeEach
    final void openBrowser() throws IOException {
        assumeTrue(Browser.chromium().isPresent(), "there is no Chromium on this machine");
        server = new TestServer(List.of(fleet));
        fleet.events(new Events(server.vertx));
        browser = new Browser(server.vertx, profile, 1280, 720);
    }

    @AfterEach
    final void closeBrowser() {
        if (browser != null) {
            browser.close();
        }
        if (server != null) {
            server.close();
        }
    }

    /** Opens the page for somebody who has signed in. */
    final void openAs(String token, URI address) {
        browser.first("sessionStorage.setItem('aiwm.token', '" + token + "')");
        browser.open(address);
    }
}
