package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.deployment.Fleet;
import io.aiwm.controller.scheduler.NodesByHand;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Deployments over REST: what is asked for, what is refused, and what is secret in them. */
class DeploymentResourceTest extends DeploymentApiRig {
    @Test
    void strict_refuses_what_no_node_can_ever_run_and_everything_while_there_is_none() {
        assertThat(strict(WEB)).containsExactly("/requirements");
        NodesByHand.show(scheduler, fleet.find("n1")); // it has no container engine
        assertThat(strict(WEB)).containsExactly("/requirements");
        assertThat(strict(WEB.replace("{\"name\"", "{\"nodeId\":\"n1\",\"name\"")))
                .containsExactly("/nodeId");
        assertThat(strict("{\"name\":\"web\",\"spec\":{\"image\":\"?\"}}")).containsExactly("/spec/image");
        assertThat(call("GET", "/api/deployments", null).body()).contains("\"totalSize\":0");
        assertThat(call("POST", "/api/deployments", WEB).statusCode()).isEqualTo(201);
    }

    @Test
    void requirements_come_back_as_they_were_given_and_can_be_sent_back() {
        String base = WEB.replace("{\"name\"", "{%s,\"name\"");
        for (String given : List.of("\"requirements\":{\"zone\":\"east\"}", "\"requires\":{\"zone\":\"east\"}")) {
            var made = call("POST", "/api/deployments", base.formatted(given));
            assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
            var shown = new JsonObject(made.body());
            assertThat(shown.getJsonObject("requirements")).isEqualTo(new JsonObject().put("zone", "east"));
            assertThat(shown.getString("onNodeLost")).isEqualTo("reschedule");
        }
        for (String given : List.of("\"nodeId\":\"n1\"", "\"requirements\":{\"nodeId\":\"n1\"}")) {
            var made = call("POST", "/api/deployments", base.formatted(given));
            assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
            assertThat(new JsonObject(made.body()).getJsonObject("requirements"))
                    .isEqualTo(new JsonObject().put("nodeId", "n1"));
        }
        assertThat(call(
                                "POST",
                                "/api/deployments",
                                base.formatted("\"nodeId\":\"n1\",\"requirements\":{\"nodeId\":\"n1\"}"))
                        .body())
                .contains("\"/nodeId\"", "is given twice");
    }

    @Test
    void a_conflict_that_waiting_resolves_is_retryable_and_no_other_is() {
        var made = new JsonObject(call("POST", "/api/deployments", WEB).body());
        String at = "/api/deployments/" + made.getString("id");
        assertThat(conflict(at + "/restart")).containsEntry("retryable", true);
        fleet.work(made.getString("executionId"));
        is(made.getString("id"), "RUNNING");
        assertThat(conflict(at + "/start")).containsEntry("retryable", false);
    }

    private java.util.Map<String, Object> conflict(String path) {
        var answer = call("POST", path, null);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(409);
        return new JsonObject(answer.body()).getMap();
    }

