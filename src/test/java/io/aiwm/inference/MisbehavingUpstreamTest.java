package io.aiwm.inference;

import static io.aiwm.inference.ScriptedUpstream.USAGE_CHUNK;
import static io.aiwm.inference.ScriptedUpstream.chunk;
import static io.aiwm.inference.TestGateway.BODY;
import static io.aiwm.inference.TestGateway.KEY;
import static io.aiwm.inference.TestGateway.STREAM;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.inference.usage.CallUsage;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Engines that stall, cut and babble, and callers that leave or read slowly. */
@Timeout(60)
class MisbehavingUpstreamTest {
    private TestGateway gateway;

    @BeforeEach
    void begin() throws Exception {
        gateway = new TestGateway();
    }

    @AfterEach
    void end() {
        assertThat(gateway.leftOver()).isEmpty();
        gateway.close();
    }

    @Test
    void one_that_never_begins_is_a_timeout() throws Exception {
        gateway.upstream.does(response -> {});
        assertThat(gateway.chat(BODY).statusCode()).isEqualTo(504);
        assertThat(gateway.usage().errorCode()).isEqualTo("upstream_timeout");
        assertThat(gateway.upstream.cancelled.poll(5, TimeUnit.SECONDS)).isNotNull();
    }

    @Test
    void one_that_stalls_in_a_stream_ends_it_with_an_error_object() throws Exception {
        gateway.upstream.does(response -> {
            ScriptedUpstream.begin(response);
            response.write("data: " + chunk("a") + "\n\ndata: {\"half");
        });
        HttpResponse<String> answer = gateway.chat(STREAM);
        assertThat(answer.statusCode()).isEqualTo(200);
        expectError(answer.body(), "data: " + chunk("a") + "\n\n", "upstream_timeout");
        assertThat(gateway.upstream.cancelled.poll(5, TimeUnit.SECONDS)).isNotNull();
    }

    @Test
    void one_that_cuts_a_stream_ends_it_with_an_error_object() throws Exception {
        gateway.upstream.does(response -> {
            ScriptedUpstream.begin(response);
            response.write("data: " + chunk("a") + "\n\n").onComplete(sent -> gateway.upstream.cut());
        });
        expectError(gateway.chat(STREAM).body(), "data: " + chunk("a") + "\n\n", "upstream_broke_off");
    }

    @Test
    void one_that_ends_a_stream_in_order_and_never_says_why_ends_it_with_an_error_object() throws Exception {
        for (String last : List.of(
                "{\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}",
                "{\"error\":{\"message\":\"out of memory\"}}")) {
            gateway.upstream.streams(chunk("a"), last);
            assertThat(gateway.chat(STREAM).body()).isEqualTo("data: " + chunk("a") + "\n\ndata: " + last + "\n\n");
            assertThat(gateway.usage().errorCode()).isNull();
        }
        gateway.upstream.streams(chunk("a"));
        expectError(gateway.chat(STREAM).body(), "data: " + chunk("a") + "\n\n", "upstream_broke_off");
    }

    @Test
    void the_error_of_an_engine_inside_a_stream_is_told_in_each_dialect() throws Exception {
        gateway.upstream.streams(chunk("a"), "{\"error\":{\"message\":\"out of memory\",\"code\":500}}", "[DONE]");
        String asked = STREAM.replace("{\"model\"", "{\"max_tokens\":9,\"model\"");
        assertThat(gateway.post("/v1/messages", asked).body())
                .endsWith("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\","
                        + "\"message\":\"out of memory\"}}\n\n");
        assertThat(gateway.usage().errorCode()).isEqualTo("upstream_error");
        String responses = "{\"model\":\"tiny\",\"stream\":true,\"input\":\"hi\"}";
        assertThat(gateway.post("/v1/responses", responses).body())
                .contains("event: response.failed")
                .contains("\"message\":\"out of memory\"");
        assertThat(gateway.usage().errorCode()).isEqualTo("upstream_error");
    }

    private void expectError(String body, String before, String code) throws Exception {
        assertThat(body).startsWith(before + "data: {\"error\":").endsWith("}\n\n");
        JsonObject error = new JsonObject(body.substring(before.length() + 6)).getJsonObject("error");
        assertThat(error.getString("code")).isEqualTo(code);
        CallUsage usage = gateway.usage();
        assertThat(usage.errorCode()).isEqualTo(code);
        assertThat(usage.completionTokens()).isEqualTo(1);
    }

