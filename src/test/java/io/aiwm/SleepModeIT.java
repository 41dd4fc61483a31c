package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.AiwmFleet;
import io.aiwm.testing.FakeEngine;
import io.aiwm.testing.FakeSmi;
import io.aiwm.testing.FakeVllm;
import io.aiwm.testing.FleetDeployments;
import io.aiwm.testing.GpulessEngine;
import io.aiwm.testing.RunningFleet;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Models that share a GPU by its memory take turns, and their engines sleep instead of being stopped. The GPU is one that
 * nvidia-smi says there is; what the engines hold of it they say themselves, and that is looked at all the time.
 */
@Timeout(600)
class SleepModeIT {
    private static final long GIB = 1L << 30;
    private static final int GPU_GIB = 80;
    private static final long REST = 2 * GIB;
    private static final GpulessEngine WITHOUT_GPUS = withoutGpus();

    @RegisterExtension
    static final RunningFleet FLEET = RunningFleet.of(
            1,
            0,
            Map.of(
                    "AIWM_INFERENCE_QUEUE_TIMEOUT",
                    "120s",
                    "DOCKER_HOST",
                    WITHOUT_GPUS.host(),
                    "NVIDIA_SMI_PATH",
                    gpus()));

    private final AiwmClient api = FLEET.api();
    private final FleetDeployments deployments = FLEET.deployments();
    private final FakeEngine engine = new FakeEngine(api);
    private final HttpClient http = HttpClient.newHttpClient();
    private final Map<String, Integer> ports = new ConcurrentHashMap<>();
    private final List<String> tooMuch = new CopyOnWriteArrayList<>();
    private ScheduledExecutorService meter;
    private ScheduledFuture<?> measuring;
    private String qwen;
    private String llama;

