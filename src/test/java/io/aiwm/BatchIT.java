package io.aiwm;

import static io.aiwm.testing.BatchController.MODEL;
import static io.aiwm.testing.BatchController.SOON;
import static io.aiwm.testing.BatchController.counts;
import static io.aiwm.testing.BatchController.line;
import static io.aiwm.testing.BatchController.lines;
import static io.aiwm.testing.BatchController.untilEnded;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.BatchClient;
import io.aiwm.testing.BatchController;
import io.aiwm.testing.CountingEngine;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How batches are carried out: beside calls of people, within limits, and across the death of their controller. */
@Timeout(300)
class BatchIT {
    /** Calls at once that an idle service without a limit takes. */
    private static final int AT_ONCE = 8;

    @TempDir
    static Path folder;

    private static BatchController controller;
    private static CountingEngine engine;
    private static AiwmClient api;
    private static BatchClient client;

    @BeforeAll
    static void start() {
        controller = new BatchController(folder.resolve("controller"));
        engine = controller.engine;
        api = controller.api;
        client = controller.client;
    }

    @AfterAll
    static void stop() {
        controller.close();
    }

    @BeforeEach
    void answer() {
        engine.status(200);
        engine.release();
    }

    private static int used(String what, String keyName) {
        JsonObject usage = api.expect(200, api.get("/api/usage?groupBy=key"));
        String id = api.expect(200, api.get("/api/api-keys?pageSize=100")).getJsonArray("items").stream()
                .map(JsonObject.class::cast)
                .filter(one -> one.getString("name").equals(keyName))
                .map(one -> one.getString("id"))
                .findFirst()
                .orElseThrow();
        return usage.getJsonArray("items").stream()
                .map(JsonObject.class::cast)
                .filter(one -> id.equals(one.getString("key")))
                .mapToInt(one -> one.getInteger(what))
                .sum();
    }

    @Test
    void a_batch_goes_on_at_its_line_when_the_controller_is_killed() {
        var mine = controller.client("killed", null);
        engine.answers(60);
        int before = engine.calls();
        String id = mine.begin(lines("k", 200));
        await().atMost(SOON).until(() -> engine.held() == AT_ONCE);
        await().atMost(SOON)
                .until(() -> mine.batch(id).getJsonObject("request_counts").equals(counts(200, 60, 0)));
        controller.process.kill9();
        assertThat(engine.calls() - before).isEqualTo(60 + AT_ONCE);

        controller.process.startAndWait();
        assertThat(used("calls", "killed")).as("lines that were done").isEqualTo(60);
        await().atMost(SOON).until(() -> engine.held() == 2 * AT_ONCE);
        JsonObject running = api.expect(200, api.get("/api/executions?category=batch"));
        assertThat(running.encode()).contains("60 of 200 lines", "RUNNING");
        engine.release();
        JsonObject ended = untilEnded(mine, id);
        assertThat(ended.getString("status")).as(ended.encode()).isEqualTo("completed");
        assertThat(ended.getJsonObject("request_counts")).isEqualTo(counts(200, 200, 0));
        assertThat(ended.getString("error_file_id")).isNull();
        List<JsonObject> results = mine.lines(ended.getString("output_file_id"));
        assertThat(results).hasSize(200);
        assertThat(new HashSet<>(
                        results.stream().map(one -> one.getString("custom_id")).toList()))
                .hasSize(200);
        assertThat(results)
                .allSatisfy(one -> assertThat(one.getJsonObject("response")
                                .getJsonObject("body")
                                .getJsonArray("choices")
                                .getJsonObject(0)
                                .getJsonObject("message")
                                .getString("content"))
                        .isEqualTo(one.getString("custom_id")));
        assertThat(engine.calls() - before).isLessThanOrEqualTo(200 + AT_ONCE);
        long twice = engine.callsByPrompt().entrySet().stream()
                .filter(one -> one.getKey().startsWith("k") && one.getValue() > 1)
                .count();
        assertThat(twice).as("lines that were called twice").isEqualTo(AT_ONCE);
        await().atMost(SOON).until(() -> used("calls", "killed") == 200);
        assertThat(used("totalTokens", "killed"))
                .isEqualTo(200 * (CountingEngine.PROMPT_TOKENS + CountingEngine.COMPLETION_TOKENS));
        controller.untilKnown();
    }