    @Test
    void one_that_cuts_before_the_first_byte_is_replaced_by_another_replica() throws Exception {
        var good = new ScriptedUpstream(gateway.vertx);
        good.streams(chunk("a"), USAGE_CHUNK, "[DONE]");
        gateway.upstream.does(response -> {
            ScriptedUpstream.begin(response);
            response.writeHead().onComplete(sent -> gateway.upstream.cut());
        });
        gateway.serves(gateway.upstream.replica("r1"), good.replica("r2"));
        for (int i = 0; i < 10; i++) {
            assertThat(gateway.chat(STREAM).body()).isEqualTo("data: " + chunk("a") + "\n\ndata: [DONE]\n\n");
            assertThat(gateway.usage().replicaId()).isEqualTo("r2");
        }
        assertThat(gateway.upstream.seen.size()).isPositive();
    }

    @Test
    void an_answer_that_is_cut_is_not_taken_for_a_whole_one() throws Exception {
        gateway.upstream.does(response -> response.putHeader("Content-Type", "application/json")
                .putHeader("Content-Length", "1000")
                .write("{\"choices\":[")
                .onComplete(sent -> gateway.upstream.cut()));
        assertThatThrownBy(() -> gateway.chat(BODY)).isInstanceOf(IOException.class);
        assertThat(gateway.usage().errorCode()).isEqualTo("upstream_broke_off");
    }

    @Test
    void malformed_events_are_the_callers_to_read() throws Exception {
        String odd = ": comment\n\ndata: {not json\n\nevent: x\r\ndata: 1\r\n\r\n\n\ndata: \"usage\": {\n\n";
        gateway.upstream.does(response -> {
            ScriptedUpstream.begin(response);
            response.end(odd);
        });
        assertThat(gateway.chat(STREAM).body()).isEqualTo(odd);
        assertThat(gateway.usage().status()).isEqualTo(200);
    }

    @Test
    void malformed_events_that_must_be_translated_end_the_stream_with_an_error() throws Exception {
        gateway.upstream.does(response -> {
            ScriptedUpstream.begin(response);
            response.write("data: " + chunk("a") + "\n\ndata: {not json\n\n");
        });
        String asked = STREAM.replace("{\"model\"", "{\"max_tokens\":9,\"model\"");
        HttpResponse<String> answer = gateway.post("/v1/messages", asked);
        assertThat(answer.body())
                .contains("event: message_start")
                .contains("event: error")
                .doesNotContain("message_stop");
        assertThat(gateway.usage().errorCode()).isEqualTo("upstream_malformed");
    }

    @Test
    void a_line_of_ten_megabytes_passes_and_one_without_an_end_does_not() throws Exception {
        String line = "data: " + "x".repeat(10 << 20) + "\n\n";
        gateway.upstream.does(response -> {
            ScriptedUpstream.begin(response);
            response.end(line + "data: [DONE]\n\n");
        });
        assertThat(gateway.chat(STREAM).body()).isEqualTo(line + "data: [DONE]\n\n");
        gateway.usage();

        gateway.upstream.does(response -> {
            ScriptedUpstream.begin(response);
            response.end("x".repeat(17 << 20));
        });
        assertThat(gateway.chat(STREAM).body()).endsWith("}\n\n").contains("a line of the answer is too long");
        assertThat(gateway.usage().errorCode()).isEqualTo("upstream_malformed");
    }

    @Test
    void an_answer_that_turns_out_to_be_none_at_its_end_is_no_success() throws Exception {
        String asked = STREAM.replace("{\"model\"", "{\"max_tokens\":9,\"model\"");
        gateway.upstream.streams("[DONE]");
        assertThat(gateway.post("/v1/messages", asked).statusCode()).isEqualTo(502);
        assertThat(gateway.usage().errorCode()).isEqualTo("upstream_malformed");

        String nameless =
                "{\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"t1\","
                        + "\"function\":{\"arguments\":\"{}\"}}]},\"finish_reason\":\"tool_calls\"}]}";
        gateway.upstream.streams(nameless, "[DONE]");
        HttpResponse<String> answer = gateway.post("/v1/messages", asked);
        assertThat(answer.body()).contains("event: error").doesNotContain("message_stop");
        CallUsage usage = gateway.usage();
        assertThat(usage.status()).isEqualTo(502);
        assertThat(usage.errorCode()).isEqualTo("upstream_malformed");
    }

