package io.aiwm.controller.http;

import static io.aiwm.controller.http.Problems.problem;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Bodies and connections that are too large, too slow or say nothing. */
class HttpLimitsTest extends HttpApiRig {
    @Test
    void an_answer_that_does_not_come_is_a_504() {
        problem(server.call("GET", "/api/things/slow", "viewer", null), 504, "timeout");
    }

    private static byte[] head(String length) {
        return String.join(
                        "\r\n",
                        "POST /api/things HTTP/1.1",
                        "Host: x",
                        "Authorization: Bearer operator",
                        "Content-Type: application/json",
                        length,
                        "",
                        "")
                .getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void a_huge_body_is_refused_before_it_is_sent() throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), server.port)) {
            socket.setSoTimeout(5_000);
            socket.getOutputStream().write(head("Content-Length: 100000000"));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer).startsWith("HTTP/1.1 413").contains("too-large").contains("100000 bytes");
        }
    }

    @Test
    void a_body_of_unknown_length_is_cut_off_at_the_limit() throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), server.port)) {
            socket.setSoTimeout(5_000);
            var out = socket.getOutputStream();
            out.write(head("Transfer-Encoding: chunked"));
            String chunk = "7530\r\n" + "x".repeat(30_000) + "\r\n";
            for (int i = 0; i < 4; i++) {
                out.write(chunk.getBytes(StandardCharsets.US_ASCII));
            }
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer).startsWith("HTTP/1.1 413");
        }
    }

    @Test
    void a_body_that_trickles_in_is_not_waited_for_for_ever() throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), server.port)) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(head("Content-Length: 50"));
            socket.getOutputStream().write('{');
            String answer = new String(socket.getInputStream().readNBytes(12), StandardCharsets.UTF_8);
            assertThat(answer).isEqualTo("HTTP/1.1 408");
        }
    }

    /** Whatever it was answered, and wherever it was sent to. */
    @Test
    void a_connection_on_which_a_body_goes_on_trickling_in_is_closed() throws IOException {
        var open = new HashMap<String, Socket>();
        try {
            for (String path : List.of("POST /api/things", "POST /api/nothing", "POST /", "GET /api/health")) {
                var socket = new Socket(InetAddress.getLoopbackAddress(), server.port);
                open.put(path, socket);
                socket.setSoTimeout(100);
                socket.getOutputStream()
                        .write(new String(head("Content-Length: 500"), StandardCharsets.US_ASCII)
                                .replace("POST /api/things", path)
                                .getBytes(StandardCharsets.US_ASCII));
            }
            // longer than the request timeout and what is waited for the rest, less than the idle timeout
            org.awaitility.Awaitility.await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
                open.values().removeIf(HttpLimitsTest::trickle);
                assertThat(open.keySet()).isEmpty();
            });
        } finally {
            for (Socket socket : open.values()) {
                socket.close();
            }
        }
    }

    /** One more byte; says whether the connection is closed. */
    private static boolean trickle(Socket socket) {
        try {
            socket.getOutputStream().write(' ');
            return socket.getInputStream().read(new byte[10_000]) < 0;
        } catch (java.net.SocketTimeoutException open) {
            return false;
        } catch (IOException closed) {
            return true;
        }
    }

    @Test
    void a_connection_that_says_nothing_is_closed_and_one_that_waits_is_not() throws IOException {
        try (var idle = new TestServer(List.of(), TestServer::verify, Duration.ofSeconds(1));
                var silent = new Socket(InetAddress.getLoopbackAddress(), idle.port)) {
            silent.setSoTimeout(10_000);
            // the request below takes two seconds, twice the idle timeout, and still gets its answer
            problem(idle.call("GET", "/api/things/slow", "viewer", null), 504, "timeout");
            assertThat(silent.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void a_connection_goes_on_after_a_small_body_was_refused() {
        for (int i = 0; i < 5; i++) {
            problem(server.call("POST", "/api/things", null, "{\"name\":\"a\"}"), 401, "unauthenticated");
            assertThat(server.call("POST", "/api/things", "operator", "{\"name\":\"a\"}")
                            .statusCode())
                    .isEqualTo(201);
        }
    }
}