    private List<String> strict(String body) {
        var answer = call("POST", "/api/deployments?strict=true", body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(422);
        return new JsonObject(answer.body())
                .getJsonArray("errors").stream()
                        .map(error -> ((JsonObject) error).getString("pointer"))
                        .toList();
    }

    @Test
    void created_says_where_and_never_shows_a_secret() {
        var answer = call("POST", "/api/deployments", WEB);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        var made = new JsonObject(answer.body());
        assertThat(answer.headers().firstValue("Location")).contains("/api/deployments/" + made.getString("id"));
        assertThat(answer.body()).doesNotContain("s3cret");
        var read = server.call("GET", "/api/deployments/" + made.getString("id"), "viewer", null);
        assertThat(read.body())
                .doesNotContain("s3cret", "\"a\"")
                .contains("\"MODE\":\"***\"", "https://h.example/m.bin\"");
        assertThat(server.call("GET", "/api/deployments", "viewer", null).body())
                .doesNotContain("s3cret");
    }

    @Test
    void operators_see_what_is_not_secret_and_viewers_the_names_of_variables() {
        String id = new JsonObject(call("POST", "/api/deployments", WEB).body()).getString("id");
        var all = new JsonObject().put("API_TOKEN", "***").put("MODE", "a").put("PLAIN", "***");
        assertThat(env(new JsonObject(
                        call("GET", "/api/deployments/" + id, null).body())))
                .isEqualTo(all);
        for (String listed : List.of("/api/deployments/" + id, "/api/deployments")) {
            var seen = new JsonObject(server.call("GET", listed, "viewer", null).body());
            JsonObject one =
                    seen.containsKey("items") ? seen.getJsonArray("items").getJsonObject(0) : seen;
            assertThat(env(one)).isEqualTo(all.copy().put("MODE", "***"));
        }
    }

    private static JsonObject env(JsonObject deployment) {
        return deployment.getJsonObject("spec").getJsonObject("env");
    }

    @Test
    void the_mask_is_no_value_where_nothing_of_the_same_meaning_is_stored() {
        var fresh = call("POST", "/api/deployments", WEB.replace("s3cret\"", "***\""));
        assertThat(fresh.statusCode()).as(fresh.body()).isEqualTo(422);
        assertThat(pointers(fresh))
                .containsExactlyInAnyOrder("/spec/env/API_TOKEN", "/spec/env/PLAIN", "/spec/registryAuth/password");
        String id = running();
        String masked = WEB.replace("s3cret\"", "***\"").replace("?X-Amz-Signature=***", "");
        String mine = masked.replace("\"username\"", "\"registry\": \"evil.example\", \"username\"");
        assertThat(refusedUpdate(id, mine)).containsExactly("/spec/registryAuth/password");
        assertThat(refusedUpdate(id, mine.replace("web:1", "evil.example/web:1")))
                .containsExactlyInAnyOrder("/spec/env/API_TOKEN", "/spec/env/PLAIN", "/spec/registryAuth/password");
        assertThat(refusedUpdate(id, masked.replace("\"u\"", "\"other\"")))
                .containsExactly("/spec/registryAuth/password");
        assertThat(refusedUpdate(id, masked.replace("{\"PLAIN\": true}", "{\"API_TOKEN\": false}")))
                .containsExactlyInAnyOrder("/spec/env/API_TOKEN", "/spec/env/PLAIN");
        assertThat(refusedUpdate(id, masked.replace("\"MODE\": \"a\"", "\"OTHER\": \"***\"")))
                .containsExactly("/spec/env/OTHER");
        var before = Fleet.await(fleet.deployments.get(id));
        assertThat(call("PUT", "/api/deployments/" + id, masked).statusCode()).isEqualTo(202);
        var after = Fleet.await(fleet.deployments.get(id));
        assertThat(after.spec()).isEqualTo(before.spec());
        assertThat(after.model()).isEqualTo(before.model());
    }

    private List<String> refusedUpdate(String id, String body) {
        var answer = call("PUT", "/api/deployments/" + id, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(422);
        return pointers(answer);
    }

    @Test
    void a_creation_that_is_repeated_under_its_key_gives_the_same_deployment_until_that_is_deleted() {
        var first = new JsonObject(keyed().body());
        String id = first.getString("id");
        assertThat(new JsonObject(keyed().body()).getString("id")).isEqualTo(id);
        fleet.work(first.getString("executionId"));
        is(id, "RUNNING");
        var deleting =
                new JsonObject(call("DELETE", "/api/deployments/" + id, null).body());
        fleet.work(deleting.getString("executionId"));
        await().until(() -> call("GET", "/api/deployments/" + id, null).statusCode() == 404);
        assertThat(keyed().statusCode()).isEqualTo(409);
    }

    private HttpResponse<String> keyed() {
        return server.call("POST", "/api/deployments", "operator", WEB, "Idempotency-Key", "k1");
    }

    @Test
    void bad_requests_name_every_field_and_leave_no_trace() {
        var unknown =
                call("POST", "/api/deployments", "{\"name\":\"a\",\"spec\":{\"image\":\"a\",\"imagee\":1},\"x\":1}");
        assertThat(unknown.statusCode()).isEqualTo(400);
        assertThat(pointers(unknown)).containsExactlyInAnyOrder("/spec/imagee", "/x");
        var wrong = call(
                "POST",
                "/api/deployments",
                "{\"name\":\"a\",\"replicas\":201,\"spec\":{\"image\":\"A B\",\"cpu\":-1}}");
        assertThat(wrong.statusCode()).isEqualTo(422);
        assertThat(pointers(wrong)).containsExactlyInAnyOrder("/replicas", "/spec/image", "/spec/cpu");
        assertThat(wrong.body()).contains("must be 0 to 200");
        assertThat(server.call("POST", "/api/deployments", "viewer", WEB).statusCode())
                .isEqualTo(403);
        assertThat(new JsonObject(call("GET", "/api/deployments", null).body()).getInteger("totalSize"))
                .isZero();
    }

    private static List<String> pointers(HttpResponse<String> problem) {
        return new JsonObject(problem.body())
                .getJsonArray("errors", new JsonArray()).stream()
                        .map(error -> ((JsonObject) error).getString("pointer"))
                        .toList();
    }

    @Test
    void actions_answer_with_their_execution() {
        String id = running();
        assertThat(get(id).getString("nodeId")).isEqualTo("n1");
        for (String action : List.of("restart", "stop", "start")) {
            var answer = call("POST", "/api/deployments/" + id + "/" + action, null);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
            String execution = new JsonObject(answer.body()).getString("executionId");
            assertThat(answer.headers().firstValue("Location")).contains("/api/executions/" + execution);
            assertThat(call("POST", "/api/deployments/" + id + "/restart", null).statusCode())
                    .isEqualTo(409);
            fleet.work(execution);
            is(id, action.equals("stop") ? "STOPPED" : "RUNNING");
        }
        var seen = server.call("GET", "/api/deployments/" + id, "viewer", null);
        String etag = seen.headers().firstValue("ETag").orElseThrow();
        String stale = "\"" + (Long.parseLong(etag.replace("\"", "")) - 1) + "\"";
        assertThat(server.call(
                                "PUT",
                                "/api/deployments/" + id,
                                "operator",
                                WEB,
                                "If-Match",
                                stale,
                                "Content-Type",
                                "application/json")
                        .statusCode())
                .isEqualTo(412);
        var update = call(
                "PUT", "/api/deployments/" + id, WEB.replace("web:1", "web:2").replace("s3cret\"", "***\""));
        assertThat(update.statusCode()).as(update.body()).isEqualTo(202);
        fleet.work(new JsonObject(update.body()).getString("executionId"));
        is(id, "RUNNING");
        assertThat(Fleet.await(fleet.deployments.get(id)).spec().env()).containsEntry("API_TOKEN", "s3cret");

        var delete = call("DELETE", "/api/deployments/" + id, null);
        assertThat(delete.statusCode()).isEqualTo(202);
        fleet.work(new JsonObject(delete.body()).getString("executionId"));
        await().until(() -> call("GET", "/api/deployments/" + id, null).statusCode() == 404);
        assertThat(call("DELETE", "/api/deployments/" + id, null).statusCode()).isEqualTo(404);
    }

    @Test
    void a_restart_pulls_where_that_is_asked_for() {
        String id = running();
        for (var asked : List.of("?pull=true", "?pull=false", "")) {
            var answer = call("POST", "/api/deployments/" + id + "/restart" + asked, null);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
            assertThat(new JsonObject(answer.body()).getString("status")).isEqualTo("RESTARTING");
            assertThat(fleet.work(new JsonObject(answer.body()).getString("executionId"))
                            .get(0))
                    .isEqualTo(asked.equals("?pull=true") ? "deployment.update on n1" : "deployment.restart on n1");
            is(id, "RUNNING");
        }
        assertThat(call("POST", "/api/deployments/" + id + "/restart?pull=perhaps", null)
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void lists_filter_and_page() {
        String first = running();
        for (int i = 0; i < 4; i++) {
            call("POST", "/api/deployments", WEB.replace("\"web\"", "\"other" + i + "\""));
        }
        var page = new JsonObject(
                call("GET", "/api/deployments?q=other&pageSize=3", null).body());
        assertThat(page.getInteger("totalSize")).isEqualTo(4);
        assertThat(page.getJsonArray("items")).hasSize(3);
        assertThat(call("GET", "/api/deployments?q=THER1", null).body()).contains("\"totalSize\":1", "other1");
        assertThat(call("GET", "/api/deployments?q=%25", null).body()).contains("\"totalSize\":0");
        assertThat(call("GET", "/api/deployments?q=", null).body()).contains("\"totalSize\":5");
        var rest = new JsonObject(
                call("GET", "/api/deployments?q=other&pageSize=3&pageToken=" + page.getString("nextPageToken"), null)
                        .body());
        assertThat(rest.getJsonArray("items")).hasSize(1);
        var running = new JsonObject(call("GET", "/api/deployments?status=RUNNING&status=STOPPED&nodeId=n1", null)
                .body());
        assertThat(running.getJsonArray("items").getJsonObject(0).getString("id"))
                .isEqualTo(first);
        assertThat(call("GET", "/api/deployments?status=NONSENSE", null).statusCode())
                .isEqualTo(400);
    }

    @Test
    void labels_are_one_line_and_an_address_is_a_whole_one() {
        String base = "{\"name\":\"web\",\"spec\":{\"image\":\"a\",%s}}";
        for (String value : List.of("a\\u001b[31mb", "a\\nb", " ", "a\\u202eb")) {
            assertThat(strict(base.formatted("\"labels\":{\"k\":\"" + value + "\"}")))
                    .containsExactly("/spec/labels/k");
        }
        for (String address : List.of("127.1", "300.1.1.1", ":::")) {
            assertThat(strict(base.formatted("\"ports\":[{\"containerPort\":1,\"hostIp\":\"" + address + "\"}]")))
                    .containsExactly("/spec/ports/0/hostIp");
        }
    }
}
