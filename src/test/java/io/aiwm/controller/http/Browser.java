package io.aiwm.controller.http;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/** A real, headless Chromium, driven over its DevTools socket: no driver and no download is needed. */
public final class Browser implements AutoCloseable {
    private static final String SHOWN =
            "location.hash + '\\n' + document.body.innerText.replace(/\\n+/g, '\\n').slice(0, 4000)";

    /** What DevTools answer where the page was left before it had. */
    private static final String LEFT = "Inspected target navigated or closed";

    private final Vertx vertx;
    private final Process process;
    private final URI address;
    /** Whether the process ends with this one: further windows of it do not end it. */
    private final boolean first;

    private final DevTools tools;
    private final String target;
    private final String session;

    /** Where Chromium is on this machine, if it is. */
    public static Optional<Path> chromium() {
        return Stream.of("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst();
    }

    public Browser(Vertx vertx, Path profile, int width, int height) throws IOException {
        this(vertx, Chromium.started(profile, width, height), null);
        resize(width, height);
        prefer("dark");
    }

    /** @param address of DevTools, null: the process has just been started and says it */
    private Browser(Vertx vertx, Process process, URI address) throws IOException {
        this.vertx = vertx;
        this.process = process;
        this.first = address == null;
        this.address = first ? Chromium.devTools(process) : address;
        tools = new DevTools(vertx, this.address);
        target = tools.tell(
                        null,
                        "Target.createTarget",
                        new JsonObject().put("url", "about:blank").put("newWindow", !first))
                .getString("targetId");
        session = tools.tell(
                        null,
                        "Target.attachToTarget",
                        new JsonObject().put("targetId", target).put("flatten", true))
                .getString("sessionId");
        for (String domain : List.of("Page", "Runtime", "Log")) {
            tell(domain + ".enable", new JsonObject());
        }
    }

    /** Opens another window of the same browser: both are seen, and have what the browser keeps of an origin in common. */
    public Browser window() throws IOException {
        return new Browser(vertx, process, address);
    }

    /** Makes the window another size. */
    public void resize(int width, int height) {
        tell(
                "Emulation.setDeviceMetricsOverride",
                new JsonObject()
                        .put("width", width)
                        .put("height", height)
                        .put("deviceScaleFactor", 1)
                        .put("mobile", false));
    }

    /** Says which of dark and light the reader prefers, and no motion, so that pictures are the same. */
    public void prefer(String scheme) {
        var features = new JsonArray()
                .add(new JsonObject().put("name", "prefers-color-scheme").put("value", scheme))
                .add(new JsonObject().put("name", "prefers-reduced-motion").put("value", "reduce"));
        tell("Emulation.setEmulatedMedia", new JsonObject().put("features", features));
    }

    public void open(URI address) {
        tell("Page.navigate", new JsonObject().put("url", address.toString()));
    }

    /** Runs in every page opened from now on, before its own scripts. */
    public void first(String script) {
        tell("Page.addScriptToEvaluateOnNewDocument", new JsonObject().put("source", script));
    }

    /** The value of an expression in the page; null for undefined. */
    public Object eval(String expression) {
        var answer = tell(
                "Runtime.evaluate",
                new JsonObject()
                        .put("expression", expression)
                        .put("returnByValue", true)
                        .put("awaitPromise", true));
        if (answer.containsKey("exceptionDetails")) {
            throw new AssertionError(
                    expression + ": " + answer.getJsonObject("exceptionDetails").encode());
        }
        return answer.getJsonObject("result").getValue("value");
    }

    /** Returns the bytes of the page's heap that are in use once what is not is collected. */
    public long heapBytes() {
        tell("HeapProfiler.collectGarbage", new JsonObject());
        return tell("Runtime.getHeapUsage", new JsonObject()).getLong("usedSize");
    }

    /** Waits until the expression is true. An error shows where the page is and what stands on it. */
    public void until(String expression) {
        try {
            Awaitility.await()
                    .alias(expression)
                    .atMost(DevTools.PATIENCE)
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> holds(expression));
        } catch (ConditionTimeoutException cause) {
            throw new AssertionError(expression + " is not true at " + eval(SHOWN), cause);
        }
    }

    /** A page that is just being left says nothing: the next one is asked. */
    private boolean holds(String expression) {
        try {
            return Boolean.TRUE.equals(eval("Boolean(" + expression + ")"));
        } catch (RuntimeException cause) {
            if (String.valueOf(cause.getMessage()).contains(LEFT)) {
                return false;
            }
            throw cause;
        }
    }

    /** Puts a file into an input for files. */
    public void file(String selector, Path file) {
        until("document.querySelector('" + selector + "')");
        int root =
                tell("DOM.getDocument", new JsonObject()).getJsonObject("root").getInteger("nodeId");
        int node = tell(
                        "DOM.querySelector",
                        new JsonObject().put("nodeId", root).put("selector", selector))
                .getInteger("nodeId");
        tell(
                "DOM.setFileInputFiles",
                new JsonObject()
                        .put("nodeId", node)
                        .put("files", new JsonArray().add(file.toAbsolutePath().toString())));
    }

    /** Slows what is sent, or lets it go as it can. @param bytesPerSecond -1: no limit */
    public void sendAtMost(long bytesPerSecond) {
        network(false, bytesPerSecond);
    }

    /** Has every request fail, or go out again. */
    public void offline(boolean off) {
        network(off, -1);
    }

    private void network(boolean off, long bytesPerSecond) {
        tell("Network.enable", new JsonObject());
        tell(
                "Network.emulateNetworkConditions",
                new JsonObject()
                        .put("offline", off)
                        .put("latency", 0)
                        .put("downloadThroughput", -1)
                        .put("uploadThroughput", bytesPerSecond));
    }

    public void click(String selector) {
        until("document.querySelector('" + selector + "')");
        eval("document.querySelector('" + selector + "').click()");
    }

    /** Presses a key as on a keyboard, wherever the focus is. */
    public void press(String key) {
        String text = key.length() == 1 ? key : key.equals("Enter") ? "\r" : null;
        var down = new JsonObject()
                .put("type", text == null ? "rawKeyDown" : "keyDown")
                .put("key", key);
        if (text != null) {
            down.put("text", text);
        }
        if (key.equals("Enter")) {
            down.put("windowsVirtualKeyCode", 13);
        } else if (key.equals("Escape")) {
            down.put("windowsVirtualKeyCode", 27);
        }
        tell("Input.dispatchKeyEvent", down);
        tell("Input.dispatchKeyEvent", new JsonObject().put("type", "keyUp").put("key", key));
    }

    public void type(String selector, String text) {
        click(selector);
        eval("document.querySelector('" + selector + "').select()");
        eval("document.querySelector('" + selector + "').focus()");
        tell("Input.insertText", new JsonObject().put("text", text));
    }

    /** All text that can be read on the page. */
    public String text() {
        return String.valueOf(eval("document.body.innerText"));
    }

    public void screenshot(Path file) {
        var how = new JsonObject().put("format", "png").put("optimizeForSpeed", true);
        String data = tell("Page.captureScreenshot", how).getString("data");
        try {
            Files.createDirectories(file.getParent());
            Files.write(file, Base64.getDecoder().decode(data));
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
    }

    public List<String> complaints() {
        return tools.complaints;
    }

    private JsonObject tell(String method, JsonObject parameters) {
        return tools.tell(session, method, parameters);
    }

    @Override
    public void close() {
        if (!first) {
            tools.tell(null, "Target.closeTarget", new JsonObject().put("targetId", target));
            tools.close();
            return;
        }
        tools.end();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException cause) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