    @Test
    void a_slow_reader_slows_the_engine_and_one_that_leaves_stops_it() throws Exception {
        var sent = new AtomicLong();
        var full = new CompletableFuture<Void>();
        gateway.upstream.does(response -> {
            ScriptedUpstream.begin(response);
            pour(response, Buffer.buffer("data: " + "y".repeat(1_000) + "\n\n"), sent, full);
        });
        try (Socket socket = raw("POST /v1/chat/completions HTTP/1.1", STREAM)) {
            full.get(20, TimeUnit.SECONDS);
            // socket buffers of four sides, and what each side holds at most
            assertThat(sent.get()).isLessThan(64L << 20);
            long before = System.nanoTime();
            leave(socket);
            Long stopped = gateway.upstream.cancelled.poll(5, TimeUnit.SECONDS);
            assertThat(stopped).isNotNull();
            assertThat(TimeUnit.NANOSECONDS.toMillis(stopped - before)).isLessThan(1_000);
        }
        CallUsage usage = gateway.usage();
        assertThat(usage.status()).isEqualTo(499);
        assertThat(usage.completionTokens()).isPositive();
    }

    private static void pour(HttpServerResponse to, Buffer event, AtomicLong sent, CompletableFuture<Void> full) {
        while (!to.writeQueueFull()) {
            to.write(event);
            sent.addAndGet(event.length());
        }
        boolean[] drained = {false};
        to.drainHandler(room -> {
            drained[0] = true;
            pour(to, event, sent, full);
        });
        io.vertx.core.Vertx.currentContext().owner().setTimer(400, id -> {
            if (!drained[0]) {
                full.complete(null);
            }
        });
    }

    @Test
    void a_caller_that_leaves_before_the_answer_cancels_the_call() throws Exception {
        gateway.upstream.does(response -> {});
        try (Socket socket = raw("POST /v1/chat/completions HTTP/1.1", BODY)) {
            gateway.upstream.next();
            long before = System.nanoTime();
            leave(socket);
            Long stopped = gateway.upstream.cancelled.poll(5, TimeUnit.SECONDS);
            assertThat(stopped).isNotNull();
            assertThat(TimeUnit.NANOSECONDS.toMillis(stopped - before)).isLessThan(500);
        }
        assertThat(gateway.usage().status()).isEqualTo(499);
    }

    private static void leave(Socket socket) throws IOException {
        socket.close();
    }

    private Socket raw(String line, String body) throws IOException {
        return raw(line, body, body.length());
    }

    private Socket raw(String line, String body, int length) throws IOException {
        var socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port);
        socket.setReceiveBufferSize(16 * 1024);
        socket.getOutputStream()
                .write((line + "\r\nHost: x\r\nAuthorization: Bearer " + KEY + "\r\nContent-Length: " + length
                                + "\r\n\r\n" + body)
                        .getBytes(UTF_8));
        return socket;
    }

    @Test
    void a_caller_that_asks_first_is_told_to_go_on() throws Exception {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port)) {
            socket.setSoTimeout(5_000);
            socket.getOutputStream()
                    .write(("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + KEY
                                    + "\r\nExpect: 100-continue\r\nContent-Length: " + BODY.length() + "\r\n\r\n")
                            .getBytes(UTF_8));
            InputStream in = socket.getInputStream();
            String first = "HTTP/1.1 100 Continue\r\n";
            assertThat(new String(in.readNBytes(first.length()), UTF_8)).isEqualTo(first);
            socket.getOutputStream().write(BODY.getBytes(UTF_8));
            assertThat(new String(in.readNBytes(200), UTF_8)).contains("HTTP/1.1 200 OK");
        }
        assertThat(gateway.usage().status()).isEqualTo(200);
        assertThat(gateway.upstream.next().headers().contains("Expect")).isFalse();
    }

    @Test
    void a_body_that_does_not_come_in_time_is_refused() throws Exception {
        try (Socket socket = raw("POST /v1/chat/completions HTTP/1.1", BODY.substring(0, 10), 1_000)) {
            socket.setSoTimeout(5_000);
            assertThat(new String(socket.getInputStream().readNBytes(12), UTF_8))
                    .isEqualTo("HTTP/1.1 408");
        }
        assertThat(gateway.usage().status()).isEqualTo(408);
    }

    @Test
    void an_answer_that_comes_before_the_body_is_read_is_passed_on() throws Exception {
        gateway.upstream.doesAtOnce(request -> {
            request.pause();
            request.response().setStatusCode(413).end("{\"error\":{\"message\":\"too much\",\"code\":\"too_big\"}}");
        });
        HttpResponse<String> answer = gateway.chat(BODY.replace("the-secret-prompt", "z".repeat(900_000)));
        assertThat(answer.statusCode()).isEqualTo(413);
        assertThat(answer.body()).contains("too_big");
        gateway.usage();
    }
}
