package io.aiwm.inference;

import static io.aiwm.inference.TestGateway.BODY;
import static io.aiwm.inference.TestGateway.deployed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.inference.call.InternalCalls;
import io.aiwm.inference.limit.KeyLimits;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Bodies of calls take no more memory than is set, whatever the calls wait for. */
@Timeout(60)
class HeldBodiesTest {
    private static final String LARGE = BODY.replace("the-secret-prompt", "z".repeat(900_000));
    private TestGateway gateway;
    private final CompletableFuture<HttpServerResponse> first = new CompletableFuture<>();

    @BeforeEach
    void begin() throws Exception {
        gateway = new TestGateway(GatewaySettingsBuilder.builder(GatewaySettings.DEFAULTS)
                .maxBodyBytes(1 << 20)
                .heldBodyBytes(1_500_000)
                .internalEndpoints(true)
                .build());
        gateway.upstream.does(response -> {
            if (!first.complete(response)) {
                answer(response);
            }
        });
    }

    @AfterEach
    void end() {
        assertThat(gateway.leftOver()).isEmpty();
        gateway.close();
    }

    private static void answer(HttpServerResponse response) {
        response.putHeader("Content-Type", "application/json").end(ScriptedUpstream.ANSWER);
    }

    private CompletableFuture<HttpResponse<String>> send(String body) {
        return gateway.client.sendAsync(
                gateway.request("/v1/chat/completions")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private void expectNoRoom() throws Exception {
        HttpResponse<String> refused = gateway.chat(LARGE);
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.headers().firstValue("Retry-After")).contains("1");
        assertThat(new JsonObject(refused.body()).getJsonObject("error").getString("code"))
                .isEqualTo("overloaded");
        assertThat(gateway.usage().errorCode()).isEqualTo("overloaded");
    }

    @Test
    void a_call_beyond_what_may_be_held_is_refused_until_another_has_ended() throws Exception {
        var under = send(LARGE);
        HttpServerResponse open = first.get(5, TimeUnit.SECONDS);
        expectNoRoom();
        expectNoRoom();
        assertThat(gateway.chat(BODY).statusCode()).as("a small one").isEqualTo(200);
        gateway.usage();
        answer(open);
        assertThat(under.get(5, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        gateway.usage();
        assertThat(gateway.chat(LARGE).statusCode()).isEqualTo(200);
        gateway.usage();
    }

    @Test
    void calls_that_wait_for_a_place_count_too() throws Exception {
        gateway.serves(List.of(deployed("dep_1", "tiny")
                .replicas(List.of(gateway.upstream.replica("r1")))
                .concurrency(1)
                .build()));
        var under = send(BODY);
        HttpServerResponse open = first.get(5, TimeUnit.SECONDS);
        var waiting = send(LARGE);
        await().until(() -> gateway.gateway.load().get("dep_1").waiting() == 1);
        expectNoRoom();
        answer(open);
        assertThat(under.get(5, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        assertThat(waiting.get(5, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        gateway.usage();
        gateway.usage();
        assertThat(gateway.chat(LARGE).statusCode()).isEqualTo(200);
        gateway.usage();
    }

    /** Answers a call with most of what may be held, and with the rest once it is asked to. */
    private List<Runnable> answersHalf(String type, String begin, String end) {
        var rests = new CopyOnWriteArrayList<Runnable>();
        gateway.upstream.does(response -> {
            rests.add(() -> response.end(end));
            response.setChunked(true).putHeader("Content-Type", type).write(begin + "z".repeat(900_000));
        });
        return rests;
    }

    private CompletableFuture<HttpResponse<String>> messages(boolean streamed) {
        return gateway.client.sendAsync(
                gateway.request("/v1/messages")
                        .POST(HttpRequest.BodyPublishers.ofString("{\"model\":\"tiny\",\"max_tokens\":50,\"stream\":"
                                + streamed + ",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private void expectOneOfTwo(List<Runnable> rests, List<CompletableFuture<HttpResponse<String>>> calls)
            throws Exception {
        var refused = (HttpResponse<?>)
                CompletableFuture.anyOf(calls.get(0), calls.get(1)).get(20, TimeUnit.SECONDS);
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.body().toString()).contains("overloaded_error");
        assertThat(gateway.usage().errorCode()).isEqualTo("overloaded");
        rests.forEach(Runnable::run);
        rests.clear();
        for (var call : calls) {
            HttpResponse<String> answer = call.get(20, TimeUnit.SECONDS);
            assertThat(answer.statusCode()).isEqualTo(answer == refused ? 503 : 200);
        }
        assertThat(gateway.usage().errorCode()).isNull();
    }

    @Test
    void events_that_are_not_whole_yet_count_too() throws Exception {
        var rests = answersHalf(
                "text/event-stream",
                "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"",
                "\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
        expectOneOfTwo(rests, List.of(messages(true), messages(true)));
        expectOneOfTwo(rests, List.of(messages(true), messages(true)));
    }

    @Test
    void answers_that_are_translated_as_a_whole_count_too() throws Exception {
        var rests = answersHalf(
                "application/json",
                "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"",
                "\"},\"finish_reason\":\"stop\"}]}");
        expectOneOfTwo(rests, List.of(messages(false), messages(false)));
        expectOneOfTwo(rests, List.of(messages(false), messages(false)));
    }

    private Future<InternalCalls.Answer> internal() {
        var caller = new Caller("key_1", "ann", null, KeyLimits.NONE, KeyLimits.NONE);
        return gateway.gateway
                .own(gateway.vertx)
                .begin(new InternalCalls.Wanted(
                        caller, InferenceOperation.CHAT, Buffer.buffer(BODY), null, data -> {}, 4 << 20))
                .answer();
    }

    @Test
    void answers_of_internal_calls_count_too() throws Exception {
        var rests = answersHalf("application/json", "{\"choices\":[],\"text\":\"", "\"}");
        var calls = List.of(internal(), internal());
        await().until(() -> calls.stream().anyMatch(Future::isComplete));
        assertThat(gateway.usage().errorCode()).isEqualTo("overloaded");
        rests.forEach(Runnable::run);
        await().until(() -> calls.stream().allMatch(Future::isComplete));
        assertThat(calls.stream().filter(Future::succeeded)).hasSize(1);
        assertThat(gateway.usage().errorCode()).isNull();
    }
}
