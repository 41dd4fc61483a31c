package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.AiwmFleet;
import io.aiwm.testing.TestImages;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Jobs for real: over REST, JVMs started with {@code java -jar}, real containers and processes, and kill -9. */
@Timeout(300)
class JobFlowIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    static Path folder;

    static AiwmFleet fleet;
    static AiwmClient api;

    @BeforeAll
    static void start() {
        AiwmFleet.requireEngine();
        TestImages.web(1);
        fleet = new AiwmFleet(folder);
        api = fleet.api;
    }

    @AfterAll
    static void nothingStaysBehind() {
        if (fleet != null) {
            int left = fleet.containers();
            fleet.close();
            assertThat(left).as("containers left behind").isZero();
        }
    }

    private static JsonObject job(String runtime, String node, String script) {
        var job = new JsonObject()
                .put("name", "it")
                .put("command", new JsonArray(List.of("sh", "-c", script)))
                .put("outputs", new JsonArray(List.of("out/*")))
                .put("graceMs", 500)
                .put("timeoutMs", 60_000)
                .put(
                        "requirements",
                        new JsonObject().put("nodeId", node).put("cpu", 0.2).put("memoryBytes", 64 << 20));
        if (runtime.equals("process")) {
            job.getJsonObject("requirements").put("runtime", "process");
        } else {
            job.put("image", TestImages.WEB + ":1");
        }
        return job;
    }

    private static String make(JsonObject job) {
        return api.expect(201, api.post("/api/jobs", job)).getString("id");
    }

    private static JsonObject becomes(String id, String status) {
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(api.get("/api/jobs/" + id).text()).contains("\"status\":\"" + status + "\""));
        return api.get("/api/jobs/" + id).json();
    }

    @ParameterizedTest
    @CsvSource({
        "docker, " + AiwmFleet.ON_BUS,
        "docker, " + AiwmFleet.ON_WEBSOCKET,
        "process, " + AiwmFleet.ON_BUS,
        "process, " + AiwmFleet.ON_WEBSOCKET
    })
    void inputs_go_there_and_outputs_and_log_come_back_and_outlive_what_it_ran_in(String runtime, String node)
            throws IOException {
        var zip = new ByteArrayOutputStream();
        byte[] much = new byte[700_000];
        new java.util.Random(5).nextBytes(much);
        try (var out = new ZipOutputStream(zip)) {
            out.putNextEntry(new ZipEntry("in/much"));
            out.write(much);
        }
        String fileId = api.expect(201, api.upload("/api/jobs/inputs", zip.toByteArray()))
                .getString("fileId");
        String id = make(job(runtime, node, "mkdir out; cat in/much in/much > out/twice; echo done; echo $AIWM_JOB_ID")
                .put("inputs", new JsonObject().put("fileId", fileId)));
        becomes(id, "COMPLETED");
        assertThat(fleet.containers()).isZero();
        assertThat(api.get("/api/jobs/" + id + "/logs").text()).isEqualTo("done\n" + id + "\n");
        var result = api.expect(200, api.get("/api/jobs/" + id + "/result"));
        assertThat(result.encode()).contains("\"exitCode\":0");
        assertThat(result.encode()).contains("outputs");
        assertThat(api.get("/api/jobs/" + id + "/outputs").status()).isEqualTo(200);
    }

    @Test
    void a_worker_killed_while_jobs_run_adopts_them_and_each_ran_once() {
        String node = AiwmFleet.ON_WEBSOCKET;
        String container = make(job("docker", node, "echo begun; sleep 10; echo ended; exit 7"));
        String process = make(job("process", node, "echo begun; sleep 10; echo ended; exit 7"));
        String shorter = make(job("docker", node, "mkdir out; echo x > out/x; sleep 4; echo bye; exit 5"));
        becomes(container, "RUNNING");
        becomes(process, "RUNNING");
        becomes(shorter, "RUNNING");
        await().atMost(PATIENCE).until(() -> fleet.runningContainers() == 2);
        fleet.killWorker(node);
        for (String id : List.of(container, process)) {
            var failed = becomes(id, "FAILED");
            assertThat(failed.encode()).contains("exit code 7");
            assertThat(failed.getJsonArray("attempts")).hasSize(1);
            assertThat(api.get("/api/jobs/" + id + "/logs").text()).isEqualTo("begun\nended\n");
        }
        assertThat(becomes(shorter, "FAILED").encode())
                .as("it ended while no worker was there")
                .contains("exit code 5");
        assertThat(api.get("/api/jobs/" + shorter + "/logs").text()).isEqualTo("bye\n");
        assertThat(api.get("/api/jobs/" + shorter + "/outputs").status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"docker", "process"})
    void what_a_cancelled_job_saves_is_kept_and_its_next_attempt_goes_on_from_there(String runtime) {
        String id = make(job(
                        runtime,
                        AiwmFleet.ON_BUS,
                        "if [ -e out/state ]; then cat out/state; exit 0; fi; mkdir out;"
                                + " trap 'echo saved > out/state; exit 0' TERM; echo begun; while :; do sleep 0.1; done")
                .put("graceMs", 20_000)
                .put("resumeFrom", "outputs"));
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(api.get("/api/jobs/" + id + "/logs").text()).contains("begun"));
        api.expect(200, api.post("/api/jobs/" + id + "/cancel", new JsonObject()));
        becomes(id, "CANCELLED");
        assertThat(api.get("/api/jobs/" + id + "/outputs").status()).isEqualTo(200);
        api.expect(200, api.post("/api/jobs/" + id + "/retry", new JsonObject()));
        becomes(id, "COMPLETED");
        assertThat(api.get("/api/jobs/" + id + "/logs").text()).isEqualTo("saved\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"docker", "process"})
    void a_cancelled_job_is_stopped_and_its_log_is_there(String runtime) {
        String id = make(job(runtime, AiwmFleet.ON_BUS, "echo begun; sleep 300"));
        becomes(id, "RUNNING");
        await().atMost(PATIENCE).until(() -> runtime.equals("process") || fleet.runningContainers() == 1);
        api.post("/api/jobs/" + id + "/cancel", new JsonObject());
        becomes(id, "CANCELLED");
        assertThat(fleet.containers()).isZero();
        assertThat(api.get("/api/jobs/" + id + "/logs").text()).startsWith("begun\n");
    }

    @Test
    void out_of_memory_is_said_to_the_caller() {
        var hungry = job("docker", AiwmFleet.ON_BUS, "tail /dev/zero");
        hungry.getJsonObject("requirements").put("memoryBytes", 16 << 20);
        String id = make(hungry);
        assertThat(becomes(id, "FAILED").encode())
                .contains("resource-exhausted")
                .contains("OOM");
    }
}
