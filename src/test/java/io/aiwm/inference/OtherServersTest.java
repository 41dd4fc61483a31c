package io.aiwm.inference;

import static io.aiwm.inference.ScriptedUpstream.ANSWER;
import static io.aiwm.inference.ScriptedUpstream.USAGE_CHUNK;
import static io.aiwm.inference.ScriptedUpstream.chunk;
import static io.aiwm.inference.TestGateway.BODY;
import static io.aiwm.inference.TestGateway.KEY;
import static io.aiwm.inference.TestGateway.STREAM;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.inference.usage.CallUsage;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

/** Servers and callers that speak HTTP and server-sent events as they may, but not as engines and stock clients do. */
class OtherServersTest extends WithGateway {
    private static final String FINISH =
            "{\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\" : \"stop\"}]}";

    private void streams(String text) {
        gateway.upstream.does(response -> {
            ScriptedUpstream.begin(response);
            response.end(text);
        });
    }

    @Test
    void errors_that_are_a_text_are_told() throws Exception {
        for (String field : new String[] {"error", "detail"}) {
            gateway.upstream.answers(
                    422, "application/json", "{\"" + field + "\":\"plain words\",\"error_type\":\"x\"}");
            HttpResponse<String> answer = gateway.chat(BODY);
            assertThat(answer.statusCode()).isEqualTo(422);
            assertThat(new JsonObject(answer.body()).getJsonObject("error").getString("message"))
                    .isEqualTo("plain words");
            assertThat(gateway.usage().status()).isEqualTo(422);
        }
    }

    @Test
    void a_status_that_http_does_not_know_is_a_bad_gateway() throws Exception {
        gateway.upstream.answers(999, "application/json", "{}");
        HttpResponse<String> answer = gateway.chat(BODY);
        assertThat(answer.statusCode()).isEqualTo(502);
        assertThat(answer.body()).contains("upstream_malformed", "999");
        gateway.told.clear();
    }

    @Test
    void a_body_that_is_encoded_is_refused_by_name() throws Exception {
        HttpRequest request = gateway.request("/v1/chat/completions")
                .header("Content-Type", "application/json")
                .header("Content-Encoding", "gzip")
                .POST(HttpRequest.BodyPublishers.ofString(BODY))
                .build();
        HttpResponse<String> answer = gateway.client.send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(415);
        assertThat(answer.body()).contains("Content-Encoding");
        gateway.told.clear();
    }

    private void expectUsage(int completion) throws Exception {
        CallUsage usage = gateway.usage();
        assertThat(usage.promptTokens()).isEqualTo(7);
        assertThat(usage.completionTokens()).isEqualTo(completion);
        assertThat(usage.errorCode()).isNull();
    }

    @Test
    void events_with_names_and_ids_are_counted_and_their_usage_is_not_passed_on() throws Exception {
        String passed = ": hello\n\nevent: message\nid: 1\ndata: " + chunk("a") + "\n\n";
        String done = "event: done\ndata: [DONE]\n\n";
        streams(passed + "id: 2\nevent: message\ndata: " + USAGE_CHUNK + "\n\n" + done);
        assertThat(gateway.chat(STREAM).body()).isEqualTo(passed + done);
        expectUsage(2);
    }

    @Test
    void events_of_several_lines_are_translated_however_they_are_cut() throws Exception {
        String all = ("event: message\r\ndata: " + chunk("h\u00e4\u4f60").replace(",", ",\r\ndata: ") + "\r\n\r\n"
                + "data: " + FINISH + "\r\n\r\ndata: " + USAGE_CHUNK + "\r\n\r\ndata: [DONE]\r\n\r\n");
        gateway.upstream.does(response -> {
            ScriptedUpstream.begin(response);
            byteByByte(response, Buffer.buffer(all), 0);
        });
        String asked = STREAM.replace("{\"model\"", "{\"max_tokens\":9,\"model\"");
        assertThat(gateway.post("/v1/messages", asked).body())
                .contains("\"text\":\"h\u00e4\u4f60\"")
                .contains("event: message_stop");
        expectUsage(2);
    }

