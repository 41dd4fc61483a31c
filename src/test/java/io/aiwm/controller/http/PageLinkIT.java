package io.aiwm.controller.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.testing.SlowLink;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The page in a real browser that is far away from the controller. */
@Timeout(120)
class PageLinkIT extends PageFixture {
    private static final long ONE_WAY_MILLIS = 150;
    private static final int NAVIGATIONS = 5;
    /** Of a change until it is told to a page: gathered for 100 ms, and 200 ms after the message before. */
    private static final long GATHERED_MILLIS = 100;

    private static final String PILL = "document.querySelector('#live').textContent";

    private SlowLink link;

    @BeforeEach
    void open() {
        fleet.put("nodes", node("gpu-1"));
        fleet.put("executions", execution(0));
        link = new SlowLink(server.vertx, server.port, ONE_WAY_MILLIS);
        openAs("viewer", URI.create("http://127.0.0.1:" + link.port() + "/"));
        browser.until("document.querySelector('nav')");
        browser.until(PILL + ".startsWith('Live')");
    }

    @AfterEach
    void close() {
        if (link != null) {
            link.close();
        }
    }

    private static JsonObject node(String id) {
        return new JsonObject()
                .put("id", id)
                .put("name", id)
                .put("status", "IDLE")
                .put("schedulable", true);
    }

    private static JsonObject execution(int progress) {
        return new JsonObject()
                .put("id", "ex_1")
                .put("name", "train")
                .put("status", "RUNNING")
                .put("progress", progress)
                .put("steps", new JsonArray());
    }

    /** When the page of nodes is registered, it has told of the new node, and the page of executions is about to. */
    @Test
    void no_change_is_missed_while_one_goes_from_page_to_page() {
        // the parts of both pages are loaded
        goTo("nodes");
        browser.until("document.querySelector('tbody')?.innerText.includes('gpu-1')");
        goTo("executions");
        browser.until("document.querySelector('tbody')?.innerText.includes('train')");
        int readBefore = fleet.reads("nodes");
        for (int i = 1; i <= NAVIGATIONS; i++) {
            fleet.put("executions", execution(i));
            pass(GATHERED_MILLIS / 5);
            fleet.put("nodes", node("new-" + i));
            pass(GATHERED_MILLIS / 5);
            goTo("nodes");
            pass(ONE_WAY_MILLIS * 4 + 1_500);
            goTo("executions");
            pass(ONE_WAY_MILLIS * 4 + 1_500);
        }
        goTo("nodes");
        browser.until("document.querySelector('tbody')?.innerText.includes('new-" + NAVIGATIONS + "')");
        Object shown = browser.eval(
                "[...document.querySelectorAll('tbody .open')].filter(e => e.innerText.startsWith('new-')).length");
        assertThat(shown).isEqualTo(NAVIGATIONS);
        // all of it was heard: the list was not read again
        assertThat(fleet.reads("nodes")).isEqualTo(readBefore);
    }

    @Test
    void after_a_link_that_stood_still_all_is_read_again() {
        goTo("nodes");
        browser.until("document.querySelector('tbody')?.innerText.includes('gpu-1')");
        int readBefore = fleet.reads("nodes");
        link.stand();
        // more than the machine keeps for somebody who takes nothing
        for (int i = 0; i < 200; i++) {
            fleet.put("nodes", node("big-" + i).put("zone", "z".repeat(100_000)));
        }
        pass(5 * GATHERED_MILLIS);
        for (int i = 0; i < 200; i++) {
            fleet.put("nodes", node("big-" + i));
        }
        fleet.put("nodes", node("a-spared"));
        pass(5 * GATHERED_MILLIS);
        link.goOn();
        browser.until("document.querySelector('tbody')?.innerText.includes('a-spared')");
        await().until(() -> fleet.reads("nodes") > readBefore);
        browser.until(PILL + ".startsWith('Live')");
    }

    private void goTo(String page) {
        browser.eval("location.hash = '#/" + page + "'");
    }

    private void pass(long millis) {
        Promise<Void> passed = Promise.promise();
        server.vertx.setTimer(millis, due -> passed.complete());
        TestServer.await(passed.future());
    }
}
