package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.execution.NewExecutionBuilder;
import io.aiwm.controller.execution.OnNodeLost;
import io.aiwm.controller.execution.StepSpecBuilder;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.controller.store.Query;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Lists of executions: filters, their order, and what a row shows. */
class ExecutionListsTest extends ExecutionApiRig {
    @Test
    void a_part_of_the_name_finds_executions_and_nothing_in_it_is_a_pattern() {
        for (String name : List.of("Nightly Train", "train 100%", "other")) {
            post("/api/executions", "{'name':'" + name + "','steps':[" + CHECK + "]}");
        }
        for (var wanted :
                Map.of("TRAIN", 2, "%25", 1, "_", 0, ".*", 0, "ly%20t", 1).entrySet()) {
            JsonObject found = get("/api/executions?q=" + wanted.getKey());
            assertThat(found.getJsonArray("items")).as(wanted.getKey()).hasSize(wanted.getValue());
            assertThat(found.getInteger("totalSize")).isEqualTo(wanted.getValue());
        }
        assertThat(server.call("GET", "/api/executions?q=", "viewer", null).statusCode())
                .isEqualTo(400);
    }

    @Test
    void one_whose_steps_all_wait_says_so_and_why_until_a_worker_has_one() {
        fleet.node("n1", NodeStatus.OFFLINE);
        String id = made("{'command':'system.healthCheck'}").getString("id");
        for (JsonObject one : List.of(
                get("/api/executions/" + id),
                get("/api/executions").getJsonArray("items").getJsonObject(0))) {
            assertThat(one.getString("status")).isEqualTo("RUNNING");
            JsonObject waiting = one.getJsonObject("waiting");
            assertThat(waiting.getInteger("step")).isZero();
            assertThat(waiting.getInstant("since")).isNotNull();
            assertThat(waiting.getString("reason"))
                    .isEqualTo(one.getJsonArray("steps").getJsonObject(0).getString("message"));
        }
        fleet.node("n1", NodeStatus.IDLE);
        String runs = made("{'command':'system.healthCheck'}").getString("id");
        assertThat(get("/api/executions/" + runs)
                        .getJsonArray("steps")
                        .getJsonObject(0)
                        .getString("status"))
                .isEqualTo("ASSIGNED");
        assertThat(get("/api/executions/" + runs).containsKey("waiting")).isFalse();
        fleet.work(runs);
        assertThat(get("/api/executions/" + runs).containsKey("waiting")).isFalse();
    }

    @Test
    void a_list_has_neither_data_nor_output_and_one_execution_has_both() {
        String id = made(CHECK).getString("id");
        fleet.work(id);
        JsonObject step = get("/api/executions/" + id).getJsonArray("steps").getJsonObject(0);
        assertThat(step.getJsonObject("data").getInteger("size")).isEqualTo(1);
        assertThat(step.containsKey("output")).isTrue();
        JsonObject listed = get("/api/executions")
                .getJsonArray("items")
                .getJsonObject(0)
                .getJsonArray("steps")
                .getJsonObject(0);
        assertThat(listed.fieldNames()).contains("status", "attempts").doesNotContain("data", "output");
    }

    @Test
    void a_filter_that_is_repeated_means_any_of_its_values() {
        fleet.work(made(CHECK).getString("id"));
        made(CHECK);
        assertThat(get("/api/executions?status=COMPLETED").getInteger("totalSize"))
                .isEqualTo(1);
        assertThat(get("/api/executions?status=COMPLETED&status=RUNNING").getInteger("totalSize"))
                .isEqualTo(2);
    }

    private static List<String> ids(JsonObject page) {
        return page.getJsonArray("items").stream()
                .map(item -> ((JsonObject) item).getString("id"))
                .toList();
    }

    @Test
    void a_list_is_newest_first_whatever_made_the_executions_and_an_older_versions_cursor_is_refused() {
        var made = new ArrayList<String>();
        var step = StepSpecBuilder.builder()
                .index(0)
                .name("s")
                .command("system.healthCheck")
                .dependsOn(List.of())
                .maxRetries(0)
                .onNodeLost(OnNodeLost.WAIT)
                .build();
        for (String id : List.of("job_1", "ex_9", "job_2", "ex_1")) {
            fleet.now.set(fleet.now.get().plusSeconds(1));
            made.add(0, id);
            TestServer.await(fleet.executions.create(
                    NewExecutionBuilder.builder().id(id).steps(List.of(step)).build(), "ann"));
        }
        assertThat(ids(get("/api/executions"))).isEqualTo(made);
        JsonObject first = get("/api/executions?pageSize=3");
        assertThat(ids(get("/api/executions?pageSize=3&pageToken=" + first.getString("nextPageToken"))))
                .containsExactly("job_1");
        var asBefore = new Query(List.of(), List.of(new Query.Order("id", true)), 3, null);
        String old = TestServer.await(fleet.executions.find(asBefore)).nextCursor();
        var refused = server.call("GET", "/api/executions?pageToken=" + old, "viewer", null);
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body()).contains("start again without it");
    }

    @Test
    void the_run_before_and_the_one_after_are_found_by_name_and_time() {
        var made = new ArrayList<JsonObject>();
        for (int i = 0; i < 3; i++) {
            fleet.now.set(fleet.now.get().plusSeconds(1));
            var answer = post("/api/executions", "{'name':'nightly','steps':[" + CHECK + "]}");
            made.add(new JsonObject(answer.body()));
            post("/api/executions", "{'name':'other','steps':[" + CHECK + "]}");
        }
        String at = made.get(1).getString("createdAt");
        assertThat(ids(get("/api/executions?name=nightly&pageSize=1&createdBefore=" + at)))
                .containsExactly(made.get(0).getString("id"));
        assertThat(ids(get("/api/executions?name=nightly&createdAfter=" + at)))
                .containsExactly(made.get(2).getString("id"), made.get(1).getString("id"));
        for (String filter : List.of("name=nightly", "q=IGHT")) {
            assertThat(get("/api/executions/_statistics/summary?" + filter).getInteger("total"))
                    .as(filter)
                    .isEqualTo(3);
        }
        var refused = server.call("GET", "/api/executions?createdBefore=soon", "viewer", null);
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body()).contains("createdBefore");
    }
}
