package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.FakeEngine;
import io.aiwm.testing.FleetDeployments;
import io.aiwm.testing.RunningFleet;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Replicas that follow the calls of a gateway: up and down, to none and back, also where the controller is killed meanwhile. */
@Timeout(600)
class OnDemandIT {
    @RegisterExtension
    static final RunningFleet FLEET = RunningFleet.of(1, 1, Map.of("AIWM_INFERENCE_QUEUE_TIMEOUT", "120s"));

    private final AiwmClient api = FLEET.api();
    private final FleetDeployments deployments = FLEET.deployments();
    private final FakeEngine engine = new FakeEngine(api);

    private static JsonObject autoscale() {
        return new JsonObject()
                .put("minReplicas", 0)
                .put("maxReplicas", 3)
                .put("targetInFlight", 2)
                .put("scaleUpAfterSeconds", 2)
                .put("scaleDownAfterSeconds", 4)
                .put("idleSeconds", 8)
                .put("minResidenceSeconds", 2);
    }

    private String created(String name) {
        String id = deployments.create(FakeEngine.deployment(name, 4, autoscale()));
        await().atMost(Duration.ofSeconds(30))
                .until(() -> api.expect(200, api.get("/api/inference/models"))
                        .encode()
                        .contains("\"" + name + "\""));
        return id;
    }

    private static String said(CompletableFuture<HttpResponse<String>> call) throws Exception {
        return FakeEngine.said(call.get(3, TimeUnit.MINUTES));
    }

    private JsonObject untilReplicas(String id, int count) {
        return deployments.until(
                id,
                seen -> seen.getInteger("replicas") == count
                        && seen.getInteger("readyReplicas") == count
                        && FleetDeployments.instances(seen).count() == count);
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
    void replicas_grow_with_the_load_shrink_after_it_and_go_when_it_is_idle() throws Exception {
        String id = created("load");
        var over = new AtomicBoolean();
        var answered = new AtomicInteger();
        var callers = new ArrayList<CompletableFuture<Void>>();
        for (int i = 0; i < 12; i++) {
            callers.add(again("load", over, answered));
        }
        JsonObject three = untilReplicas(id, 3);
        assertThat(three.getJsonObject("scaling").getString("code")).isEqualTo("MORE_CALLS");
        assertThat(three.getJsonObject("scaling").getString("text")).isEqualTo("more calls than 2 per replica for 2 s");
        over.set(true);
        for (CompletableFuture<Void> caller : callers) {
            caller.get(60, TimeUnit.SECONDS);
        }
        assertThat(answered.get()).isGreaterThan(12);
        JsonObject one = deployments.until(id, seen -> seen.getInteger("replicas") == 1);
        assertThat(one.getJsonObject("scaling").getString("code")).isEqualTo("FEWER_CALLS");
        JsonObject none = untilReplicas(id, 0);
        assertThat(none.getJsonObject("scaling").getString("code")).isEqualTo("IDLE");
        JsonObject why = api.expect(200, api.get("/api/deployments/" + id + "/explain"));
        assertThat(why.getJsonObject("scaling").getString("text")).isEqualTo("no call for 8 s");
        assertThat(said(engine.call("load", 0))).isEqualTo("load");
        untilReplicas(id, 1);
        await().untilAsserted(() -> assertThat(events(id))
                .contains(
                        "deployment.woken from 0 to 1 replica: a call woke it",
                        "deployment.scaled from 1 to 3 replicas: more calls than 2 per replica for 2 s",
                        "deployment.slept from 1 to 0 replicas: no call for 8 s"));
        deployments.delete(id);
    }

    /** Calls again and again; each call must be answered. */
    private CompletableFuture<Void> again(String model, AtomicBoolean over, AtomicInteger answered) {
        return engine.call(model, 300).thenCompose(answer -> {
            FakeEngine.said(answer);
            answered.incrementAndGet();
            return over.get() ? CompletableFuture.completedFuture(null) : again(model, over, answered);
        });
    }

    @Test
    void fifty_calls_at_once_wake_it_and_all_are_answered() throws Exception {
        String id = created("many");
        var calls = new ArrayList<CompletableFuture<HttpResponse<String>>>();
        for (int i = 0; i < 50; i++) {
            calls.add(engine.call("many", 100));
        }
        for (CompletableFuture<HttpResponse<String>> call : calls) {
            assertThat(said(call)).isEqualTo("many");
        }
        untilReplicas(id, 0);
        deployments.delete(id);
    }

    @Test
    void a_controller_that_is_killed_while_a_call_wakes_it_leaves_nothing_half_done() throws Exception {
        String id = created("killed");
        CompletableFuture<HttpResponse<String>> lost = engine.call("killed", 0);
        deployments.until(id, seen -> seen.getInteger("replicas") == 1);
        FLEET.fleet().killController();
        assertThat(lost.handle((answer, cause) -> cause != null || answer.statusCode() == 200)
                        .get(60, TimeUnit.SECONDS))
                .isTrue();
        // as its caller would: at once again
        assertThat(said(engine.call("killed", 0))).isEqualTo("killed");
        JsonObject woken = deployments.get(id);
        assertThat(woken.getJsonObject("scaling").getString("code")).isEqualTo("WOKEN");
        assertThat(FLEET.fleet().containersOf(id)).isEqualTo(1);
        untilReplicas(id, 0);
        deployments.delete(id);
    }
}
