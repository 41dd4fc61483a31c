package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.AiwmFleet;
import io.aiwm.testing.FakeEngine;
import io.aiwm.testing.FleetDeployments;
import io.aiwm.testing.RunningFleet;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Two deployments whose memory does not fit beside each other on their node take turns. They ask for memory of the host, which the
 * ledger keeps as it keeps that of GPUs: an engine without GPUs makes no container that is given one.
 */
@Timeout(600)
class TurnsIT {
    private static final int RESIDENCE_SECONDS = 10;

    @RegisterExtension
    static final RunningFleet FLEET = RunningFleet.of(1, 0, Map.of("AIWM_INFERENCE_QUEUE_TIMEOUT", "120s"));

    private final AiwmClient api = FLEET.api();
    private final FleetDeployments deployments = FLEET.deployments();
    private final FakeEngine engine = new FakeEngine(api);
    private static long free;
    private String qwen;
    private String llama;

    @BeforeEach
    void create() {
        qwen = created("qwen", 0);
        llama = created("llama", 0);
    }

    @AfterEach
    void delete() {
        deployments.delete(qwen);
        deployments.delete(llama);
    }

    private String created(String name, int least) {
        var autoscale = new JsonObject()
                .put("minReplicas", least)
                .put("idleSeconds", 600)
                .put("minResidenceSeconds", RESIDENCE_SECONDS);
        String id = deployments.create(FakeEngine.deployment(name, 4, autoscale)
                .put("requirements", new JsonObject().put("memoryBytes", most() * 6 / 10)));
        await().atMost(Duration.ofSeconds(30))
                .until(() -> api.expect(200, api.get("/api/inference/models"))
                        .encode()
                        .contains("\"" + name + "\""));
        return id;
    }

    /** What the node has for deployments while it has none. */
    private long most() {
        if (free == 0) {
            free = api.expect(200, api.get("/api/nodes/" + AiwmFleet.ON_BUS))
                    .getJsonObject("amounts")
                    .getJsonObject("memory")
                    .getLong("freeBytes");
        }
        return free;
    }

    private static String said(CompletableFuture<HttpResponse<String>> call) throws Exception {
        return FakeEngine.said(call.get(3, TimeUnit.MINUTES));
    }

    private JsonObject explain(String id) {
        return api.expect(200, api.get("/api/deployments/" + id + "/explain"));
    }

    private List<String> events(String id) {
        return api
                .expect(200, api.get("/api/deployments/" + id + "/events?pageSize=200"))
                .getJsonArray("items")
                .stream()
                .map(one -> (JsonObject) one)
                .map(one -> one.getString("code") + " " + one.getString("text"))
                .toList();
    }

    @Test
    void an_idle_one_makes_room_after_its_residence_and_both_say_why() throws Exception {
        assertThat(said(engine.call("qwen", 0))).isEqualTo("qwen");
        CompletableFuture<HttpResponse<String>> second = engine.call("llama", 0);
        await().atMost(Duration.ofSeconds(RESIDENCE_SECONDS))
                .pollInterval(Duration.ofMillis(50))
                .untilAsserted(() -> {
                    JsonObject why = explain(llama);
                    assertThat(why.getString("code")).isEqualTo("RESIDENCE");
                    assertThat(why.getString("message"))
                            .startsWith("waits for qwen to have been resident " + RESIDENCE_SECONDS + " s; ");
                    assertThat(why.getJsonArray("waitsFor")).containsExactly(qwen);
                });
        assertThat(said(second)).isEqualTo("llama");
        JsonObject slept = deployments.get(qwen);
        assertThat(slept.getInteger("replicas")).isZero();
        assertThat(slept.getJsonObject("scaling").getString("code")).isEqualTo("MADE_ROOM");
        assertThat(slept.getJsonObject("scaling").getString("forId")).isEqualTo(llama);
        await().untilAsserted(() -> assertThat(events(qwen))
                .contains(
                        "deployment.yielding it gets no new calls, to make room for llama",
                        "deployment.made-room from 1 to 0 replicas: it makes room for llama"));
        assertThat(FLEET.fleet().containersOf(qwen)).isZero();
    }

