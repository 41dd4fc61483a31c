package io.aiwm.inference;

import static io.aiwm.inference.ScriptedUpstream.ANSWER;
import static io.aiwm.inference.TestGateway.BODY;
import static io.aiwm.inference.TestGateway.deployed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Monotonic;
import io.aiwm.inference.route.GatewayConfig;
import io.vertx.core.http.HttpServerResponse;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How calls over HTTP are shared between engines, and between callers; the balancer's time is turned by hand. */
@Timeout(60)
class BalancedCallsTest {
    private static final int MANY = 200;

    private final AtomicLong now = new AtomicLong(Monotonic.millis());
    private TestGateway gateway;
    private ScriptedUpstream other;

    @BeforeEach
    void begin() throws Exception {
        gateway = TestGateway.patient();
        gateway.balancing = now::get;
        other = new ScriptedUpstream(gateway.vertx);
    }

    @AfterEach
    void end() {
        gateway.told.clear();
        assertThat(gateway.leftOver()).isEmpty();
        gateway.close();
    }

    /** @return how many of so many calls, one after the other, the upstream of the test had */
    private int callsOf(ScriptedUpstream upstream, int calls) throws Exception {
        upstream.seen.clear();
        for (int i = 0; i < calls; i++) {
            assertThat(gateway.chat(BODY).statusCode()).isEqualTo(200);
        }
        return upstream.seen.size();
    }

    /** Calls until the other upstream has answered one with 500. */
    private void untilItFails() throws Exception {
        for (int i = 0; i < 1_000; i++) {
            if (gateway.chat(BODY).statusCode() == 500) {
                return;
            }
        }
        throw new AssertionError("it was not called");
    }

    @Test
    void a_replica_that_answers_500_five_times_is_ejected_and_comes_back() throws Exception {
        gateway.serves(gateway.upstream.replica("r1"), other.replica("r2"));
        now.addAndGet(20_000); // both have started
        other.answers(500, "application/json", "{\"error\":{\"message\":\"broken\"}}");
        for (int i = 0; i < 5; i++) {
            untilItFails();
        }
        assertThat(other.seen).hasSize(5);
        assertThat(callsOf(other, MANY)).isZero();
        now.addAndGet(4_999);
        assertThat(callsOf(other, MANY)).isZero();

        now.addAndGet(1);
        untilItFails();
        assertThat(callsOf(other, MANY))
                .as("one more failure, for twice as long")
                .isZero();
        now.addAndGet(9_999);
        assertThat(callsOf(other, MANY)).isZero();

        other.answers(200, "application/json", ANSWER);
        now.addAndGet(1);
        assertThat(callsOf(other, MANY)).as("slowly first").isLessThan(MANY / 5);
        now.addAndGet(20_000);
        assertThat(callsOf(other, MANY)).isBetween(MANY / 4, 3 * MANY / 4);
    }

    @Test
    void a_replica_that_joins_takes_its_share_slowly() throws Exception {
        now.addAndGet(20_000);
        gateway.serves(gateway.upstream.replica("r1"), other.replica("r2"));
        assertThat(callsOf(other, MANY)).isLessThan(MANY / 5);
        now.addAndGet(20_000);
        assertThat(callsOf(other, MANY)).isBetween(MANY / 4, 3 * MANY / 4);
    }

    private GatewayConfig.Deployed single(String id, String name, ScriptedUpstream engine) {
        return deployed(id, name)
                .replicas(List.of(engine.replica("r-" + id)))
                .concurrency(1)
                .build();
    }

