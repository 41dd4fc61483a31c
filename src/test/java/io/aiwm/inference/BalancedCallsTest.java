package io.aiwm.inference;

import static io.aiwm.inference.ScriptedUpstream.ANSWER;
import static io.aiwm.inference.TestGateway.BODY;
import static io.aiwm.inference.TestGateway.deployed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Monotonic;
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
