package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.execution.NewExecutionBuilder;
import io.aiwm.controller.execution.StepSpecBuilder;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.node.NodeStatus;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Lists of jobs, and what is done to many of them at once. */
class JobListsTest extends JobApiRig {
    @Test
    void lists_are_newest_first_and_filters_hold_together() {
        String done = madeId("a");
        fleet.work(done);
        String waiting = madeId("a");
        String other = madeId("b");
        assertThat(ids(get("/api/jobs"))).containsExactly(other, waiting, done);
        assertThat(ids(get("/api/jobs?name=a&status=COMPLETED&status=FAILED"))).containsExactly(done);
        assertThat(ids(get("/api/jobs?nodeId=n1&name=b"))).containsExactly(other);
        assertThat(ids(get("/api/jobs?scheduleId=sch_x"))).isEmpty();
        assertThat(ids(get("/api/jobs?createdAfter=2020-01-01T00:00:00Z"))).hasSize(3);
        assertThat(ids(get("/api/jobs?createdAfter=1900-01-01T00:00:00Z&createdBefore=%2B999999999-01-01T00:00:00Z")))
                .hasSize(3);
        assertThat(ids(get("/api/jobs?createdBefore=2020-01-01T00:00:00Z"))).isEmpty();
        assertThat(server.call("GET", "/api/jobs?createdAfter=soon", "viewer", null)
                        .body())
                .contains("query:createdAfter");
        JsonObject first = get("/api/jobs?pageSize=2");
        assertThat(ids(first)).containsExactly(other, waiting);
        assertThat(ids(get("/api/jobs?pageSize=2&pageToken=" + first.getString("nextPageToken"))))
                .containsExactly(done);
        assertThat(get("/api/jobs/counts?groupBy=status").getJsonObject("counts"))
                .isEqualTo(new JsonObject().put("COMPLETED", 1).put("ASSIGNED", 2));
        JsonObject row = get("/api/jobs").getJsonArray("items").getJsonObject(0);
        assertThat(row.fieldNames()).contains("image", "status").doesNotContain("attempts", "env");
    }

    @Test
    void a_batch_says_what_became_of_each_and_how_many_are_left() {
        String first = madeId("a");
        String second = madeId("a");
        String other = madeId("b");
        fleet.work(first);
        JsonObject named = new JsonObject(
                post("/api/jobs/batches", "{'action':'cancel','ids':['" + first + "','" + other + "','nope']}")
                        .body());
        assertThat(named.getJsonArray("results").stream()
                        .map(one -> ((JsonObject) one).getBoolean("done"))
                        .toList())
                .containsExactly(false, true, false);
        assertThat(named.encode()).contains("job " + first + " is already COMPLETED", "job nope does not exist");
        fleet.work(other);
        JsonObject retried = new JsonObject(
                post("/api/jobs/batches", "{'action':'retry','filter':{}}").body());
        assertThat(retried.getJsonArray("results").encode()).contains(other).doesNotContain(first, second);
        assertThat(retried.getInteger("remaining")).isZero();
        JsonObject cancelled = new JsonObject(post("/api/jobs/batches", "{'action':'cancel','filter':{'name':['a']}}")
                .body());
        assertThat(cancelled.getJsonArray("results").encode()).contains(second).doesNotContain(first, other);
        assertThat(cancelled.getInteger("remaining")).isZero();
        JsonObject again = new JsonObject(post("/api/jobs/batches", "{'action':'cancel','filter':{'name':['a']}}")
                .body());
        assertThat(again.getJsonArray("results"))
                .as("its worker has not stopped it yet")
                .isEmpty();
        assertThat(refused(422, "/api/jobs/batches", "{'action':'retry','filter':{'status':['RUNNING']}}"))
                .containsExactly("/filter/status");
        refused(400, "/api/jobs/batches", "{'action':'cancel'}");
        refused(400, "/api/jobs/batches", "{'action':'cancel','ids':['a'],'filter':{}}");
    }

    private JsonObject prioritised(String body) {
        var answer = post("/api/jobs/batches", "{'action':'prioritise'," + body + "}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return new JsonObject(answer.body());
    }

    private int priority(String id) {
        return get("/api/jobs/" + id).getInteger("priority");
    }

    @Test
    void jobs_that_wait_are_given_another_priority_by_their_ids_or_by_a_filter() {
        String running = madeId("a");
        fleet.node("n1", NodeStatus.OFFLINE);
        String first = madeId("a");
        String second = madeId("a");
        String other = madeId("b");
        JsonObject named = prioritised("'priority':'high','ids':['" + second + "','" + running + "']");
        assertThat(named.getJsonArray("results").encode())
                .contains("{\"id\":\"" + second + "\",\"done\":true}", "a priority counts only while it waits");
        assertThat(priority(second)).isEqualTo(75);
        assertThat(List.of(priority(running), priority(first), priority(other))).containsOnly(50);

        JsonObject found = prioritised("'priority':90,'filter':{'name':['a']}");
        assertThat(found.getJsonArray("results")).hasSize(2);
        assertThat(found.getInteger("remaining")).isZero();
        assertThat(List.of(priority(first), priority(second))).containsOnly(90);
        assertThat(List.of(priority(running), priority(other))).containsOnly(50);
        assertThat(prioritised("'priority':90,'filter':{'name':['a']}").getJsonArray("results"))
                .as("they have it already")
                .isEmpty();
        assertThat(prioritised("'priority':90,'ids':['" + first + "']")
                        .getJsonArray("results")
                        .getJsonObject(0)
                        .getBoolean("done"))
                .as("harmless twice")
                .isTrue();

        assertThat(refused(422, "/api/jobs/batches", "{'action':'prioritise','ids':['" + first + "']}"))
                .containsExactly("/priority");
        assertThat(refused(422, "/api/jobs/batches", "{'action':'cancel','priority':1,'ids':['" + first + "']}"))
                .containsExactly("/priority");
        refused(400, "/api/jobs/batches", "{'action':'prioritise','priority':101,'ids':['" + first + "']}");
    }

    @Test
    void an_execution_of_another_kind_is_no_job() {
        var execution = TestServer.await(fleet.executions.create(
                NewExecutionBuilder.builder()
                        .name("x")
                        .category("job")
                        .type("job")
                        .start(true)
                        .steps(List.of(StepSpecBuilder.builder()
                                .index(0)
                                .command("system.healthCheck")
                                .maxRetries(0)
                                .build()))
                        .build(),
                "ann"));
        assertThat(server.call("GET", "/api/jobs/" + execution.id(), "viewer", null)
                        .statusCode())
                .isEqualTo(404);
    }
}