    /** While the first has a call that does not end, calls go to the other; the next after that waits, and the fallback is left alone. */
    private void spreads(List<GatewayConfig.Deployed> deployed, GatewayConfig.Alias... aliases) throws Exception {
        BlockingQueue<HttpServerResponse> held = new LinkedBlockingQueue<>();
        BlockingQueue<HttpServerResponse> heldByOther = new LinkedBlockingQueue<>();
        gateway.upstream.does(held::add);
        gateway.serves(deployed, aliases);
        CompletableFuture<HttpResponse<String>> first = null;
        while (held.isEmpty()) {
            if (first != null) {
                assertThat(first.join().statusCode()).isEqualTo(200);
            }
            first = ask(TestGateway.KEY);
            await().until(() -> held.size() + other.seen.size() > 0);
            other.seen.clear();
        }
        for (int i = 0; i < 50; i++) {
            assertThat(gateway.chat(BODY).statusCode()).isEqualTo(200);
        }
        assertThat(other.seen).as("none waited at the one that is full").hasSize(50);

        other.does(heldByOther::add);
        CompletableFuture<HttpResponse<String>> second = ask(TestGateway.KEY);
        HttpServerResponse secondAnswer = heldByOther.poll(10, TimeUnit.SECONDS);
        CompletableFuture<HttpResponse<String>> third = ask(TestGateway.KEY);
        await().until(() -> gateway.gateway.load().values().stream().anyMatch(load -> load.waiting() == 1));
        assertThat(held).hasSize(1);
        gateway.upstream.answers(200, "application/json", ANSWER);
        other.answers(200, "application/json", ANSWER);
        held.take().putHeader("Content-Type", "application/json").end(ANSWER);
        secondAnswer.putHeader("Content-Type", "application/json").end(ANSWER);
        assertThat(List.of(first.join(), second.join(), third.join())).allMatch(call -> call.statusCode() == 200);
    }

    @Test
    void a_target_with_a_free_place_is_preferred_to_waiting_at_the_one_that_was_drawn() throws Exception {
        var fallback = new ScriptedUpstream(gateway.vertx);
        spreads(
                List.of(
                        single("dep_1", "one", gateway.upstream),
                        single("dep_2", "two", other),
                        single("dep_3", "three", fallback)),
                new GatewayConfig.Alias(
                        "tiny",
                        List.of(new GatewayConfig.Weighted("one", 1), new GatewayConfig.Weighted("two", 1)),
                        List.of("three")));
        assertThat(fallback.seen).isEmpty();
    }

    @Test
    void of_deployments_of_one_name_one_with_a_free_place_takes_a_call() throws Exception {
        spreads(List.of(single("dep_1", "tiny", gateway.upstream), single("dep_2", "tiny", other)));
    }

