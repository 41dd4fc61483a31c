package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.deployment.Fleet;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.NewExecutionBuilder;
import io.aiwm.controller.execution.StepSpecBuilder;
import io.aiwm.controller.execution.Waiters;
import io.aiwm.controller.file.Files;
import io.aiwm.controller.http.HttpApiTest;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.job.JobExplainer;
import io.aiwm.controller.job.Jobs;
import io.aiwm.controller.log.ChattyWorker;
import io.aiwm.controller.log.LogStreams;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.controller.scheduler.NodesByHand;
import io.aiwm.controller.scheduler.Scheduler;
import io.aiwm.controller.secret.RegistryPasswords;
import io.aiwm.protocol.CommandAck;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.FileKind;
import io.aiwm.protocol.LogChunk;
import io.aiwm.protocol.LogChunkBuilder;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Jobs over REST, over a real store. */
@Timeout(60)
class JobResourceTest {
    @TempDir
    Path folder;

    private final Scheduler scheduler = NodesByHand.scheduler();
    private final ChattyWorker worker = new ChattyWorker(3);
    private Fleet fleet;
    private LogStreams logs;
    private TestServer server;

    @BeforeEach
    void open() {
        fleet = new Fleet(folder);
        fleet.node("n1", NodeStatus.IDLE);
        logs = new LogStreams(fleet.vertx, worker, fleet, Duration.ofMillis(50));
        worker.gateway = logs::accept;
        var jobs = new Jobs(fleet.executions, fleet, fleet.files, Fleet.JOBS, RegistryPasswords.WITHOUT_SECRETS);
        server = new TestServer(List.of(
                new JobResource(
                        jobs,
                        new JobExplainer(jobs, scheduler),
                        fleet.files,
                        logs,
                        fleet.executions,
                        new Waiters(fleet.vertx, fleet.executions, InstantSource.system(), true),
                        fleet.keys),
                new JobFileResource(jobs, fleet.files, logs)));
    }

    @AfterEach
    void close() {
        server.close();
        fleet.close();
    }

    private HttpResponse<String> post(String path, String body, String... headers) {
        return server.call("POST", path, "operator", body == null ? null : body.replace('\'', '"'), headers);
    }

    private JsonObject get(String path) {
        var answer = server.call("GET", path, "viewer", null);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return new JsonObject(answer.body());
    }