    private static void byteByByte(HttpServerResponse response, Buffer all, int at) {
        if (at == all.length()) {
            response.end();
        } else {
            response.write(all.getBuffer(at, at + 1)).onSuccess(sent -> byteByByte(response, all, at + 1));
        }
    }

    // ---- encoded answers

    private static Buffer gzip(String text) {
        var bytes = new ByteArrayOutputStream();
        try (var zip = new GZIPOutputStream(bytes)) {
            zip.write(text.getBytes(UTF_8));
        } catch (IOException impossible) {
            throw new AssertionError(impossible);
        }
        return Buffer.buffer(bytes.toByteArray());
    }

    @Test
    void a_stream_that_is_encoded_against_our_wish_is_decoded_and_counted() throws Exception {
        String passed = "data: " + chunk("a") + "\n\n";
        Buffer zipped = gzip(passed + "data: " + USAGE_CHUNK + "\n\ndata: [DONE]\n\n");
        gateway.upstream.does(response -> {
            ScriptedUpstream.begin(response);
            response.putHeader("Content-Encoding", "gzip").write(zipped.getBuffer(0, 40));
            response.end(zipped.getBuffer(40, zipped.length()));
        });
        HttpResponse<String> answer = gateway.chat(STREAM);
        assertThat(answer.body()).isEqualTo(passed + "data: [DONE]\n\n");
        assertThat(answer.headers().map()).doesNotContainKey("content-encoding");
        assertThat(gateway.upstream.next().headers().get("Accept-Encoding")).isEqualTo("identity");
        expectUsage(2);
    }

    @Test
    void answers_and_errors_that_are_encoded_are_read_too() throws Exception {
        gateway.upstream.does(response -> response.putHeader("Content-Type", "application/json")
                .putHeader("Content-Encoding", "gzip")
                .end(gzip(ANSWER)));
        assertThat(gateway.chat(BODY).body()).isEqualTo(ANSWER);
        expectUsage(3);
        String asked = BODY.replace("{\"model\"", "{\"max_tokens\":9,\"model\"");
        assertThat(new JsonObject(gateway.post("/v1/messages", asked).body()).getString("stop_reason"))
                .isEqualTo("end_turn");
        expectUsage(3);
        gateway.upstream.does(response -> response.setStatusCode(400)
                .putHeader("Content-Encoding", "gzip")
                .end(gzip("{\"error\":{\"message\":\"too many tokens\"}}")));
        HttpResponse<String> error = gateway.chat(BODY);
        assertThat(error.statusCode()).isEqualTo(400);
        assertThat(error.body()).contains("too many tokens");
        assertThat(gateway.usage().status()).isEqualTo(400);
    }

    @Test
    void what_cannot_be_decoded_is_an_error_that_says_so() throws Exception {
        for (String encoding : new String[] {"br", "gzip"}) {
            gateway.upstream.does(response -> response.putHeader("Content-Type", "application/json")
                    .putHeader("Content-Encoding", encoding)
                    .end(ANSWER));
            HttpResponse<String> answer = gateway.chat(BODY);
            assertThat(answer.statusCode()).as(encoding).isEqualTo(502);
            assertThat(answer.body()).contains("upstream_malformed").contains("encoded");
            assertThat(gateway.usage().errorCode()).isEqualTo("upstream_malformed");
        }
    }

    // ---- HTTP/1.0

