package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.deployment.Fleet;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.NewExecutionBuilder;
import io.aiwm.controller.execution.OnNodeLost;
import io.aiwm.controller.execution.StepSpecBuilder;
import io.aiwm.controller.execution.Waiters;
import io.aiwm.controller.file.FilesByHand;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.log.ChattyWorker;
import io.aiwm.controller.log.LogStreams;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.controller.store.Query;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.FileKind;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Executions over REST, over a real store. */
@Timeout(60)
class ExecutionResourceTest {
    private static final String CHECK = "{'command':'system.healthCheck','data':{'size':1}}";

    @TempDir
    Path folder;

    private Fleet fleet;
    private TestServer server;
    /** When the users were made who call. */
    private final AtomicReference<Instant> since = new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));

    @BeforeEach
    void open() {
        fleet = new Fleet(folder);
        fleet.node("n1", NodeStatus.IDLE);
        var callers = new CallerIdentity(name -> Future.succeededFuture(since.get()));
        server = new TestServer(List.of(
                new ExecutionResource(
                        fleet.executions,
                        new Waiters(fleet.vertx, fleet.executions, InstantSource.system(), true),
                        fleet,
                        fleet.deployments::get,
                        fleet.files::get,
                        callers,
                        fleet.keys),
                new StepFileResource(
                        fleet.executions,
                        fleet.files,
                        new LogStreams(fleet.vertx, new ChattyWorker(3), fleet, Duration.ofMillis(50)),
                        callers)));
    }

    @AfterEach
    void close() {
        server.close();
        fleet.close();
    }

    private HttpResponse<String> post(String path, String body, String... headers) {
        return server.call("POST", path, "operator", body.replace('\'', '"'), headers);
    }

    private JsonObject get(String path) {
        return new JsonObject(server.call("GET", path, "viewer", null).body());
    }

    private JsonObject made(String steps) {
        var answer = post("/api/executions", "{'start':true,'steps':[" + steps + "]}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return new JsonObject(answer.body());
    }

    private List<String> refused(String body) {
        var answer = post("/api/executions", body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(422);
        return new JsonObject(answer.body())
                .getJsonArray("errors", new JsonArray()).stream()
                        .map(error -> ((JsonObject) error).getString("pointer"))
                        .toList();
    }

    private List<String> refusedStep(String step) {
        return refused("{'steps':[" + CHECK + "," + step + "]}");
    }

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
    void a_name_or_reason_is_one_line_without_control_characters() {
        String escape = "\\u001b[2J";
        var named = post(
                "/api/executions",
                "{'name':'a\\nb','steps':[{'name':'" + escape + "','command':'system.healthCheck'}]}");
        assertThat(named.statusCode()).isEqualTo(400);
        assertThat(named.body()).contains("\"/name\"", "\"/steps/0/name\"", "must be one line");
        String id = made(CHECK).getString("id");
        var cancel = post("/api/executions/" + id + "/cancel", "{'reason':'x" + escape + "'}");
        assertThat(cancel.statusCode()).isEqualTo(400);
        assertThat(cancel.body()).contains("\"/reason\"");
    }

    @Test
    void requirements_of_a_step_come_back_under_their_name() {
        for (String word : List.of("requirements", "requires")) {
            JsonObject step = made("{'command':'system.healthCheck','" + word
                            + "':{'zone':'east','memoryBytes':'1GiB'}}")
                    .getJsonArray("steps")
                    .getJsonObject(0);
            assertThat(step.getJsonObject("requirements"))
                    .isEqualTo(new JsonObject().put("zone", "east").put("memoryBytes", 1L << 30));
        }
        assertThat(refusedStep("{'command':'system.healthCheck','requirements':{'labelSelector':'((('}}"))
                .containsExactly("/steps/1/requirements/labelSelector");
    }

    @Test
    void a_process_that_asks_for_gpus_is_refused_as_a_job_is() {
        String process = "{'command':'job.run','data':{'runtime':'process','command':['true']},'requirements':";
        assertThat(refusedStep(process + "{'gpus':{'count':1}}}")).containsExactly("/steps/1/requirements/gpus");
        made(process + "{'gpus':{'count':0}}}");
    }

    @Test
    void the_mask_is_no_value_of_a_step() {
        assertThat(refusedStep("{'command':'model.download','data':{'url':'https://h/m','authorization':'***'}}"))
                .containsExactly("/steps/1/data/authorization");
        assertThat(refusedStep("{'command':'job.run','data':{'image':'busybox','env':{'API_TOKEN':'***'}}}"))
                .contains("/steps/1/data/env/API_TOKEN");
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
    void data_that_the_commands_schema_does_not_take_is_refused_where_it_is_wrong() {
        assertThat(refusedStep("{'command':'deployment.create','data':{}}"))
                .containsExactlyInAnyOrder("/steps/1/data/deploymentId", "/steps/1/data/spec");
        assertThat(refusedStep("{'command':'deployment.delete'}")).containsExactly("/steps/1/data/deploymentId");
        assertThat(refusedStep("{'command':'deployment.delete','data':{'deploymentId':5}}"))
                .containsExactly("/steps/1/data/deploymentId");
        assertThat(refusedStep("{'command':'model.download','data':{'url':7}}")).containsExactly("/steps/1/data/url");
        assertThat(get("/api/executions").getInteger("totalSize")).isZero();
    }

    @Test
    void data_that_no_worker_could_carry_out_is_refused_where_it_is_wrong_whatever_the_command() {
        Map<String, String> wrong = new LinkedHashMap<>();
        wrong.put("'job.run','data':{}", "/image");
        wrong.put("'job.run'", "/image");
        wrong.put("'job.run','data':{'image':'b','network':'host'}", "/network");
        wrong.put("'job.run','data':{'image':'b','user':'root'}", "/user");
        wrong.put("'job.run','data':{'image':'b','pullPolicy':'often'}", "/pullPolicy");
        wrong.put("'job.run','data':{'image':'b','graceMs':-1}", "/graceMs");
        wrong.put("'job.run','data':{'image':'b','logLimitBytes':99999999999}", "/logLimitBytes");
        wrong.put("'job.run','data':{'image':'b','memoryBytes':1024}", "/memoryBytes");
        wrong.put("'job.run','data':{'image':'b','workDir':'/proc/x'}", "/workDir");
        wrong.put("'job.run','data':{'image':'b','outputs':['../x']}", "/outputs/0");
        wrong.put("'job.run','data':{'image':'b','env':{'1A':'x'}}", "/env/1A");
        wrong.put("'job.run','data':{'image':'b','inputs':{'sha256':'00'}}", "/inputs/fileId");
        wrong.put("'job.run','data':{'image':'NOT AN IMAGE'}", "/image");
        wrong.put("'job.run','data':{'image':'b','runtime':'process'}", "/image");
        wrong.put("'job.run','data':{'runtime':'process'}", "/command");
        wrong.put("'model.download','data':{}", "/name");
        wrong.put("'model.download','data':{'url':'ftp://x/y'}", "/url");
        wrong.put("'model.cache','data':{'name':'a b'}", "/name");
        wrong.put("'model.delete','data':{'id':'x.part'}", "/id");
        wrong.forEach((step, at) ->
                assertThat(refusedStep("{'command':" + step + "}")).as(step).contains("/steps/1/data" + at));
        assertThat(refusedStep(
                        "{'command':'deployment.create','data':{'deploymentId':'d','spec':{'image':'b','memoryBytes':5000000,'pidsLimit':5000000,'user':'a"
                                + " b','volumes':[{'source':'v','target':'/'}]}}}"))
                .contains(
                        "/steps/1/data/spec/memoryBytes",
                        "/steps/1/data/spec/pidsLimit",
                        "/steps/1/data/spec/user",
                        "/steps/1/data/spec/volumes/0/target");
        assertThat(get("/api/executions").getInteger("totalSize")).isZero();
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
    void a_step_that_says_more_of_its_container_needs_a_worker_that_knows_it() {
        String id = made(CHECK + ",{'command':'job.run','data':{'image':'b','init':true},'requires':{'zone':'z'}},"
                        + "{'command':'job.run','data':{'image':'b','workDir':'/x'},'requires':{'zone':'z'}}")
                .getString("id");
        var steps = get("/api/executions/" + id).getJsonArray("steps");
        assertThat(steps.getJsonObject(1).getJsonObject("requires"))
                .isEqualTo(new JsonObject("{\"zone\":\"z\",\"capabilities\":[\"container-settings\"]}"));
        assertThat(steps.getJsonObject(2).getJsonObject("requires")).isEqualTo(new JsonObject("{\"zone\":\"z\"}"));
        String said = "{\"spec\":{\"image\":\"b\",\"init\":true,\"probes\":{\"liveness\":{\"tcp\":{\"port\":80}}}}}";
        var probed = StepSpecBuilder.builder()
                .command("deployment.create")
                .data(new JsonObject(said))
                .build();
        assertThat(StepData.requires(probed).capabilities()).containsExactly("container-settings", "container-probes");
        assertThat(refusedStep("{'command':'deployment.create','data':{'deploymentId':'d','spec':{'image':'b',"
                        + "'probes':{'liveness':{'tcp':{'port':0}}}}}}"))
                .containsExactlyInAnyOrder("/steps/1/data/spec/probes/liveness/tcp/port", "/steps/1/data/deploymentId");
        assertThat(refusedStep("{'command':'job.run','data':{'image':'b','stopSignal':'SIGSTOP','groups':[5]}}"))
                .containsExactly("/steps/1/data/stopSignal");
    }

    @Test
    void a_deployment_command_needs_a_deployment() {
        assertThat(refusedStep("{'command':'deployment.stop','data':{'deploymentId':'dep_fake'}}"))
                .containsExactly("/steps/1/data/deploymentId");
        var web = TestServer.await(fleet.deployments.create(
                io.aiwm.common.Json.decode(
                        new JsonObject("{\"name\":\"web\",\"spec\":{\"image\":\"web:1\"}}"),
                        io.aiwm.controller.deployment.DeploymentRequest.class),
                "ann"));
        made("{'command':'deployment.restart','data':{'deploymentId':'" + web.id() + "'}}");
    }

    @Test
    void what_is_named_must_exist_and_every_mistake_is_named_at_once() {
        assertThat(refused("{'parentExecutionId':'nope','steps':[{'command':'system.healthCheck','nodeId':'nx'}]}"))
                .containsExactlyInAnyOrder("/parentExecutionId", "/steps/0/nodeId");
        String parent = made(CHECK).getString("id");
        var child = post("/api/executions", "{'parentExecutionId':'" + parent + "','steps':[" + CHECK + "]}");
        assertThat(child.statusCode()).isEqualTo(201);
        assertThat(get("/api/executions?parentExecutionId=" + parent).getInteger("totalSize"))
                .isEqualTo(1);
    }

    @Test
    void data_deeper_than_the_protocol_is_refused() {
        String fits = "{'a':".repeat(30) + "{}" + "}".repeat(30);
        made("{'command':'system.healthCheck','data':" + fits + "}");
        assertThat(refusedStep("{'command':'system.healthCheck','data':{'a':" + fits + "}}"))
                .containsExactly("/steps/1/data");
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
    void a_creation_that_is_repeated_under_its_key_gives_the_same_execution() {
        String body = "{'start':true,'steps':[" + CHECK + "]}";
        var first = post("/api/executions", body, "Idempotency-Key", "k1");
        String id = new JsonObject(first.body()).getString("id");
        fleet.work(id);
        var again = post("/api/executions", body, "Idempotency-Key", "k1", "Prefer", "wait=10");
        assertThat(again.statusCode()).as(again.body()).isEqualTo(201);
        assertThat(again.headers().firstValue("Location")).hasValue("/api/executions/" + id);
        assertThat(new JsonObject(again.body()).getString("status")).isEqualTo("COMPLETED");
        var other = post("/api/executions", body.replace("true", "false"), "Idempotency-Key", "k1");
        assertThat(other.statusCode()).isEqualTo(422);
        assertThat(other.body()).contains("header:Idempotency-Key");
        post("/api/executions", body, "Idempotency-Key", "k2");
        server.call("POST", "/api/executions", "admin", body.replace('\'', '"'), "Idempotency-Key", "k1");
        assertThat(get("/api/executions").getInteger("totalSize"))
                .as("another key, another caller")
                .isEqualTo(3);
    }

    @Test
    void a_refused_creation_leaves_its_key_free_and_a_key_must_be_readable() {
        assertThat(post("/api/executions", "{'steps':[{'command':'nope'}]}", "Idempotency-Key", "k")
                        .statusCode())
                .isEqualTo(422);
        assertThat(post("/api/executions", "{'steps':[" + CHECK + "]}", "Idempotency-Key", "k")
                        .statusCode())
                .isEqualTo(201);
        assertThat(post("/api/executions", "{'steps':[" + CHECK + "]}", "Idempotency-Key", "a b")
                        .statusCode())
                .isEqualTo(400);
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

    private String wrong(int status, String step) {
        var answer = post("/api/executions", "{'steps':[" + step + "]}");
        assertThat(answer.statusCode()).as(step + answer.body()).isEqualTo(status);
        return new JsonObject(answer.body())
                .getJsonArray("errors")
                .getJsonObject(0)
                .getString("pointer");
    }

    @Test
    void what_step_data_reveals_is_refused_at_the_door() {
        String run = "{'command':'job.run','data':{'image':'a',%s}%s}";
        assertThat(wrong(422, run.formatted("'shmBytes':629145600,'memoryBytes':536870912", "")))
                .isEqualTo("/steps/0/data/shmBytes");
        assertThat(wrong(422, run.formatted("'shmBytes':629145600", ",'requirements':{'memoryBytes':536870912}")))
                .isEqualTo("/steps/0/data/shmBytes");
        assertThat(wrong(422, run.formatted("'inputs':{'fileId':'nope'}", "")))
                .isEqualTo("/steps/0/data/inputs/fileId");
        assertThat(wrong(422, run.formatted("'name':'a\\u001b[31mb'", ""))).isEqualTo("/steps/0/data/name");
    }

    @Test
    void a_number_that_is_infinite_once_read_is_refused_with_its_place() {
        for (String number : List.of("1e400", "-1e400", "1" + "0".repeat(400))) {
            assertThat(wrong(400, "{'command':'system.healthCheck','data':{'x':[" + number + "]}}"))
                    .isEqualTo("/steps/0/data/x/0");
        }
    }

    @Test
    void texts_that_people_read_are_one_line_that_can_be_seen() {
        for (String text : List.of("a\\u001b[31mb", "a\\nb", "a\\u202eb", "\\ufeffa", "\\u2066", " ", "\\u200b")) {
            for (String field : List.of("gang", "name")) {
                assertThat(wrong(400, "{'command':'system.healthCheck','" + field + "':'" + text + "'}"))
                        .isEqualTo("/steps/0/" + field);
            }
            for (String need : List.of("zone", "runtime")) {
                assertThat(wrong(
                                400, "{'command':'system.healthCheck','requirements':{'" + need + "':'" + text + "'}}"))
                        .isEqualTo("/steps/0/requirements/" + need);
            }
        }
        made("{'command':'system.healthCheck','name':' ü 機 ','gang':'a b','requirements':{'zone':'eu-1'}}");
    }
}