    @Test
    void lines_wait_while_a_person_is_served() throws Exception {
        engine.answers(0);
        var chat = new JsonObject(line("person", MODEL)).getJsonObject("body");
        var person = CompletableFuture.supplyAsync(() -> client.post("/v1/chat/completions", chat));
        await().atMost(SOON).until(() -> engine.held() == 1);
        int before = engine.calls();
        String id = client.begin(lines("w", 20));
        await().atMost(SOON).until(() -> client.batch(id).getString("status").equals("in_progress"));
        // several times as long as it takes to look for an idle replica again
        await().during(Duration.ofMillis(1_500)).atMost(SOON).until(() -> engine.calls() == before);
        engine.release();
        assertThat(person.get().status()).isEqualTo(200);
        assertThat(untilEnded(client, id).getJsonObject("request_counts")).isEqualTo(counts(20, 20, 0));
    }

    @Test
    void a_person_comes_before_the_lines_that_wait() throws Exception {
        engine.answers(0);
        String id = client.begin(lines("p", 40));
        await().atMost(SOON).until(() -> engine.held() == AT_ONCE);
        var chat = new JsonObject(line("first", MODEL)).getJsonObject("body");
        var person = CompletableFuture.supplyAsync(() -> client.post("/v1/chat/completions", chat));
        await().atMost(SOON).until(() -> engine.callsByPrompt().containsKey("first"));
        engine.release();
        assertThat(person.get().status()).isEqualTo(200);
        assertThat(untilEnded(client, id).getString("status")).isEqualTo("completed");
    }

    @Test
    void answers_that_are_errors_are_in_a_file_of_their_own() {
        engine.status(400);
        JsonObject ended = untilEnded(client, client.begin(lines("e", 3)));
        assertThat(ended.getString("status")).isEqualTo("completed");
        assertThat(ended.getJsonObject("request_counts")).isEqualTo(counts(3, 0, 3));
        assertThat(ended.getString("output_file_id")).isNull();
        assertThat(client.lines(ended.getString("error_file_id"))).hasSize(3).allSatisfy(one -> {
            assertThat(one.getJsonObject("response").getInteger("status_code")).isEqualTo(400);
            assertThat(one.getJsonObject("response")
                            .getJsonObject("body")
                            .getJsonObject("error")
                            .getString("code"))
                    .isEqualTo("refused");
        });
    }

    @Test
    void a_budget_that_is_used_up_ends_with_errors() {
        var budget = new JsonObject().put("tokens", 1_000).put("period", "DAY");
        var poor = controller.client("poor", new JsonObject().put("budget", budget));
        String id = poor.begin(lines("b", 400));
        JsonObject ended = untilEnded(poor, id);
        JsonObject counts = ended.getJsonObject("request_counts");
        assertThat(counts.getInteger("completed")).isBetween(1, 200);
        assertThat(counts.getInteger("failed")).isEqualTo(400 - counts.getInteger("completed"));
        assertThat(poor.lines(ended.getString("error_file_id")).get(0).encode()).contains("insufficient_quota");
    }

    @Test
    void a_batch_that_is_cancelled_keeps_what_is_done() {
        engine.answers(5);
        String id = client.begin(lines("c", 30));
        await().atMost(SOON)
                .until(() -> client.batch(id).getJsonObject("request_counts").getInteger("completed") == 5);
        assertThat(client.post("/v1/batches/" + id + "/cancel", null).json().getString("status"))
                .isEqualTo("cancelling");
        JsonObject ended = untilEnded(client, id);
        assertThat(ended.getString("status")).isEqualTo("cancelled");
        assertThat(client.lines(ended.getString("output_file_id"))).hasSize(5);
        // the batch is over with its last line, its execution a write later
        await().atMost(SOON)
                .until(() -> api.expect(200, api.get("/api/executions?category=batch&status=CANCELLED"))
                        .encode()
                        .contains(id));
    }

    @Test
    void prompts_and_answers_are_in_no_log() {
        untilEnded(client, client.begin(lines("a-secret-prompt-", 2)));
        assertThat(controller.process.output()).doesNotContain("a-secret-prompt-");
    }
}