    private JsonObject made(String body) {
        var answer = post("/api/jobs", body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return new JsonObject(answer.body());
    }

    private String madeId(String name) {
        return made("{'image':'busybox','name':'" + name + "'}").getString("id");
    }

    private List<String> refused(int status, String path, String body) {
        var answer = post(path, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        return new JsonObject(answer.body())
                .getJsonArray("errors", new JsonArray()).stream()
                        .map(error -> ((JsonObject) error).getString("pointer"))
                        .toList();
    }

    private static List<String> ids(JsonObject page) {
        return page.getJsonArray("items").stream()
                .map(item -> ((JsonObject) item).getString("id"))
                .toList();
    }

    @Test
    void sizes_as_text_and_a_number_of_gpus_are_short_forms() {
        JsonObject job = made("{'image':'busybox','memoryBytes':'1GiB','gpus':2,'requirements':{'diskBytes':'2GiB'}}");
        assertThat(job.getJsonObject("requirements"))
                .isEqualTo(new JsonObject()
                        .put("cpu", 1.0)
                        .put("memoryBytes", 1L << 30)
                        .put("diskBytes", 2L << 30)
                        .put("gpus", new JsonObject().put("count", 2))
                        .put("capabilities", new JsonArray().add("docker")));
        assertThat(refused(422, "/api/jobs", "{'image':'busybox','memoryBytes':'8 apples'}"))
                .containsExactly("/memoryBytes");
    }

    @Test
    void the_mask_is_no_value_of_a_new_job() {
        String job = "{'image':'busybox','command':'true','env':{'API_TOKEN':'***'},"
                + "'registryAuth':{'username':'u','password':'***'}}";
        assertThat(refused(422, "/api/jobs", job))
                .containsExactlyInAnyOrder("/env/API_TOKEN", "/registryAuth/password");
        assertThat(refused(422, "/api/jobs", "{'image':'busybox','env':{'A':'b'},'secretEnv':{'B':true}}"))
                .containsExactly("/secretEnv/B");
    }

    @Test
    void viewers_see_the_names_of_a_jobs_variables_and_no_value() {
        String id = made("{'image':'busybox','command':['curl','https://h/x?token=s3cret'],"
                        + "'env':{'MODE':'s3cret','A_TOKEN':'7'},'secretEnv':{'A_TOKEN':false}}")
                .getString("id");
        assertThat(get("/api/jobs/" + id, "operator").getJsonObject("env"))
                .isEqualTo(new JsonObject().put("MODE", "s3cret").put("A_TOKEN", "7"));
        JsonObject seen = get("/api/jobs/" + id, "viewer");
        assertThat(seen.getJsonObject("env"))
                .isEqualTo(new JsonObject().put("MODE", "***").put("A_TOKEN", "***"));
        assertThat(seen.encode() + get("/api/jobs", "viewer").encode()).doesNotContain("s3cret");
    }

    private JsonObject get(String path, String user) {
        return new JsonObject(server.call("GET", path, user, null).body());
    }

    @Test
    void a_job_is_an_execution_with_one_step_and_shows_what_was_asked_for_beside_how_far_it_is() {
        JsonObject job = made("{'name':'train','image':'python:3','command':['python','x.py'],"
                + "'env':{'A':'b','DB_PASSWORD':'s3cret','URL':'postgres://me:pw@db/x'},"
                + "'requirements':{'cpu':2,'diskBytes':0,'gpus':{'count':1},'zone':'east'},"
                + "'priority':'high','preemptible':true,'timeoutMs':60000,'maxRetries':2,'onNodeLost':'fail',"
                + "'outputs':['out/**']}");
        assertThat(job.getString("id")).startsWith("job_");
        assertThat(job.getString("status")).isEqualTo("ASSIGNED");
        assertThat(job.getJsonObject("env"))
                .isEqualTo(
                        new JsonObject().put("A", "b").put("DB_PASSWORD", "***").put("URL", "***"));
        assertThat(job.getJsonObject("requirements"))
                .isEqualTo(new JsonObject("{\"cpu\":2.0,\"memoryBytes\":536870912,\"gpus\":{\"count\":1},"
                        + "\"zone\":\"east\",\"capabilities\":[\"docker\"],\"diskBytes\":0}"));
        assertThat(job.getInteger("priority")).isEqualTo(75);
        assertThat(job.getString("nodeId")).isEqualTo("n1");
        assertThat(job.getJsonArray("attempts").getJsonObject(0).getString("nodeId"))
                .isEqualTo("n1");

        Execution stored = TestServer.await(fleet.executions.get(job.getString("id")));
        assertThat(stored.category()).isEqualTo("job");
        var step = stored.steps().get(0).spec();
        assertThat(step.command()).isEqualTo("job.run");
        assertThat(step.data().getDouble("cpu")).as("the limit is the claim").isEqualTo(2.0);
        assertThat(step.data().getLong("memoryBytes")).isEqualTo(512L << 20);
        assertThat(step.data().getJsonObject("env").getString("DB_PASSWORD")).isEqualTo("s3cret");

        fleet.work(stored.id());
        assertThat(get("/api/jobs/" + stored.id()).getString("status")).isEqualTo("COMPLETED");
    }

    @Test
    void a_text_is_for_the_shell_and_a_process_needs_no_engine() {
        JsonObject script = made("{'image':'busybox','command':'echo a && echo b'}");
        assertThat(script.getJsonArray("entrypoint")).containsExactly("/bin/sh", "-c");
        assertThat(script.getJsonArray("command")).containsExactly("echo a && echo b");
        JsonObject shortForm = made("{'image':'i','cpu':2,'memoryBytes':8388608,'gpus':{'count':1}}");
        assertThat(shortForm.getJsonObject("requirements").getDouble("cpu")).isEqualTo(2);
        JsonObject kindOnly = made("{'image':'i','gpus':{'model':'A100'}}").getJsonObject("requirements");
        assertThat(kindOnly.getJsonObject("gpus").getInteger("count"))
                .as("a kind of GPU is one of it, never none")
                .isEqualTo(1);
        assertThat(shortForm.getJsonObject("requirements").getLong("memoryBytes"))
                .isEqualTo(8_388_608);
        assertThat(shortForm.getJsonObject("requirements").getJsonObject("gpus").getInteger("count"))
                .isEqualTo(1);
        assertThat(refused(422, "/api/jobs", "{'image':'i','cpu':2,'requirements':{'cpu':2}}")
                        .toString())
                .contains("/cpu");
        JsonObject process = made("{'command':['true'],'requirements':{'runtime':'process'}}");
        assertThat(process.getJsonObject("requirements").getString("runtime")).isEqualTo("process");
        assertThat(process.getJsonObject("requirements").containsKey("capabilities"))
                .isFalse();
    }

    @Test
    void every_mistake_is_named_at_once() {
        assertThat(refused(
                        422,
                        "/api/jobs",
                        "{'image':'No Image','env':{'1x':'a','AIWM_ARRAY_INDEX':'1'},'outputs':['/etc','a/../b'],"
                                + "'user':'root','workDir':'x','registryAuth':{'username':'a'},'tolerance':1,"
                                + "'requirements':{'nodeId':'nx','labelSelector':'=','memoryBytes':5}}"))
                .containsExactlyInAnyOrder(
                        "/image",
                        "/env/1x",
                        "/env/AIWM_ARRAY_INDEX",
                        "/outputs/0",
                        "/outputs/1",
                        "/user",
                        "/workDir",
                        "/registryAuth",
                        "/tolerance",
                        "/requirements/nodeId",
                        "/requirements/labelSelector",
                        "/requirements/memoryBytes");
        assertThat(refused(422, "/api/jobs", "{}")).containsExactly("/image");
        assertThat(refused(422, "/api/jobs", "{'image':'a','requirements':{'runtime':'process'}}"))
                .containsExactlyInAnyOrder("/image", "/command");
        for (String path : List.of("/proc", "/etc/x", "/a/../b", "/a:b", "/a//b", "/")) {
            assertThat(refused(422, "/api/jobs", "{'image':'a','workDir':'" + path + "'}"))
                    .as(path)
                    .containsExactly("/workDir");
        }
        assertThat(refused(422, "/api/jobs", "{'image':'a','count':3,'tolerance':1.5}"))
                .containsExactly("/tolerance");
        assertThat(refused(400, "/api/jobs", "{'image':'a','priority':'urgent','count':10001,'nope':1}"))
                .contains("/priority", "/count", "/nope");
        assertThat(get("/api/jobs").getInteger("totalSize")).isZero();
    }

    @Test
    void a_creation_that_is_repeated_under_its_key_gives_the_same_job() {
        String body = "{'image':'busybox'}";
        String id =
                new JsonObject(post("/api/jobs", body, "Idempotency-Key", "k1").body()).getString("id");
        fleet.work(id);
        var again = post("/api/jobs", body, "Idempotency-Key", "k1", "Prefer", "wait=10");
        assertThat(again.headers().firstValue("Location")).hasValue("/api/jobs/" + id);
        assertThat(new JsonObject(again.body()).getString("status")).isEqualTo("COMPLETED");
        assertThat(get("/api/jobs").getInteger("totalSize")).isEqualTo(1);
    }

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
    void a_job_is_cancelled_in_every_state_and_retried_and_deleted_when_it_has_ended() {
        fleet.node("n1", NodeStatus.OFFLINE);
        JsonObject queued = made("{'image':'busybox'}");
        assertThat(queued.getString("status")).isEqualTo("QUEUED");
        assertThat(queued.getString("waitingReason")).isEqualTo("no node");
        String id = queued.getString("id");
        assertThat(post("/api/jobs/" + id + "/cancel", "{'reason':'too late'}").body())
                .contains("CANCELLED", "too late");
        assertThat(post("/api/jobs/" + id + "/retry", null).statusCode()).isEqualTo(200);
        fleet.node("n1", NodeStatus.IDLE);
        TestServer.await(fleet.executions.look(id));
        assertThat(get("/api/jobs/" + id).getString("status")).isEqualTo("ASSIGNED");
        assertThat(server.call("DELETE", "/api/jobs/" + id, "operator", null).statusCode())
                .isEqualTo(409);
        post("/api/jobs/" + id + "/cancel", null);
        fleet.work(id);
        assertThat(get("/api/jobs/" + id).getString("status")).isEqualTo("CANCELLED");
        String done = madeId("done");
        fleet.work(done);
        assertThat(post("/api/jobs/" + done + "/cancel", null).statusCode()).isEqualTo(409);
        assertThat(post("/api/jobs/" + done + "/retry", null).statusCode()).isEqualTo(409);
        assertThat(server.call("DELETE", "/api/jobs/" + done, "operator", null).statusCode())
                .isEqualTo(204);
        assertThat(server.call("GET", "/api/jobs/" + done, "viewer", null).statusCode())
                .isEqualTo(404);
    }

    @Test
    void an_array_has_no_log_of_its_own_and_says_where_there_are_some() {
        String array = made("{'image':'i','count':2}").getString("id");
        for (String file : List.of("logs", "outputs")) {
            var answer = server.call("GET", "/api/jobs/" + array + "/" + file, "viewer", null);
            assertThat(answer.statusCode()).isEqualTo(409);
            assertThat(answer.body()).contains("is an array", "/tasks");
        }
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
    void a_job_that_waits_says_why_and_one_that_can_never_run_is_refused_where_asked() {
        fleet.node("n1", NodeStatus.OFFLINE);
        String id = madeId("waits");
        JsonObject none = get("/api/jobs/" + id + "/explain");
        assertThat(none.getString("status")).isEqualTo("QUEUED");
        assertThat(none.getString("message")).contains("there is none yet");
        assertThat(none.getBoolean("never")).isFalse();
        JsonObject plan = new JsonObject(
                post("/api/jobs/plan", "{'image':'busybox','count':3}").body());
        assertThat(plan.getInteger("unplaced")).isEqualTo(3);
        assertThat(plan.getJsonObject("shortOf").getString("message")).contains("there is none yet");
        assertThat(refused(422, "/api/jobs/plan", "{}")).containsExactly("/image");
        assertThat(refused(422, "/api/jobs?strict=true", "{'image':'busybox'}")).containsExactly("/requirements");
        assertThat(refused(422, "/api/execute?strict=true", "{'image':'busybox'}"))
                .containsExactly("/requirements");

        fleet.node("n1", NodeStatus.PENDING);
        NodesByHand.show(scheduler, fleet.find("n1"));
        assertThat(refused(422, "/api/jobs?strict=true", "{'image':'busybox'}"))
                .as("no node has ever registered")
                .containsExactly("/requirements");

        fleet.node("n1", NodeStatus.IDLE);
        NodesByHand.show(scheduler, fleet.find("n1"));
        String large = "{'image':'busybox','requirements':{'cpu':4000}}";
        assertThat(refused(422, "/api/jobs?strict=true", large)).containsExactly("/requirements");
        assertThat(refused(422, "/api/execute?strict=true", large)).containsExactly("/requirements");
        String made = made(large).getString("id");
        fleet.work(made);
        assertThat(get("/api/jobs/" + made + "/explain").getString("message")).startsWith("has ended");
        assertThat(get("/api/jobs?name=waits").getInteger("totalSize")).isEqualTo(1);
    }

    @Test
    void to_execute_is_to_wait_for_the_end_or_to_be_told_where_to_look() {
        String body = "{'image':'busybox','command':'echo hello'}";
        var slow = post("/api/execute", body, "Prefer", "wait=0");
        assertThat(slow.statusCode()).isEqualTo(202);
        String id = new JsonObject(slow.body()).getString("id");
        assertThat(slow.headers().firstValue("Location")).hasValue("/api/jobs/" + id);
        var begun = meanwhile(() -> post("/api/execute", body));
        await().until(() -> get("/api/jobs").getInteger("totalSize") == 2);
        fleet.work(ids(get("/api/jobs")).get(0));
        var done = begun.join();
        assertThat(done.statusCode()).as(done.body()).isEqualTo(200);
        assertThat(new JsonObject(done.body()).getString("status")).isEqualTo("COMPLETED");
        assertThat(refused(422, "/api/execute", "{'image':'a','count':2}")).containsExactly("/count");
    }

    /** The worker has begun, and has not said that it is done. */
    private void begun(String id) {
        var command = new CommandId(id, 0, 1);
        TestServer.await(
                fleet.executions.acknowledged(command, "n1", new CommandAck(null, command.toString(), true, null)));
    }

    private static <T> CompletableFuture<T> meanwhile(Supplier<T> work) {
        return CompletableFuture.supplyAsync(work);
    }

    @Test
    void a_log_is_followed_from_before_the_job_begins_to_its_end() {
        fleet.node("n1", NodeStatus.OFFLINE);
        String id = madeId("a");
        assertThat(server.call("GET", "/api/jobs/" + id + "/logs", "viewer", null)
                        .statusCode())
                .isEqualTo(404);
        var followed = meanwhile(() -> server.call("GET", "/api/jobs/" + id + "/logs?follow=true", "viewer", null));
        fleet.node("n1", NodeStatus.IDLE);
        TestServer.await(fleet.executions.look(id));
        begun(id);
        assertThat(server.call("GET", "/api/jobs/" + id + "/logs", "viewer", null)
                        .body())
                .as("as it is now")
                .isEqualTo("line 0\nline 1\nline 2\n");
        await().until(() -> worker.streams() == 2);
        fleet.work(id);
        assertThat(followed.join().body()).isEqualTo("line 0\nline 1\nline 2\n");
    }

    @Test
    void what_is_kept_goes_on_where_the_live_log_broke_off_to_the_byte_whatever_the_characters_are() {
        List<String> printed = List.of("\u00fc\u20ac 0\n", "\u00fc\ud83d\ude00 1\n", "\u00fc\u00fc\u00fc 2\n");
        String all = String.join("", printed);
        byte[] bytes = all.getBytes(StandardCharsets.UTF_8);
        int[] cuts = {1, printed.get(0).getBytes(StandardCharsets.UTF_8).length};
        for (int dropped : cuts) { // in the midst of a character, too
            worker.gateway = (node, chunk) -> logs.accept(node, liveUntil(2, printed, chunk));
            fleet.containerNow = new JsonObject()
                    .put("log", new JsonObject().put("truncated", true).put("droppedBytes", dropped));
            String id = madeId("a");
            begun(id);
            int before = worker.streams();
            var followed = meanwhile(() -> server.call("GET", "/api/jobs/" + id + "/logs?follow=true", "viewer", null));
            await().until(() -> worker.streams() > before + 1); // it broke off, and was asked for again
            fleet.kept(fleet.files, id, 1, FileKind.log, Arrays.copyOfRange(bytes, dropped, bytes.length));
            fleet.work(id);
            assertThat(followed.join().body()).isEqualTo(all);
        }
    }

    /** The log of a node that can tell so many pieces, and no more. */
    private static LogChunk liveUntil(int pieces, List<String> printed, LogChunk chunk) {
        int at = (int) chunk.from();
        return at < pieces
                ? new LogChunk(chunk.sessionId(), chunk.streamId(), at, printed.get(at), "stdout", false, null)
                : new LogChunk(chunk.sessionId(), chunk.streamId(), at, "", "stdout", true, "it is gone");
    }

    @Test
    void a_note_of_aiwm_counts_for_nothing_that_the_program_printed() {
        String note = "[aiwm] lines are missing here\n";
        worker.gateway = (node, chunk) -> logs.accept(
                node,
                chunk.from() == 1
                        ? LogChunkBuilder.builder()
                                .sessionId(chunk.sessionId())
                                .streamId(chunk.streamId())
                                .from(1)
                                .chunk(note)
                                .stream("stderr")
                                .missing(-1L)
                                .end(false)
                                .build()
                        : liveUntil(1, List.of("line 0\n"), chunk));
        String body = "{'image':'busybox','command':'echo hello'}";
        var live = meanwhile(() -> post("/api/execute", body, "Accept", "application/x-ndjson"));
        await().until(() -> get("/api/jobs").getInteger("totalSize") == 1);
        String id = ids(get("/api/jobs")).get(0);
        begun(id);
        await().until(() -> worker.streams() > 0);
        String kept = "line 0\n" + "a line that the engine had no more\n".repeat(3);
        fleet.kept(id, 1, FileKind.log, kept);
        fleet.work(id);
        List<JsonObject> events = live.join()
                .body()
                .lines()
                .filter(line -> !line.isEmpty())
                .map(JsonObject::new)
                .filter(event -> event.containsKey("text"))
                .toList();
        assertThat(events.stream()
                        .filter(event -> !event.getBoolean("note", false))
                        .map(event -> event.getString("text"))
                        .collect(java.util.stream.Collectors.joining()))
                .isEqualTo(kept);
        assertThat(events.stream().map(event -> event.getString("text"))).contains(note);
    }

    @Test
    void where_nobody_knows_how_much_the_kept_log_lacks_all_of_it_is_told_and_that_is_said() {
        List<String> printed = List.of("line 0\n", "line 1\n", "line 2\n");
        worker.gateway = (node, chunk) -> logs.accept(node, liveUntil(1, printed, chunk));
        fleet.containerNow = new JsonObject().put("log", new JsonObject().put("truncated", true));
        String id = madeId("a");
        begun(id);
        var followed = meanwhile(() -> server.call("GET", "/api/jobs/" + id + "/logs?follow=true", "viewer", null));
        await().until(() -> worker.streams() > 1);
        fleet.kept(id, 1, FileKind.log, "line 2\n");
        fleet.work(id);
        assertThat(followed.join().body())
                .isEqualTo("line 0\n[aiwm] only the end of the log was kept, and how much is missing here is not known;"
                        + " some of what follows may have come before\nline 2\n");
    }

    @Test
    void a_log_is_followed_across_a_restart_of_its_worker_and_each_line_comes_once() {
        var dead = new AtomicBoolean();
        worker.gateway = (node, chunk) -> {
            if (!dead.get() || chunk.from() < 2) {
                logs.accept(node, chunk);
            }
        };
        dead.set(true);
        String id = madeId("a");
        begun(id);
        var followed = meanwhile(() -> server.call("GET", "/api/jobs/" + id + "/logs?follow=true", "viewer", null));
        await().until(() -> worker.streams() == 1 && logs.size() == 1);
        worker.restart();
        dead.set(false);
        await().until(() -> worker.streams() > 1 && logs.size() == 0);
        fleet.work(id);
        assertThat(followed.join().body()).isEqualTo("line 0\nline 1\nline 2\n");
    }

    @Test
    void what_is_executed_can_be_heard_as_it_is_printed_with_its_end_last() {
        String body = "{'image':'busybox','command':'echo hello'}";
        var live = meanwhile(() -> post("/api/execute", body, "Accept", "application/x-ndjson"));
        await().until(() -> get("/api/jobs").getInteger("totalSize") == 1);
        String id = ids(get("/api/jobs")).get(0);
        begun(id);
        await().until(() -> worker.streams() == 1);
        fleet.work(id);
        List<String> lines =
                live.join().body().lines().filter(line -> !line.isEmpty()).toList();
        assertThat(lines).hasSize(4);
        assertThat(new JsonObject(lines.get(0)).getString("text")).isEqualTo("line 0\n");
        assertThat(new JsonObject(lines.get(3)).getJsonObject("result").getString("status"))
                .isEqualTo("COMPLETED");

        var brief = meanwhile(() -> post("/api/execute", body, "Accept", "text/event-stream"));
        await().until(() -> get("/api/jobs").getInteger("totalSize") == 2);
        String quick = ids(get("/api/jobs")).get(0);
        fleet.kept(quick, 1, FileKind.log, "all of it\n");
        fleet.work(quick);
        assertThat(brief.join().body())
                .as("over before anybody could listen, or not")
                .contains("event: result\ndata: {", "COMPLETED");
    }

    @Test
    void of_a_job_that_is_over_all_that_was_kept_is_heard_however_much_that_is() {
        String body = "{'image':'busybox','command':'echo hello'}";
        post("/api/execute", body, "Idempotency-Key", "large", "Prefer", "wait=0");
        String id = ids(get("/api/jobs")).get(0);
        String text = "line \u00fcber\n".repeat(450_000);
        fleet.kept(id, 1, FileKind.log, text);
        fleet.work(id);
        var heard = post("/api/execute", body, "Idempotency-Key", "large", "Accept", "application/x-ndjson");
        String all = heard.body()
                .lines()
                .filter(line -> !line.isEmpty())
                .map(JsonObject::new)
                .map(event -> event.getString("text", ""))
                .collect(java.util.stream.Collectors.joining());
        assertThat(all).hasSameSizeAs(text).isEqualTo(text);
    }

    @Test
    void a_caller_who_leaves_ends_the_job_only_where_that_was_asked_for_and_so_does_one_who_listens() throws Exception {
        for (String accept : List.of("application/json", "application/x-ndjson")) {
            leave("?cancelOnDisconnect=true", accept);
            String left = ids(get("/api/jobs")).get(0);
            await().until(() -> get("/api/jobs/" + left).getString("cancelReason"), "its caller is gone"::equals);
        }
        leave("", "application/x-ndjson");
        String stays = ids(get("/api/jobs")).get(0);
        fleet.work(stays);
        assertThat(get("/api/jobs/" + stays).getString("status")).isEqualTo("COMPLETED");
    }

    /** Executes a job, and is gone when it is there. */
    private void leave(String query, String accept) throws Exception {
        int before = get("/api/jobs").getInteger("totalSize");
        String body = "{\"image\":\"busybox\"}";
        try (var socket = new java.net.Socket(java.net.InetAddress.getLoopbackAddress(), server.port)) {
            socket.getOutputStream()
                    .write(("POST /api/execute" + query + " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer operator\r\n"
                                    + "Content-Type: application/json\r\nAccept: " + accept + "\r\nContent-Length: "
                                    + body.length() + "\r\n\r\n" + body)
                            .getBytes(java.nio.charset.StandardCharsets.UTF_8));
            if (accept.endsWith("ndjson")) {
                assertThat(socket.getInputStream().read()).isPositive(); // it listens
            }
            await().until(() -> get("/api/jobs").getInteger("totalSize") == before + 1);
        }
    }

    private HttpResponse<String> upload(String content, String... headers) {
        var all = new java.util.ArrayList<>(List.of("Content-Type", "application/x-tar"));
        all.addAll(List.of(headers));
        return server.call("POST", "/api/jobs/inputs", "operator", content, all.toArray(String[]::new));
    }

    @Test
    void an_upload_is_checked_kept_and_given_to_one_job() {
        String sum = io.aiwm.common.Sha256.hex("archive");
        var answer = upload("archive", "X-Checksum-Sha256", sum);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        JsonObject file = new JsonObject(answer.body());
        assertThat(file.getString("sha256")).isEqualTo(sum);
        assertThat(file.getLong("sizeBytes")).isEqualTo(7);
        String digest = java.util.Base64.getEncoder()
                .encodeToString(io.aiwm.common.Sha256.of("archive".getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        assertThat(upload("archive", "Digest", "sha-256=" + digest).statusCode())
                .isEqualTo(201);
        assertThat(upload("other", "X-Checksum-Sha256", sum).statusCode()).isEqualTo(400);
        for (String wrong : List.of("md5=YQ==", "sha-256=YQ==", "sha-256=!")) {
            assertThat(upload("archive", "Digest", wrong).body()).as(wrong).contains("header:Digest");
        }
        assertThat(upload("archive", "X-Checksum-Sha256", "xyz").body()).contains("header:X-Checksum-Sha256");
        assertThat(upload("x".repeat(1_000_001)).statusCode()).isEqualTo(413);
        assertThat(server.call("POST", "/api/jobs/inputs", "viewer", "a").statusCode())
                .isEqualTo(403);

        String body = "{'image':'a','inputs':{'fileId':'" + file.getString("fileId") + "'}}";
        JsonObject job = made(body);
        assertThat(job.getJsonObject("inputs").getString("sha256")).isEqualTo(sum);
        assertThat(refused(422, "/api/jobs", body)).containsExactly("/inputs/fileId");
        assertThat(refused(422, "/api/jobs", "{'image':'a','inputs':{'fileId':'nope'}}"))
                .containsExactly("/inputs/fileId");
    }

    @Test
    void how_much_of_its_log_a_job_has_not_kept_stands_in_the_job_and_in_its_result() {
        var log = new JsonObject()
                .put("fileId", "f1")
                .put("sizeBytes", 1_000)
                .put("truncated", true)
                .put("droppedBytes", 5_000);
        fleet.containerNow = new JsonObject().put("exitCode", 0).put("log", log);
        String id = madeId("a");
        begun(id);
        assertThat(get("/api/jobs/" + id).containsKey("logFile")).isFalse();
        fleet.work(id);
        assertThat(get("/api/jobs/" + id + "/result").getJsonObject("logFile")).isEqualTo(log);
        assertThat(get("/api/jobs/" + id).getJsonObject("logFile")).isEqualTo(log);
    }

    @Test
    void what_a_job_has_kept_is_read_again_by_attempt() {
        String id = madeId("a");
        assertThat(server.call("GET", "/api/jobs/" + id + "/outputs", "viewer", null)
                        .body())
                .contains("kept no outputs yet");
        fleet.work(id);
        fleet.kept(id, 1, FileKind.outputs, "made");
        fleet.kept(id, 1, FileKind.log, "one\ntwo\nthree\n");
        var outputs = server.call("GET", "/api/jobs/" + id + "/outputs", "viewer", null);
        assertThat(outputs.body()).isEqualTo("made");
        assertThat(outputs.headers().firstValue("X-Checksum-Sha256")).hasValue(io.aiwm.common.Sha256.hex("made"));
        assertThat(server.call("GET", "/api/jobs/" + id + "/logs", "viewer", null)
                        .body())
                .isEqualTo("one\ntwo\nthree\n");
        assertThat(server.call("GET", "/api/jobs/" + id + "/logs?tail=2", "viewer", null)
                        .body())
                .isEqualTo("two\nthree\n");
        assertThat(server.call("GET", "/api/jobs/" + id + "/logs?attempt=2", "viewer", null)
                        .statusCode())
                .isEqualTo(404);
        JsonObject result = get("/api/jobs/" + id + "/result");
        assertThat(result.getString("status")).isEqualTo("COMPLETED");
        assertThat(result.getString("log")).isEqualTo("one\ntwo\nthree\n");
        assertThat(result.getJsonObject("outputs").getLong("sizeBytes")).isEqualTo(4);
        server.call("DELETE", "/api/jobs/" + id, "operator", null);
        assertThat(TestServer.await(fleet.files.ofJob(id))).isEmpty();
    }

    @Test
    void what_another_controller_keeps_is_read_here_and_while_that_is_gone_the_answer_says_so() {
        String id = madeId("a");
        fleet.work(id);
        Files another = fleet.filesOfAnother();
        fleet.kept(another, id, 1, FileKind.outputs, "made");
        fleet.kept(another, id, 1, FileKind.log, "one\ntwo\n");
        assertThat(server.call("GET", "/api/jobs/" + id + "/outputs", "viewer", null)
                        .body())
                .isEqualTo("made");
        assertThat(server.call("GET", "/api/jobs/" + id + "/logs?tail=1", "viewer", null)
                        .body())
                .isEqualTo("two\n");
        assertThat(get("/api/jobs/" + id + "/result").getString("log")).isEqualTo("one\ntwo\n");

        TestServer.await(another.close());
        for (String what : List.of("outputs", "logs", "logs?tail=1")) {
            var answer = server.call("GET", "/api/jobs/" + id + "/" + what, "viewer", null);
            var problem = HttpApiTest.problem(answer, 503, "unavailable");
            assertThat(problem.getBoolean("retryable")).isTrue();
            assertThat(problem.getString("detail")).contains("is kept at place_");
            assertThat(answer.headers().firstValue("Retry-After")).isPresent();
        }

        TestServer.await(another.serve());
        assertThat(server.call("GET", "/api/jobs/" + id + "/logs", "viewer", null)
                        .body())
                .isEqualTo("one\ntwo\n");
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

    @Test
    void a_priority_or_a_zone_that_cannot_be_meant_is_the_callers_mistake() {
        assertThat(refused(400, "/api/jobs", "{'image':'a','priority':1e400}")).containsExactly("/priority");
        assertThat(refused(400, "/api/jobs", "{'image':'a','priority':-1e400}")).containsExactly("/priority");
        assertThat(refused(400, "/api/jobs", "{'image':'a','requirements':{'zone':'a\\u001b[31mb'}}"))
                .containsExactly("/requirements/zone");
        assertThat(refused(422, "/api/jobs", "{'image':'a','shmBytes':'600MiB'}"))
                .containsExactly("/shmBytes");
    }
}
