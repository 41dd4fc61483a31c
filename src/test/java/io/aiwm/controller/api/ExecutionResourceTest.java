package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.NewExecutionBuilder;
import io.aiwm.controller.execution.StepSpecBuilder;
import io.aiwm.controller.file.FilesByHand;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.FileKind;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;

/** One execution over REST: what it shows, and to whom. */
class ExecutionResourceTest extends ExecutionApiRig {
    @Test
    void a_turn_of_an_agent_is_seen_by_its_user_and_by_administrators_alone() {
        made(CHECK);
        turn("ex_turn");
        for (String path : List.of("", "/audit")) {
            assertThat(server.call("GET", "/api/executions/ex_turn" + path, "viewer", null)
                            .statusCode())
                    .as(path)
                    .isEqualTo(404);
        }
        JsonObject seen = get("/api/executions");
        assertThat(seen.getInteger("totalSize")).isEqualTo(1);
        assertThat(seen.getJsonArray("items")).hasSize(1);
        assertThat(get("/api/executions?category=agent").getJsonArray("items")).isEmpty();
        assertThat(get("/api/executions/_statistics/summary").getInteger("total"))
                .isEqualTo(1);
        for (String who : List.of("operator", "admin")) {
            assertThat(new JsonObject(server.call("GET", "/api/executions", who, null)
                                    .body())
                            .getInteger("totalSize"))
                    .as(who)
                    .isEqualTo(2);
            assertThat(server.call("GET", "/api/executions/ex_turn", who, null).statusCode())
                    .as(who)
                    .isEqualTo(200);
        }
    }

    @Test
    void a_later_user_of_the_same_name_sees_no_turns_of_the_earlier_one() {
        turn("ex_turn");
        since.set(since.get().plusSeconds(60));
        turn("ex_later");
        var answer = server.call("GET", "/api/executions?category=agent", "operator", null);
        JsonObject seen = new JsonObject(answer.body());
        assertThat(seen.getInteger("totalSize")).isEqualTo(1);
        assertThat(seen.getJsonArray("items").getJsonObject(0).getString("id")).isEqualTo("ex_later");
        for (String path : List.of("", "/audit")) {
            assertThat(server.call("GET", "/api/executions/ex_turn" + path, "operator", null)
                            .statusCode())
                    .as(path)
                    .isEqualTo(404);
        }
        assertThat(server.call("POST", "/api/executions/ex_turn/cancel", "operator", "{}")
                        .statusCode())
                .isEqualTo(404);
        assertThat(server.call("GET", "/api/executions/ex_later", "operator", null)
                        .statusCode())
                .isEqualTo(200);
    }

    /** As turns of the user {@code operator} who is there now are made. */
    private void turn(String id) {
        fleet.executions
                .create(
                        NewExecutionBuilder.builder()
                                .id(id)
                                .name("turn of helper")
                                .category(Execution.AGENT)
                                .type("agent.turn")
                                .timeoutMs(60_000L)
                                .start(false)
                                .steps(List.of(StepSpecBuilder.builder()
                                        .name("model call 1")
                                        .command(CommandNames.AGENT_MODEL)
                                        .data(new JsonObject()
                                                .put(
                                                        Execution.OWNER_SINCE,
                                                        since.get().toString()))
                                        .build()))
                                .build(),
                        "operator")
                .await();
    }

    @Test
    void viewers_see_no_value_of_a_variable_and_nobody_the_query_of_a_url() {
        String url = "{'command':'model.download','data':{'url':'https://h/m?X-Amz-Signature=s3cret'}}";
        JsonObject shown =
                made(url + ",{'command':'system.healthCheck','data':{'env':{'MODE':'a','A_TOKEN':'s3cret'}}}");
        assertThat(shown.encode()).doesNotContain("s3cret").contains("\"MODE\":\"a\"", "https://h/m\"");
        assertThat(get("/api/executions/" + shown.getString("id")).encode())
                .doesNotContain("s3cret")
                .contains("\"MODE\":\"***\"", "\"A_TOKEN\":\"***\"");
    }