    @Test
    void a_call_that_waits_at_one_target_goes_to_the_other_when_that_has_a_place() throws Exception {
        BlockingQueue<HttpServerResponse> held = new LinkedBlockingQueue<>();
        gateway.upstream.does(held::add);
        BlockingQueue<HttpServerResponse> heldByOther = new LinkedBlockingQueue<>();
        other.does(heldByOther::add);
        gateway.serves(List.of(single("dep_1", "tiny", gateway.upstream), single("dep_2", "tiny", other)));
        List<CompletableFuture<HttpResponse<String>>> calls = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            calls.add(ask(TestGateway.KEY));
        }
        await().until(() -> gateway.gateway.load().values().stream()
                        .mapToInt(load -> load.waiting())
                        .sum()
                == 2);
        // one target never answers; both that wait are served by the other, wherever they wait
        HttpServerResponse stuck = held.take();
        HttpServerResponse ends = heldByOther.take();
        other.answers(200, "application/json", ANSWER);
        ends.putHeader("Content-Type", "application/json").end(ANSWER);
        await().until(() -> calls.stream().filter(CompletableFuture::isDone).count() == 3);
        assertThat(held).isEmpty();
        stuck.putHeader("Content-Type", "application/json").end(ANSWER);
        assertThat(calls).allMatch(call -> call.join().statusCode() == 200);
    }

    @Test
    void a_target_that_sleeps_is_woken_while_another_takes_the_call() throws Exception {
        gateway.serves(
                List.of(
                        deployed("dep_1", "one").onDemand(true).build(),
                        deployed("dep_2", "two")
                                .replicas(List.of(other.replica("r2")))
                                .build()),
                new GatewayConfig.Alias(
                        "tiny",
                        List.of(new GatewayConfig.Weighted("one", 1_000_000), new GatewayConfig.Weighted("two", 1)),
                        List.of()));
        assertThat(gateway.chat(BODY).statusCode()).isEqualTo(200);
        assertThat(gateway.woken).containsExactly("dep_1");
    }

    @Test
    void of_targets_that_sleep_only_the_one_that_was_drawn_is_woken() throws Exception {
        var tiny = new GatewayConfig.Alias(
                "tiny",
                List.of(new GatewayConfig.Weighted("dep_1", 1), new GatewayConfig.Weighted("dep_2", 1)),
                List.of());
        GatewayConfig.Deployed one = deployed("dep_1", "dep_1").onDemand(true).build();
        GatewayConfig.Deployed two = deployed("dep_2", "dep_2").onDemand(true).build();
        gateway.serves(List.of(one, two), tiny);
        CompletableFuture<HttpResponse<String>> call = ask(TestGateway.KEY);
        String drawn = gateway.woken.poll(10, TimeUnit.SECONDS);
        assertThat(drawn).isNotNull();
        GatewayConfig.Deployed awake = deployed(drawn, drawn)
                .onDemand(true)
                .replicas(List.of(gateway.upstream.replica("r1")))
                .build();
        gateway.serves(List.of(awake, drawn.equals("dep_1") ? two : one), tiny);
        assertThat(call.join().statusCode()).isEqualTo(200);
        assertThat(gateway.woken).doesNotContain(drawn.equals("dep_1") ? "dep_2" : "dep_1");
    }

    @Test
    void weights_hold_among_targets_that_have_places() throws Exception {
        gateway.serves(
                List.of(
                        deployed("dep_1", "one")
                                .replicas(List.of(gateway.upstream.replica("r1")))
                                .build(),
                        deployed("dep_2", "two")
                                .replicas(List.of(other.replica("r2")))
                                .build()),
                new GatewayConfig.Alias(
                        "tiny",
                        List.of(new GatewayConfig.Weighted("one", 9), new GatewayConfig.Weighted("two", 1)),
                        List.of()));
        assertThat(callsOf(other, MANY)).isBetween(1, MANY / 4);
    }

    private CompletableFuture<HttpResponse<String>> ask(String key) {
        var request = HttpRequest.newBuilder(
                        gateway.request("/v1/chat/completions").build().uri())
                .header("Authorization", "Bearer " + key)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(BODY.replace("the-secret-prompt", key)))
                .build();
        return gateway.client.sendAsync(request, HttpResponse.BodyHandlers.ofString());
    }

    private int waiting() {
        return gateway.gateway.load().get("dep_1").waiting();
    }

    @Test
    void two_keys_with_one_place_between_them_take_turns() throws Exception {
        BlockingQueue<HttpServerResponse> open = new LinkedBlockingQueue<>();
        gateway.upstream.does(open::add);
        gateway.serves(List.of(deployed("dep_1", "tiny")
                .replicas(List.of(gateway.upstream.replica("r1")))
                .concurrency(1)
                .build()));
        var calls = new ArrayList<CompletableFuture<HttpResponse<String>>>();
        for (int i = 0; i < 6; i++) {
            calls.add(ask(TestGateway.KEY));
        }
        await().until(() -> waiting() == 5);
        for (int i = 0; i < 5; i++) {
            calls.add(ask(TestGateway.OTHER_KEY));
        }
        await().until(() -> waiting() == 10);
        var served = new ArrayList<String>();
        for (int i = 0; i < calls.size(); i++) {
            HttpServerResponse answer = open.poll(10, TimeUnit.SECONDS);
            assertThat(answer).as("call " + i).isNotNull();
            assertThat(open).as("one at a time").isEmpty();
            served.add(gateway.upstream.next().body().toString().contains(TestGateway.KEY) ? "one" : "other");
            answer.putHeader("Content-Type", "application/json").end(ANSWER);
        }
        var turns = new ArrayList<>(List.of("one"));
        for (int i = 0; i < 5; i++) {
            turns.addAll(List.of("one", "other"));
        }
        assertThat(served).isEqualTo(turns);
        assertThat(calls).allMatch(call -> call.join().statusCode() == 200);
        assertThat(gateway.told).extracting(told -> told.keyId()).containsOnly("key_1", "key_2");
    }
}
