package io.aiwm.controller.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.json.JsonObject;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A log that goes on while somebody reads it, in a real browser. */
@Timeout(120)
class PageLogIT extends PageFixture {
    private static final String BOX = "document.querySelector('.log-lines')";
    /** The line at the upper edge, and how far it is from there. */
    private static final String SEEN = """
            (() => {
              const box = document.querySelector('.log-lines'), edge = box.getBoundingClientRect().top;
              const line = [...box.querySelectorAll('.line')].find(one => one.getBoundingClientRect().bottom > edge + 1);
              return line.textContent.slice(0, 12) + '… ' + Math.round(line.getBoundingClientRect().top - edge);
            })()""";

    private int written;

    @BeforeEach
    void open() {
        fleet.put("deployments", new JsonObject("""
                {"id":"dep_1","name":"web","status":"RUNNING","nodeId":"gpu-1","containerId":"0123456789abcdef","spec":{"image":"nginx:1"}}"""));
        openAs("viewer", server.uri("/#/deployments/dep_1"));
        String logs =
                "[...document.querySelectorAll('aside .btn')].find(b => b.textContent === 'Logs' && b.ariaDisabled !== 'true')";
        browser.until(logs);
        browser.eval(logs + ".click()");
        await().until(() -> fleet.logReaders() == 1);
    }

    /** Of different lengths, so that they are wrapped into different heights. */
    private void write(int lines) {
        for (int i = 0; i < lines; i += 1_000) {
            int from = written + i;
            fleet.log(IntStream.range(from, Math.min(from + 1_000, written + lines))
                    .mapToObj(number -> "line " + number + " " + "word ".repeat(number % 60))
                    .collect(Collectors.joining("\n")));
        }
        written += lines;
        // the first line of all is not one of these
        browser.until("document.querySelector('.log-bar').innerText.replaceAll(/\\D/g, ' ').trim().split(/ {2,}/)"
                + ".map(n => Number(n.replaceAll(' ', ''))).reduce((a, b) => a + b, 0) === " + (written + 1));
    }

    /** Who scrolls says so later than it has happened. */
    private Object scroll(int to) {
        browser.eval(BOX + ".scrollTop = " + to);
        browser.until("document.querySelector('.log-bar').innerText.includes('Paused')");
        browser.eval("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
        return browser.eval(SEEN);
    }

    @Test
    void what_is_read_stays_where_it_is_when_the_oldest_lines_are_dropped() {
        write(45_000);
        Object seen = scroll(30_000 * 18 + 5);
        assertThat(String.valueOf(seen)).startsWith("line 29999 ").endsWith(" -5");
        write(10_000);
        assertThat(browser.eval("document.querySelector('.log-bar').innerText"))
                .asString()
                .contains("older ones left out");
        assertThat(browser.eval(SEEN)).isEqualTo(seen);
        write(10_000);
        assertThat(browser.eval(SEEN)).isEqualTo(seen);
        // what was read is gone: the oldest that is kept
        write(20_000);
        assertThat(String.valueOf(browser.eval(SEEN))).matches("line 3\\d{4} .*0");
    }

    @Test
    void what_is_read_stays_where_it_is_when_lines_are_wrapped() {
        write(3_000);
        browser.click(".log-bar input[type=checkbox]:not([name])");
        Object seen = scroll(10_003);
        write(1_500);
        assertThat(browser.eval(SEEN)).isEqualTo(seen);
        browser.click(".log-bar input[type=checkbox]:not([name])");
        browser.eval("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
        String line = String.valueOf(seen).replaceAll("^(line \\d+) .*", "$1 ");
        assertThat(String.valueOf(browser.eval(SEEN))).startsWith(line);
    }

    @Test
    void times_are_shown_when_they_are_wanted_in_the_readers_zone_and_stay_chosen() {
        fleet.log("2026-11-28T09:53:53.123456789Z GET / 200");
        browser.until("[...document.querySelectorAll('.line')].some(line => line.textContent === 'GET / 200')");
        browser.click(".log-bar input[name=times]");
        browser.until("document.querySelector('.line .when[title]:not([title=\"\"])')");
        // what is shown is the reader's own time, the exact one is a hover away
        assertThat(
                        browser.eval(
                                "(() => { const when = document.querySelector('.line .when:not([title=\"\"])'), at = new Date(when.title);"
                                        + " const two = (n) => String(n).padStart(2, '0');"
                                        + " return when.title + ' ' + when.textContent.endsWith(two(at.getHours()) + ':' + two(at.getMinutes())"
                                        + " + ':53.123') + ' ' + when.closest('.line').textContent.endsWith('GET / 200'); })()"))
                .isEqualTo("2026-11-28T09:53:53.123456789Z true true");
        assertThat(browser.eval("localStorage.getItem('aiwm.logTimes')")).isEqualTo("true");
        browser.click(".log-bar input[name=times]");
        browser.until("!document.querySelector('.line .when')");
    }
}