    @Test
    void a_program_is_told_whose_run_it_is_and_what_it_prints_and_makes_is_reached_by_its_step() {
        String id = made(CHECK + ",{'command':'job.run','dependsOn':[0],'data':{'image':'b','outputs':['x']}}")
                .getString("id");
        String logs = "/api/executions/" + id + "/steps/1/logs";
        assertThat(get("/api/executions/" + id)
                        .getJsonArray("steps")
                        .getJsonObject(1)
                        .getJsonObject("data")
                        .getString("jobId"))
                .isEqualTo(id);
        assertThat(server.call("GET", logs, "viewer", null).statusCode())
                .as("not yet")
                .isEqualTo(404);
        FilesByHand.arrived(fleet.files, folder, id, new CommandId(id, 1, 1).toString(), FileKind.log, "first\nlast\n");
        FilesByHand.arrived(fleet.files, folder, id, new CommandId(id, 1, 1).toString(), FileKind.outputs, "archive");
        fleet.work(id);
        assertThat(server.call("GET", logs, "viewer", null).body()).isEqualTo("first\nlast\n");
        assertThat(server.call("GET", logs + "?tail=1&attempt=1", "viewer", null)
                        .body())
                .isEqualTo("last\n");
        assertThat(server.call("GET", logs + "?follow=true", "viewer", null).body())
                .isEqualTo("first\nlast\n");
        assertThat(server.call("GET", "/api/executions/" + id + "/steps/1/outputs", "viewer", null)
                        .body())
                .isEqualTo("archive");
        var check = server.call("GET", "/api/executions/" + id + "/steps/0/logs", "viewer", null);
        assertThat(check.statusCode()).isEqualTo(409);
        assertThat(check.body()).contains("system.healthCheck", "output");
        assertThat(server.call("GET", "/api/executions/" + id + "/steps/2/logs", "viewer", null)
                        .body())
                .contains("has steps 0 to 1");
        assertThat(server.call("GET", "/api/executions/" + id + "/steps/x/logs", "viewer", null)
                        .statusCode())
                .isBetween(400, 404);
    }

    @Test
    void an_attempt_says_since_when_it_waited() {
        String id = made(CHECK).getString("id");
        fleet.work(id);
        var attempt = get("/api/executions/" + id)
                .getJsonArray("steps")
                .getJsonObject(0)
                .getJsonArray("attempts")
                .getJsonObject(0);
        assertThat(attempt.getString("queuedAt")).isNotNull().isLessThanOrEqualTo(attempt.getString("assignedAt"));
    }

    @Test
    void the_audit_trail_keeps_the_end_of_a_run_that_was_retried() {
        String id = made(CHECK).getString("id");
        fleet.work(id);
        assertThat(post("/api/executions/" + id + "/retry", "{'resetCompleted':true}")
                        .statusCode())
                .isEqualTo(200);
        var ends = get("/api/executions/" + id + "/audit").getJsonArray("items").stream()
                .map(JsonObject.class::cast)
                .filter(entry -> "COMPLETED".equals(entry.getString("event")))
                .map(entry -> entry.getInteger("stepIndex"))
                .toList();
        assertThat(ends).as("of the step, then of the execution").containsExactly(0, null);
    }

    @Test
    void a_retry_names_its_steps_and_the_field_that_is_wrong() {
        String id = made(CHECK + "," + CHECK.replace("}}", "},'dependsOn':[0]}") + "," + CHECK)
                .getString("id");
        fleet.work(id);
        String path = "/api/executions/" + id + "/retry";
        var refused = post(path, "{'steps':[1,7]}");
        assertThat(refused.statusCode()).isEqualTo(422);
        assertThat(refused.body()).contains("\"/steps/1\"", "step 7 does not exist");
        assertThat(post(path, "{'steps':[]}").statusCode()).isEqualTo(400);
        assertThat(post(path, "{'from':0,'steps':[1]}").body()).contains("\"/from\"");
        assertThat(post(path, "").statusCode()).as("nothing is left to run").isEqualTo(409);
        var again = post(path, "{'from':0}");
        assertThat(again.statusCode()).as(again.body()).isEqualTo(200);
        fleet.work(id);
        var attempts = get("/api/executions/" + id).getJsonArray("steps").stream()
                .map(step -> ((JsonObject) step).getInteger("attempt"))
                .toList();
        assertThat(attempts).containsExactly(2, 2, 1);
    }
}
