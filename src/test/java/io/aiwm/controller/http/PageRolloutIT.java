package io.aiwm.controller.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An update that is under way, in a real browser: it is held up, goes on and is taken back. */
@Timeout(120)
class PageRolloutIT extends PageFixture {
    private static final String UPDATE = "document.querySelector('.rollout')";

    @BeforeEach
    void open() {
        fleet.put("deployments", new JsonObject("""
                {"id":"dep_1","name":"web","status":"UPDATING","replicas":2,"spec":{"image":"nginx:2"},
                 "instances":[{"index":0,"generation":2,"ready":true,"state":"RUNNING"},{"index":1,"generation":1,"ready":true,"state":"RUNNING"}],
                 "rollout":{"state":"ROLLING","from":1,"to":2,"startedAt":"2026-11-28T10:00:00Z"}}"""));
    }

    private void openAs(String token) {
        openAs(token, server.uri("/#/deployments/dep_1"));
        browser.until(UPDATE);
        // whose rights these are is known
        browser.until("document.querySelector('#live')?.textContent.startsWith('Live')");
    }

    private static String button(String label) {
        return "[..." + UPDATE + ".querySelectorAll('button')].find(b => b.textContent.trim() === '" + label + "')";
    }

    private void press(String label) {
        browser.until(button(label) + " && " + button(label) + ".ariaDisabled !== 'true'");
        browser.eval(button(label) + ".click()");
    }

    @Test
    void an_update_is_held_up_goes_on_and_is_taken_back() {
        openAs("operator");
        assertThat(browser.eval(UPDATE + ".innerText"))
                .asString()
                .contains("Updating: generation 1 → 2", "1 ready of 1 new, 1 old");
        press("Pause");
        browser.until(UPDATE + ".innerText.includes('Paused: generation 1 → 2')");
        press("Go on");
        browser.until(UPDATE + ".innerText.includes('Updating: generation 1 → 2')");
        // one press asks, the second one acts
        press("Undo");
        browser.until(UPDATE + ".innerText.includes('Go back to generation 1?')");
        assertThat(browser.eval(UPDATE + ".innerText")).asString().contains("Updating");
        press("Yes, undo");
        browser.until(UPDATE + ".innerText.includes('Going back: generation 1 → 2')");
        browser.until(button("Undo") + "?.title === 'It goes back already'");
    }

    @Test
    void who_only_looks_is_told_why_nothing_can_be_pressed() {
        openAs("viewer");
        for (String label : List.of("Pause", "Undo")) {
            browser.until(button(label) + "?.ariaDisabled === 'true'");
            assertThat(browser.eval(button(label) + ".title")).isEqualTo("Your role is viewer; this needs operator");
        }
        browser.eval(button("Pause") + ".click()");
        browser.until("document.body.innerText.includes('this needs operator')");
        assertThat(browser.eval(UPDATE + ".innerText")).asString().contains("Updating: generation 1 → 2");
    }
}
