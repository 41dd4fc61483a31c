package io.aiwm.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.aiwm.common.FileTrees;
import io.aiwm.controller.http.Browser;
import io.vertx.core.Vertx;
import io.vertx.core.json.Json;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A controller in a JVM of its own and a browser for its page, for all tests of a class. A static field with {@code
 * @RegisterExtension}; skips the class where there is no Chromium. Needs the built jar.
 */
public final class ShownPage implements BeforeAllCallback, AfterAllCallback {
    public static final String PASSWORD = "a-password-for-tests";
    public static final int WIDTH = 1440;
    public static final int HEIGHT = 800;

    private final Map<String, String> settings;
    private Path folder;
    private Vertx vertx;
    private AiwmProcess controller;
    private Browser browser;
    private int signedIn;

    private ShownPage(Map<String, String> settings) {
        this.settings = settings;
    }

    /** @param settings environment variables of the controller */
    public static ShownPage of(Map<String, String> settings) {
        return new ShownPage(settings);
    }

    public AiwmProcess controller() {
        return controller;
    }

    public Browser browser() {
        return browser;
    }

    /** What the servers of the test run on; closed after its last one. */
    public Vertx vertx() {
        return vertx;
    }

    /** As the administrator. */
    public AiwmClient client() {
        return new AiwmClient(controller.port(), PASSWORD);
    }

    /** @param to the address's part from the # on */
    public URI at(String to) {
        return URI.create("http://127.0.0.1:" + controller.port() + "/" + to);
    }

    /** Opens the page and signs in. @param user the administrator or another one with the same password. @param to the address's part from the # on */
    public void signIn(String user, String to) {
        // another query each time: an address that differs in what follows the # loads nothing
        browser.open(at("?" + user + "-" + ++signedIn + to));
        browser.until("document.querySelector('#signin')");
        browser.type("input[name=username]", user);
        browser.type("input[name=password]", PASSWORD);
        browser.click("#signin button");
        browser.until("document.querySelector('#live')?.textContent.startsWith('Live')");
    }

    /** @param hash the address's part from the # on */
    public void go(String hash) {
        browser.eval("location.hash = '" + hash + "'");
    }

    /** Loads the page anew; returns when what was there before it is gone. */
    public void reload() {
        browser.eval("window.loadedBefore = true; location.reload()");
        browser.until("window.loadedBefore === undefined && document.querySelector('#live')");
    }

    /** Presses the button with this text once it may be pressed; of several the newest. */
    public void press(String text) {
        String button = "[...document.querySelectorAll('button')].filter(b => b.textContent.trim() === '" + text
                + "' && b.checkVisibility() && b.ariaDisabled !== 'true').at(-1)";
        browser.until(button);
        browser.eval(button + ".click()");
    }

    /** Writes a request as JSON into the form that is shown. */
    public void write(String json) {
        browser.until("document.querySelector('textarea[name=json]')");
        browser.eval("(() => { const t = document.querySelector('textarea[name=json]'); t.value = " + Json.encode(json)
                + "; t.dispatchEvent(new Event('input', { bubbles: true })); })()");
    }

    /** Leaves a picture in {@code target/page}. */
    public void picture(String name) {
        browser.screenshot(Path.of("target", "page", name + ".png"));
    }

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        assumeTrue(Browser.chromium().isPresent(), "there is no Chromium on this machine");
        folder = Files.createTempDirectory("aiwm-page");
        controller = AiwmProcess.of("controller", folder.resolve("controller"))
                .with("AIWM_CLUSTER_ENABLED", "false")
                .with("AIWM_ADMIN_PASSWORD", PASSWORD);
        settings.forEach(controller::with);
        controller.startAndWait();
        vertx = Vertx.vertx();
        browser = new Browser(vertx, folder.resolve("profile"), WIDTH, HEIGHT);
    }

    @Override
    public void afterAll(ExtensionContext context) throws IOException {
        if (browser != null) {
            browser.close();
        }
        if (controller != null) {
            controller.close();
        }
        if (vertx != null) {
            vertx.close().await();
        }
        if (folder != null) {
            FileTrees.delete(folder);
        }
    }
}
