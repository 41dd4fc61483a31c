package io.aiwm.inference;

import static io.aiwm.inference.TestGateway.BODY;
import static io.aiwm.inference.TestGateway.KEY;
import static io.aiwm.inference.TestGateway.STREAM;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.inference.usage.CallUsage;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Callers that leave, read slowly, or send their body as they should not. */
class MisbehavingCallerTest extends WithGateway {
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
