package io.aiwm.inference;

import static io.aiwm.inference.TestGateway.BODY;
import static io.aiwm.inference.TestGateway.KEY;
import static io.aiwm.inference.TestGateway.STREAM;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.aiwm.inference.route.GatewayConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

@Timeout(60)
class GatewaySecurityTest {
    private TestGateway gateway;

    @BeforeEach
    void begin() throws Exception {
        gateway = new TestGateway();
    }

    @AfterEach
    void end() {
        gateway.close();
    }

    /** What is answered to these bytes, up to the end of the connection or the first answer's head. */
    private String raw(String bytes) throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port)) {
            socket.setSoTimeout(5_000);
            socket.getOutputStream().write(bytes.getBytes(UTF_8));
            byte[] first = new byte[64 * 1024];
            int length = socket.getInputStream().read(first);
            return length < 0 ? "" : new String(first, 0, length, UTF_8);
        }
    }

    private static String call(String target, String... headers) {
        return "POST " + target + " HTTP/1.1\r\nAuthorization: Bearer " + KEY + "\r\n" + String.join("\r\n", headers)
                + "\r\n\r\n";
    }

    @Test
    void neither_the_callers_key_nor_its_cookies_host_and_other_headers_reach_an_upstream() throws Exception {
        HttpResponse<String> answer = gateway.client.send(
                gateway.request("/v1/chat/completions")
                        .header("Cookie", "session=1")
                        .header("x-api-key", KEY)
                        .header("X-Forwarded-For", "1.2.3.4")
                        .header("Proxy-Authorization", "Basic " + KEY)
                        .header("OpenAI-Beta", "assistants=v2")
                        .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
                        .POST(HttpRequest.BodyPublishers.ofString(BODY))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(200);
        ScriptedUpstream.Seen seen = gateway.upstream.next();
        assertThat(seen.headers().toString()).doesNotContain(KEY);
        assertThat(seen.headers().names().stream().map(name -> name.toLowerCase(java.util.Locale.ROOT)))
                .containsExactlyInAnyOrder(
                        "accept-encoding", "user-agent", "openai-beta", "traceparent", "host", "content-length");
        assertThat(seen.headers().get("Host")).isEqualTo("127.0.0.1:" + gateway.upstream.port);
    }

    @Test
    void the_host_that_a_caller_names_changes_nothing() throws Exception {
        String answer = raw(call(
                        "/v1/chat/completions",
                        "Host: evil.example",
                        "X-Forwarded-Host: evil.example",
                        "Content-Length: " + BODY.length())
                + BODY);
        assertThat(answer).startsWith("HTTP/1.1 200");
        assertThat(gateway.upstream.next().headers().get("Host")).isEqualTo("127.0.0.1:" + gateway.upstream.port);
    }

    @Test
    void a_request_that_names_no_host_two_or_what_is_none_is_refused() throws Exception {
        String length = "Content-Length: " + BODY.length();
        assertThat(raw(call("/v1/chat/completions", length) + BODY)).startsWith("HTTP/1.1 400");
        assertThat(raw(call("/v1/chat/completions", "Host: a", "Host: b", length) + BODY))
                .startsWith("HTTP/1.1 400");
        for (String host : List.of("a b", "a/../b", "user@b", "a:80:90", "a:x", "http://a", "[::1", "a\\b", "a?b")) {
            assertThat(raw(call("/v1/messages", "Host: " + host, length) + BODY))
                    .as(host)
                    .startsWith("HTTP/1.1 400")
                    .contains("\"type\":\"error\"");
        }
        assertThat(gateway.upstream.seen).isEmpty();
        for (String host : List.of("Node-1.Example:3003", "[::1]:80", "[2001:db8::1]", "127.0.0.1", "a_b", "")) {
            assertThat(raw(call("/v1/chat/completions", "Host: " + host, length) + BODY))
                    .as(host)
                    .startsWith("HTTP/1.1 200");
        }
    }

    @Test
    void a_body_whose_end_can_be_seen_in_two_places_is_refused() throws Exception {
        String smuggled = "0\r\n\r\nGET /v1/models HTTP/1.1\r\nHost: x\r\n\r\n";
        for (String coding : List.of("gzip, chunked", "chunked, identity", "xchunked", "identity")) {
            assertThat(raw(call("/v1/chat/completions", "Host: x", "Transfer-Encoding: " + coding) + smuggled))
                    .as(coding)
                    .startsWith("HTTP/1.1 400");
        }
        assertThat(raw(call("/v1/chat/completions", "Host: x", "Content-Length: 5", "Content-Length: 6") + smuggled))
                .startsWith("HTTP/1.1 400");
        assertThat(gateway.upstream.seen).isEmpty();
    }

    @Test
    void targets_that_are_no_plain_path_are_refused() throws Exception {
        for (String target : List.of(
                "http://127.0.0.1/v1/chat/completions",
                "//v1/chat/completions",
                "/v1/../v1/chat/completions",
                "/v1/chat/../chat/completions",
                "/v1/chat%2fcompletions",
                "/v1/chat/completions/",
                "/V1/chat/completions",
                "*")) {
            assertThat(raw(call(target, "Host: x", "Content-Length: " + BODY.length()) + BODY))
                    .as(target)
                    .startsWith("HTTP/1.1 40");
        }
        assertThat(gateway.upstream.seen).isEmpty();
    }

    @Test
    void without_a_key_or_with_a_wrong_one_nothing_is_reached() throws Exception {
        for (String header : List.of(
                "X-Nothing: 1", "Authorization: Bearer wrong", "Authorization: Basic " + KEY, "x-api-key: wrong")) {
            String answer = raw("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n" + header + "\r\nContent-Length: "
                    + BODY.length() + "\r\n\r\n" + BODY);
            assertThat(answer)
                    .startsWith("HTTP/1.1 401")
                    .contains("authentication_error")
                    .doesNotContain("wrong");
        }
        String answer = raw("POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}");
        assertThat(answer).startsWith("HTTP/1.1 401").contains("\"type\":\"error\"");
        assertThat(gateway.upstream.seen).isEmpty();
    }

    @Test
    void an_endpoint_at_an_internal_address_is_refused_when_it_is_connected_to() throws Exception {
        gateway.close();
        gateway = new TestGateway(GatewaySettings.DEFAULTS);
        for (String host : List.of("127.0.0.1", "localhost", "[::1]", "169.254.169.254")) {
            String base = "http://" + host + ":" + gateway.upstream.port + "/v1";
            gateway.gateway.configure(new GatewayConfig(
                    1,
                    null,
                    List.of(new GatewayConfig.External("ext", "tiny", base, "Bearer theirs", null, 0)),
                    null,
                    null,
                    null));
            HttpResponse<String> answer = gateway.chat(BODY);
            assertThat(answer.statusCode()).as(host).isEqualTo(502);
            assertThat(answer.body()).contains("endpoint_internal").doesNotContain("theirs");
        }
        assertThat(gateway.upstream.seen).isEmpty();
    }

    @Test
    void an_endpoint_is_sent_its_own_key_and_none_of_its_redirects_is_followed() throws Exception {
        String base = "http://127.0.0.1:" + gateway.upstream.port + "/deep/v1/";
        gateway.gateway.configure(new GatewayConfig(
                1,
                null,
                List.of(new GatewayConfig.External("ext", "tiny", base, "Bearer theirs", "big", 0)),
                null,
                null,
                null));
        assertThat(gateway.chat(BODY).statusCode()).isEqualTo(200);
        ScriptedUpstream.Seen seen = gateway.upstream.next();
        assertThat(seen.uri()).isEqualTo("/deep/v1/chat/completions");
        assertThat(seen.headers().getAll("Authorization")).containsExactly("Bearer theirs");
        assertThat(seen.body().toJsonObject().getString("model")).isEqualTo("big");
        assertThat(gateway.usage().endpointId()).isEqualTo("ext");

        gateway.upstream.does(response -> response.setStatusCode(307)
                .putHeader("Location", "http://127.0.0.1:" + gateway.upstream.port + "/elsewhere")
                .end());
        assertThat(gateway.chat(BODY).statusCode()).isEqualTo(502);
        assertThat(gateway.upstream.seen).hasSize(1);
        gateway.upstream.answers(401, "application/json", "{\"error\":{\"message\":\"bad key theirs\"}}");
        assertThat(gateway.chat(BODY).body()).contains("upstream_refused").doesNotContain("theirs");
    }

    @Test
    void which_pages_may_read_an_answer_is_not_the_engines_to_say() throws Exception {
        for (int status : new int[] {200, 400}) {
            gateway.upstream.does(response -> response.setStatusCode(status)
                    .putHeader("Content-Type", "application/json")
                    .putHeader("Access-Control-Allow-Origin", "*")
                    .putHeader("Access-Control-Allow-Credentials", "true")
                    .putHeader("Access-Control-Expose-Headers", "*")
                    .end(ScriptedUpstream.ANSWER));
            for (String path : List.of("/v1/chat/completions", "/v1/embeddings", "/v1/messages")) {
                HttpResponse<String> answer =
                        gateway.post(path, BODY.replace("{\"model\"", "{\"max_tokens\":1,\"model\""));
                gateway.usage();
                assertThat(answer.statusCode()).as(path).isEqualTo(status);
                assertThat(answer.headers().map().keySet())
                        .as(path)
                        .noneMatch(
                                name -> name.toLowerCase(java.util.Locale.ROOT).startsWith("access-control"));
            }
        }
    }

    @Test
    void no_log_has_a_prompt_an_answer_or_a_key() throws Exception {
        var root = (Logger) LoggerFactory.getLogger("io.aiwm");
        Level before = root.getLevel();
        var lines = new ListAppender<ILoggingEvent>();
        lines.start();
        root.setLevel(Level.TRACE);
        root.addAppender(lines);
        var all = (Logger) LoggerFactory.getLogger("io.vertx");
        all.addAppender(lines);
        try {
            gateway.upstream.answers(500, "text/plain", "the-secret-answer");
            gateway.chat(BODY);
            gateway.chat(BODY.substring(0, BODY.length() - 3));
            gateway.chat(BODY.replace("tiny", "nobody"));
            gateway.upstream.does(response -> {
                ScriptedUpstream.begin(response);
                response.write("data: the-secret-answer\n\n").onComplete(sent -> gateway.upstream.cut());
            });
            gateway.chat(STREAM);
            gateway.post("/v1/messages", STREAM);
            gateway.post("/v1/responses", BODY);
        } finally {
            root.detachAppender(lines);
            all.detachAppender(lines);
            root.setLevel(before);
        }
        assertThat(lines.list.stream().map(ILoggingEvent::toString).toList().toString())
                .doesNotContain("the-secret")
                .doesNotContain(KEY);
        assertThat(gateway.told.toString()).doesNotContain("the-secret").doesNotContain(KEY);
    }
}