    private static GpulessEngine withoutGpus() {
        try {
            return new GpulessEngine(System.getenv("DOCKER_HOST"));
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
    }

    private static String gpus() {
        try {
            return FakeSmi.write(Files.createTempDirectory("aiwm-smi"), GPU_GIB * 1_024)
                    .toString();
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
    }

    @BeforeEach
    void create() {
        qwen = created("qwen");
        llama = created("llama");
        meter = Executors.newSingleThreadScheduledExecutor();
        measuring = meter.scheduleWithFixedDelay(this::measure, 0, 20, TimeUnit.MILLISECONDS);
    }

    @AfterEach
    void delete() {
        assertThat(measuring.isDone()).as("it has measured all the time").isFalse();
        meter.shutdownNow();
        deployments.delete(qwen);
        deployments.delete(llama);
        assertThat(tooMuch).as("more of the GPU is held than there is").isEmpty();
    }

    private String created(String name) {
        var autoscale =
                new JsonObject().put("minReplicas", 0).put("idleSeconds", 600).put("minResidenceSeconds", 2);
        String id = deployments.create(FakeVllm.deployment(name, 50 * GIB, REST, autoscale));
        await().atMost(Duration.ofSeconds(30))
                .until(() -> api.expect(200, api.get("/api/inference/models"))
                        .encode()
                        .contains("\"" + name + "\""));
        return id;
    }

    /** What both hold at this moment. */
    private void measure() {
        long sum = ports.values().stream()
                .map(this::state)
                .filter(state -> state != null)
                .mapToLong(state -> state.getLong("held"))
                .sum();
        if (sum > GPU_GIB * GIB) {
            tooMuch.add(sum / GIB + " GiB");
        }
    }

    /** Null where nobody answers. */
    private JsonObject state(int port) {
        try {
            var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/held"))
                    .timeout(Duration.ofSeconds(2))
                    .build();
            return new JsonObject(
                    http.send(request, HttpResponse.BodyHandlers.ofString()).body());
        } catch (IOException gone) {
            return null;
        } catch (InterruptedException over) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    private JsonObject stateOf(String id) {
        return state(ports.get(id));
    }

    private void answers(String name) throws Exception {
        assertThat(FakeEngine.said(engine.call(name, 0).get(3, TimeUnit.MINUTES)))
                .isEqualTo(name);
        String id = name.equals("qwen") ? qwen : llama;
        JsonObject ready = deployments.until(id, seen -> seen.getInteger("readyReplicas") == 1);
        String address = FleetDeployments.addresses(ready).get(0);
        ports.put(id, Integer.valueOf(address.substring(address.lastIndexOf(':') + 1)));
    }

    private JsonObject asleep(String id) {
        return deployments.until(id, seen -> "ASLEEP".equals(seen.getString("status")));
    }

    private static JsonObject instance(JsonObject deployment) {
        return FleetDeployments.instances(deployment).findFirst().orElseThrow();
    }

    private List<String> events(String id) {
        return api
                .expect(200, api.get("/api/deployments/" + id + "/events?pageSize=200"))
                .getJsonArray("items")
                .stream()
                .map(one -> ((JsonObject) one).getString("code"))
                .toList();
    }

    /** Of the GPU, on the ledger. */
    private long claimed() {
        return api.expect(200, api.get("/api/nodes/" + AiwmFleet.ON_BUS))
                .getJsonObject("amounts")
                .getJsonArray("gpus")
                .getJsonObject(0)
                .getLong("claimedBytes");
    }

    @Test
    void two_models_take_turns_on_one_gpu_and_none_is_started_twice() throws Exception {
        answers("qwen");
        assertThat(WITHOUT_GPUS.asked()).isPositive();
        assertThat(claimed()).isEqualTo(50 * GIB);
        String container = instance(deployments.get(qwen)).getString("containerId");
        answers("llama");
        JsonObject slept = asleep(qwen);
        assertThat(instance(slept).getString("state")).isEqualTo("ASLEEP");
        assertThat(slept.getJsonObject("scaling").getString("code")).isEqualTo("MADE_ROOM");
        assertThat(stateOf(qwen).getLong("held")).isEqualTo(REST);
        assertThat(claimed()).isEqualTo(52 * GIB);
        JsonObject why = api.expect(200, api.get("/api/deployments/" + qwen + "/explain"));
        assertThat(why.getString("status")).isEqualTo("ASLEEP");
        assertThat(why.getString("message")).contains("1 of its engines sleep");

        answers("qwen");
        asleep(llama);
        assertThat(instance(deployments.get(qwen)).getString("containerId")).isEqualTo(container);
        answers("llama");
        assertThat(stateOf(qwen).getInteger("sleeps")).isEqualTo(2);
        assertThat(stateOf(qwen).getInteger("lost")).isZero();
        assertThat(stateOf(llama).getInteger("wakes")).isEqualTo(1);
        assertThat(FLEET.fleet().containersOf(qwen)).isEqualTo(1);
        await().untilAsserted(() -> assertThat(events(qwen)).contains("replica.asleep", "replica.waking"));
    }

    @Test
    void a_controller_or_a_worker_that_is_killed_in_the_middle_loses_nothing() throws Exception {
        answers("qwen");
        answers("llama");
        asleep(qwen);
        CompletableFuture<HttpResponse<String>> cut = engine.call("qwen", 0);
        deployments.until(llama, seen -> instance(seen).getString("state").matches("SLEEPING|ASLEEP"));
        FLEET.fleet().killController();
        cut.handle((answer, cause) -> null).get(60, TimeUnit.SECONDS);
        answers("qwen");
        asleep(llama);
        FLEET.fleet().killWorker(AiwmFleet.ON_BUS);
        assertThat(deployments.get(llama).getString("status")).isEqualTo("ASLEEP");
        answers("llama");
        asleep(qwen);
        assertThat(stateOf(llama).getInteger("lost")).isZero();
        assertThat(FLEET.fleet().containersOf(qwen)).isEqualTo(1);
        assertThat(FLEET.fleet().containersOf(llama)).isEqualTo(1);
    }

    @Test
    void nobody_puts_an_engine_to_sleep_through_the_gateway() throws Exception {
        answers("qwen");
        for (String path : List.of("/sleep?level=1", "/wake_up", "/is_sleeping", "/%73leep", "/held")) {
            var request = HttpRequest.newBuilder(URI.create(api.url("/proxy/qwen" + path)))
                    .header("Authorization", "Bearer " + api.token())
                    .POST(HttpRequest.BodyPublishers.noBody())
                    .build();
            var answer = http.send(request, HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(path + " " + answer.body()).isEqualTo(403);
        }
        assertThat(stateOf(qwen).getInteger("sleeps")).isZero();
    }
}