    /** Answers like a server of HTTP/1.0: the end of the connection is that of the answer. */
    private void endsWithConnection(String text) throws Exception {
        int port = gateway.vertx
                .createNetServer()
                .connectHandler(socket -> socket.handler(asked ->
                        socket.end(Buffer.buffer("HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + text))))
                .listen(0, "127.0.0.1")
                .await()
                .actualPort();
        gateway.serves(ScriptedUpstream.replica("old", port));
    }

    @Test
    void a_stream_that_ends_with_its_connection_is_whole_once_it_says_why_it_ends() throws Exception {
        String whole = "data: " + chunk("a") + "\n\ndata: " + FINISH + "\n\n";
        endsWithConnection(whole);
        assertThat(gateway.chat(STREAM).body()).isEqualTo(whole);
        assertThat(gateway.usage().errorCode()).isNull();
        String cut = "data: " + chunk("a") + "\n\n";
        endsWithConnection(cut);
        assertThat(gateway.chat(STREAM).body()).startsWith(cut).contains("upstream_broke_off");
        assertThat(gateway.usage().errorCode()).isEqualTo("upstream_broke_off");
    }

    private String raw(String request) throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port)) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(UTF_8));
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        }
    }

    @Test
    void a_caller_of_an_old_version_gets_a_stream_that_ends_with_the_connection() throws Exception {
        String passed = "data: " + chunk("a") + "\n\ndata: [DONE]\n\n";
        streams(passed);
        String answer = raw("POST /v1/chat/completions HTTP/1.0\r\nAuthorization: Bearer " + KEY
                + "\r\nContent-Length: " + STREAM.length() + "\r\n\r\n" + STREAM);
        assertThat(answer).startsWith("HTTP/1.0 200").endsWith("\r\n\r\n" + passed);
        assertThat(answer.toLowerCase(java.util.Locale.ROOT)).doesNotContain("transfer-encoding");
        assertThat(gateway.usage().status()).isEqualTo(200);
    }

    // ---- what comes at once

    @Test
    void chunks_that_come_at_once_leave_together() throws Exception {
        String event = "data: " + chunk("a") + "\n\n";
        var all = new StringBuilder(
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (int i = 0; i < 100; i++) {
            all.append(Integer.toHexString(event.length()))
                    .append("\r\n")
                    .append(event)
                    .append("\r\n");
        }
        all.append("e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n");
        int port = gateway.vertx
                .createNetServer()
                .connectHandler(socket -> socket.handler(asked -> socket.write(all.toString())))
                .listen(0, "127.0.0.1")
                .await()
                .actualPort();
        gateway.serves(ScriptedUpstream.replica("quick", port));
        String answer =
                raw("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer " + KEY
                        + "\r\nContent-Length: " + STREAM.length() + "\r\n\r\n" + STREAM);
        assertThat(answer.split("\"content\":\"a\"", -1)).hasSize(101);
        assertThat(answer).contains("data: [DONE]\n\n").endsWith("\r\n0\r\n\r\n");
        assertThat(answer.lines().filter(line -> line.matches("[0-9a-f]+"))).hasSizeLessThan(20);
        assertThat(gateway.usage().completionTokens()).isEqualTo(100);
    }

    // ---- what else HTTP allows

    @Test
    void models_are_asked_for_by_their_head_alone() throws Exception {
        String answer = raw("HEAD /v1/models HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer " + KEY
                + "\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 200").endsWith("\r\n\r\n");
    }

    @Test
    void a_body_that_waits_to_be_asked_for_is_asked_for() throws Exception {
        HttpRequest request = gateway.request("/v1/chat/completions")
                .expectContinue(true)
                .POST(HttpRequest.BodyPublishers.ofString(BODY))
                .build();
        assertThat(gateway.client
                        .send(request, HttpResponse.BodyHandlers.ofString())
                        .body())
                .isEqualTo(ANSWER);
        expectUsage(3);
    }

    @Test
    void trailers_of_an_answer_stay_behind() throws Exception {
        String passed = "data: " + chunk("a") + "\n\ndata: [DONE]\n\n";
        gateway.upstream.does(response -> {
            ScriptedUpstream.begin(response);
            response.putHeader("Trailer", "X-Secret").putTrailer("X-Secret", "1");
            response.end(passed);
        });
        HttpResponse<String> answer = gateway.chat(STREAM);
        assertThat(answer.body()).isEqualTo(passed);
        assertThat(answer.headers().map()).doesNotContainKeys("trailer", "x-secret");
        assertThat(gateway.usage().status()).isEqualTo(200);
    }
}
