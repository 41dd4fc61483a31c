package io.aiwm.inference;

import static io.aiwm.inference.ScriptedUpstream.USAGE_CHUNK;
import static io.aiwm.inference.ScriptedUpstream.chunk;
import static io.aiwm.inference.TestGateway.BODY;
import static io.aiwm.inference.TestGateway.STREAM;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.common.Failure;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams and errors as few servers send them, and callers whose key ends meanwhile. */
@Timeout(60)
class OddEventsTest {
    private static final String ANTHROPIC = "{\"model\":\"tiny\",\"max_tokens\":9,\"stream\":true,"
            + "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
    private static final String RESPONSES = "{\"model\":\"tiny\",\"input\":\"hi\",\"stream\":true}";
    private static final String LAST =
            "{\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}";

    private TestGateway gateway;

    @BeforeEach
    void begin() throws Exception {
        gateway = TestGateway.patient();
    }

    @AfterEach
    void end() {
        gateway.told.clear();
        assertThat(gateway.leftOver()).isEmpty();
        gateway.close();
    }

    private HttpResponse<String> ask(String path) throws Exception {
        return gateway.post(path, path.endsWith("messages") ? ANTHROPIC : RESPONSES);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/messages", "/v1/responses"})
    void a_byte_order_mark_costs_no_event(String path) throws Exception {
        gateway.upstream.does(response -> {
            ScriptedUpstream.begin(response);
            response.write(Buffer.buffer(new byte[] {(byte) 0xef, (byte) 0xbb, (byte) 0xbf}));
            response.end("data: " + chunk("first") + "\n\ndata: " + LAST + "\n\ndata: [DONE]\n\n");
        });
        assertThat(ask(path).body()).contains("first");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/v1/messages|{\"message\":\"out of memory\"}",
                "/v1/responses|{\"message\":\"out of memory\"}",
                "/v1/messages|out of memory",
                "/v1/responses|out of memory",
                "/v1/messages|{\"error\":{\"message\":\"out of memory\"}}",
            })
    void an_event_that_is_named_an_error_is_one(String path, String data) throws Exception {
        gateway.upstream.does(response -> {
            ScriptedUpstream.begin(response);
            response.end("data: " + chunk("a") + "\n\nevent: error\ndata: " + data + "\n\n");
        });
        String answer = ask(path).body();
        assertThat(answer).contains("out of memory").contains("error").doesNotContain("message_stop");
        assertThat(gateway.usage().status()).isEqualTo(502);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/messages", "/v1/responses"})
    void an_answer_ends_with_its_last_event_also_where_the_connection_stays_open(String path) throws Exception {
        gateway.upstream.does(response -> {
            ScriptedUpstream.begin(response);
            response.write("data: " + chunk("a") + "\n\ndata: " + LAST + "\n\ndata: " + USAGE_CHUNK
                    + "\n\ndata: [DONE]\n\ndata: " + chunk("too late") + "\n\n");
        });
        assertThat(ask(path).body())
                .contains("\"a\"")
                .doesNotContain("too late")
                .doesNotContain("error\":{");
        assertThat(gateway.usage().completionTokens()).isEqualTo(2);
    }

    @Test
    void an_error_that_comes_as_an_event_is_told() throws Exception {
        gateway.upstream.answers(
                500, "text/event-stream", "data: {\"error\":{\"message\":\"the engine is dead\"}}\n\n");
        HttpResponse<String> answer = gateway.chat(STREAM);
        assertThat(answer.statusCode()).isEqualTo(500);
        assertThat(answer.body()).contains("the engine is dead");
    }

    @Test
    void what_fastapi_finds_wrong_in_a_body_is_told_with_its_place() throws Exception {
        gateway.upstream.answers(
                422,
                "application/json",
                "{\"detail\":[{\"type\":\"enum\",\"loc\":[\"body\",\"messages\",0,\"role\"],\"msg\":\"Input should be 'user'\"},"
                        + "{\"loc\":[\"body\",\"top_k\"],\"msg\":\"Field required\"}, 7]}");
        HttpResponse<String> answer = gateway.chat(BODY);
        assertThat(answer.statusCode()).isEqualTo(422);
        JsonObject error = new JsonObject(answer.body()).getJsonObject("error");
        assertThat(error.getString("message"))
                .isEqualTo("messages[0].role: Input should be 'user'; top_k: Field required");
        assertThat(error.getString("param")).isEqualTo("messages[0].role");
    }

    @Test
    void a_key_that_ends_in_the_middle_of_a_stream_ends_with_the_next_call() throws Exception {
        BlockingQueue<HttpServerResponse> open = new LinkedBlockingQueue<>();
        gateway.upstream.does(open::add);
        CompletableFuture<HttpResponse<String>> stream = CompletableFuture.supplyAsync(() -> {
            try {
                return gateway.chat(STREAM);
            } catch (Exception cause) {
                throw new IllegalStateException(cause);
            }
        });
        HttpServerResponse answer = open.poll(10, TimeUnit.SECONDS);
        ScriptedUpstream.begin(answer);
        answer.write("data: " + chunk("a") + "\n\n");
        gateway.keys = Future.failedFuture(new Failure(Failure.Kind.UNAUTHENTICATED, "the API key has expired"));
        assertThat(gateway.chat(BODY).statusCode()).isEqualTo(401);
        answer.end("data: " + chunk("b") + "\n\ndata: " + LAST + "\n\ndata: " + USAGE_CHUNK + "\n\ndata: [DONE]\n\n");
        assertThat(stream.get(10, TimeUnit.SECONDS).body()).endsWith("data: [DONE]\n\n");
        gateway.told.removeIf(told -> told.status() == 401);
        assertThat(gateway.usage().completionTokens()).isEqualTo(2);
    }
}
