package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.http.TestServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is asked for in a new job, and what the job then shows of it. */
class JobSubmissionTest extends JobApiRig {
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
    void a_priority_or_a_zone_that_cannot_be_meant_is_the_callers_mistake() {
        assertThat(refused(400, "/api/jobs", "{'image':'a','priority':1e400}")).containsExactly("/priority");
        assertThat(refused(400, "/api/jobs", "{'image':'a','priority':-1e400}")).containsExactly("/priority");
        assertThat(refused(400, "/api/jobs", "{'image':'a','requirements':{'zone':'a\\u001b[31mb'}}"))
                .containsExactly("/requirements/zone");
        assertThat(refused(422, "/api/jobs", "{'image':'a','shmBytes':'600MiB'}"))
                .containsExactly("/shmBytes");
    }
}