    @Test
    void one_with_calls_without_a_pause_lets_them_end_and_no_call_is_lost() throws Exception {
        var over = new AtomicBoolean();
        var ofQwen = new AtomicInteger();
        var ofLlama = new AtomicInteger();
        long begun = System.nanoTime();
        var callers = List.of(
                again("qwen", over, ofQwen),
                again("qwen", over, ofQwen),
                again("llama", over, ofLlama),
                again("llama", over, ofLlama));
        try {
            await().atMost(Duration.ofMinutes(3))
                    .until(() -> callers.stream().anyMatch(CompletableFuture::isDone)
                            || (turns(qwen) >= 1 && turns(llama) >= 1));
        } catch (ConditionTimeoutException late) {
            throw new AssertionError(
                    events(qwen) + "\n" + events(llama) + "\n" + explain(qwen) + "\n" + explain(llama), late);
        }
        long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun);
        assertThat(turns(qwen)).isLessThanOrEqualTo((int) (seconds / RESIDENCE_SECONDS));
        over.set(true);
        for (CompletableFuture<Void> caller : callers) {
            caller.get(3, TimeUnit.MINUTES);
        }
        System.out.printf("in %d s: %d of qwen, %d of llama answered%n", seconds, ofQwen.get(), ofLlama.get());
        assertThat(ofQwen.get()).isGreaterThan(4);
        assertThat(ofLlama.get()).isGreaterThan(4);
    }

    private int turns(String id) {
        return (int) events(id).stream()
                .filter(one -> one.startsWith("deployment.made-room"))
                .count();
    }

    /** Calls again and again; each call must be answered. */
    private CompletableFuture<Void> again(String model, AtomicBoolean over, AtomicInteger answered) {
        return engine.call(model, 200).thenCompose(answer -> {
            assertThat(FakeEngine.said(answer)).isEqualTo(model);
            answered.incrementAndGet();
            return over.get() ? CompletableFuture.completedFuture(null) : again(model, over, answered);
        });
    }

    @Test
    void a_controller_that_is_killed_between_sleep_and_start_loses_nothing() throws Exception {
        assertThat(said(engine.call("qwen", 0))).isEqualTo("qwen");
        CompletableFuture<HttpResponse<String>> cut = engine.call("llama", 0);
        deployments.until(qwen, seen -> seen.getInteger("replicas") == 0);
        FLEET.fleet().killController();
        cut.handle((answer, cause) -> null).get(60, TimeUnit.SECONDS);
        deployments.until(llama, seen -> seen.getInteger("readyReplicas") == 1);
        assertThat(said(engine.call("llama", 0))).isEqualTo("llama");
        deployments.until(
                qwen, seen -> FleetDeployments.instances(seen).findAny().isEmpty());
        assertThat(FLEET.fleet().containersOf(qwen)).isZero();
        deployments.nothingElseRuns(llama);
    }

    @Test
    void one_that_must_have_a_replica_is_never_put_to_sleep() throws Exception {
        deployments.delete(qwen);
        qwen = created("stays", 1);
        deployments.until(qwen, seen -> seen.getInteger("readyReplicas") == 1);
        CompletableFuture<HttpResponse<String>> waits = engine.call("llama", 0);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> "NO_ROOM".equals(explain(llama).getString("code")));
        assertThat(explain(llama).getString("message")).contains("not enough free memory");
        assertThat(deployments.get(qwen).getInteger("readyReplicas")).isEqualTo(1);
        api.expect(202, api.post("/api/deployments/" + qwen + "/stop", new JsonObject()));
        assertThat(said(waits)).isEqualTo("llama");
    }
}
