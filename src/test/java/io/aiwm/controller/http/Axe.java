package io.aiwm.controller.http;

import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The rules of WCAG 2.2, levels A and AA, as axe-core checks them in the page that a browser shows. */
public final class Axe {
    /** Where the build of the page has put what npm brings. */
    private static final Path SCRIPT = Path.of("target", "webui", "node_modules", "axe-core", "axe.min.js");

    private static final String CHECK = """
            axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations']})
              .then(r => JSON.stringify(r.violations.map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n =>
                n.target.join(' ') + ' ' + n.html.slice(0, 160) + ' ' + (n.any[0]?.message ?? n.all[0]?.message ?? '')).join(' | '))))""";

    private final String script;

    public Axe() {
        try {
            script = Files.readString(SCRIPT);
        } catch (IOException cause) {
            throw new UncheckedIOException("the build of the page installs it: mvn process-resources", cause);
        }
    }

    /** Returns what is violated and where, one text each; nothing when all is well. */
    public List<String> violations(Browser browser) {
        if (!Boolean.TRUE.equals(
                browser.eval("'axe' in window"))) { // half a megabyte, sent once to each page that is opened
            browser.eval("(0, eval)(" + Json.encode(script) + ") || 1");
        }
        return new JsonArray(String.valueOf(browser.eval(CHECK)))
                .stream().map(Object::toString).toList();
    }
}
