package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.controller.http.HttpApiVerticle;
import io.aiwm.controller.http.Mount;
import io.aiwm.controller.http.TokenCheck;
import io.aiwm.inference.Caller;
import io.aiwm.inference.CallerSource;
import io.aiwm.inference.Gateway;
import io.aiwm.inference.GatewaySettings;
import io.aiwm.inference.balance.BalanceRules;
import io.aiwm.inference.balance.OneShotTimer;
import io.aiwm.inference.balance.ReplicaBalancer;
import io.aiwm.inference.balance.Waker;
import io.aiwm.inference.dialect.Dialects;
import io.aiwm.inference.dialect.MessagesDialect;
import io.aiwm.inference.dialect.ResponsesDialect;
import io.aiwm.inference.limit.KeyLimits;
import io.aiwm.inference.limit.Limiter;
import io.aiwm.inference.route.GatewayConfig;
import io.aiwm.inference.route.GatewayConfigDeployedBuilder;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The gateway behind the real HTTP port of a controller, with an upstream that does what the test tells it. */
@Timeout(60)
class InferenceMountsTest {
    private static final String FRIEND = "https://friend.example";
    private static final String CHAT = "{\"model\":\"chat\",\"stream\":true,\"messages\":[]}";
    private static final String EVENT = "data: {\"choices\":[]}\n\n";
    /** Shorter than a stream of the tests takes. */
    private static final Duration IDLE = Duration.ofSeconds(1);

    private static final TokenCheck NOBODY =
            token -> Future.failedFuture(new Failure(Failure.Kind.UNAUTHENTICATED, "nobody calls the API here"));

    private final Vertx vertx = Vertx.vertx();
    private final BlockingQueue<HttpServerResponse> streams = new LinkedBlockingQueue<>();
    private final List<String> asked = new ArrayList<>();
    private final AtomicInteger port = new AtomicInteger();

    @BeforeEach
    void open() {
        int upstream = vertx.createHttpServer()
                .requestHandler(request -> {
                    asked.add(request.headers().toString());
                    request.response()
                            .putHeader("Content-Type", "text/event-stream")
                            .setChunked(true);
                    request.endHandler(end -> streams.add(request.response()));
                })
                .listen(0, "127.0.0.1")
                .await()
                .actualPort();
        CallerSource callers = token -> token.equals("good")
                ? Future.succeededFuture(new Caller("key_1", "ada", null, KeyLimits.NONE, KeyLimits.NONE))
                : Future.failedFuture(new Failure(Failure.Kind.UNAUTHENTICATED, "the token has expired"));
        var dialects = new Dialects(new MessagesDialect(), new ResponsesDialect(InstantSource.system()));
        var gateway = new Gateway(new Gateway.Parts(
                GatewaySettings.DEFAULTS,
                callers,
                Limiter.NONE,
                call -> {},
                dialects,
                deployed -> {
                    var balancer = new ReplicaBalancer(
                            BalanceRules.DEFAULT, System::currentTimeMillis, OneShotTimer.of(vertx), Waker.NONE);
                    balancer.update(deployed);
                    return balancer;
                },
                InstantSource.system()));
        var replica = new GatewayConfig.Replica("c1", 0, "n1", "127.0.0.1", upstream, Instant.EPOCH);
        gateway.configure(new GatewayConfig(
                1,
                List.of(GatewayConfigDeployedBuilder.builder()
                        .id("dep_1")
                        .name("chat")
                        .engine("custom")
                        .replicas(List.of(replica))
                        .state("RUNNING")
                        .build()),
                List.of(),
                List.of(),
                List.of(),
                List.of()));
        var config = new Config.Http("127.0.0.1", 0, List.of(FRIEND), List.of(), 100_000, Duration.ofMillis(500), IDLE);
        var mounts = new ArrayList<>(InferenceMounts.of(gateway, dialects, config.corsOrigins()));
        mounts.add(Mount.of("/", loop -> request -> request.response().end("page")));
        vertx.deployVerticle(
                        new HttpApiVerticle(new HttpApiVerticle.Setup(config, mounts, NOBODY, port::set, () -> {})))
                .await();
    }

    @AfterEach
    void close() {
        vertx.close().await();
    }

    /** A caller that reads line by line as they come. */
    private final class RawCall implements AutoCloseable {
        private final Socket socket = new Socket(InetAddress.getLoopbackAddress(), port.get());
        private final BufferedReader in =
                new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));

        RawCall(String method, String path, String body, String... headers) throws IOException {
            var head = new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: x\r\n");
            for (String header : headers) {
                head.append(header).append("\r\n");
            }
            head.append("Content-Length: ")
                    .append(body.length())
                    .append("\r\n\r\n")
                    .append(body);
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(head.toString().getBytes(StandardCharsets.UTF_8));
        }

        /** Reads on until there is a line with this in it. */
        String until(String part) throws IOException {
            var read = new StringBuilder();
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                read.append(line).append('\n');
                if (line.contains(part)) {
                    return read.toString();
                }
            }
            throw new AssertionError("no " + part + " in " + read);
        }

        String head() throws IOException {
            var read = new StringBuilder();
            for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
                read.append(line).append('\n');
            }
            return read.toString();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @Test
    void a_stream_is_neither_compressed_nor_held_back_nor_cut_as_idle() throws Exception {
        try (var caller = new RawCall(
                "POST", "/v1/chat/completions", CHAT, "Authorization: Bearer good", "Accept-Encoding: gzip, br")) {
            HttpServerResponse stream = streams.poll(5, TimeUnit.SECONDS);
            // as large as what the port compresses elsewhere
            stream.write("data: {\"choices\":[\"" + "x".repeat(4_000) + "\"]}\n\n");
            assertThat(caller.head()).startsWith("HTTP/1.1 200").doesNotContainIgnoringCase("gzip");
            caller.until("data: {");
            // as long as the port waits for idle connections and slow answers, and then some
            vertx.timer(3 * IDLE.toMillis(), TimeUnit.MILLISECONDS).await();
            stream.write(EVENT);
            caller.until("data: {");
            stream.end("data: [DONE]\n\n");
            caller.until("[DONE]");
        }
        assertThat(asked.toString()).doesNotContain("good");
    }

    @Test
    void errors_are_in_the_callers_form_also_where_the_gateway_is_not_reached() throws Exception {
        for (String path : List.of("/v1/%zz", "/v1/nothing", "/v1/chat/completions", "/proxy/%zz")) {
            try (var caller = new RawCall("POST", path, "{}", "Authorization: Bearer bad")) {
                String head = caller.head();
                assertThat(head).as(path).containsIgnoringCase("content-type: application/json");
                assertThat(head).as(path).doesNotContain("problem+json");
                var body = new StringBuilder();
                while (body.indexOf("}}") < 0) {
                    body.append((char) caller.in.read());
                }
                JsonObject error = new JsonObject(body.toString()).getJsonObject("error");
                assertThat(error.getString("message")).as(path).isNotBlank();
                assertThat(error.fieldNames()).containsExactlyInAnyOrder("message", "type", "param", "code");
            }
        }
    }

    @Test
    void pages_of_named_origins_may_call_and_others_may_not() throws Exception {
        String[] ask = {
            "Access-Control-Request-Method: POST",
            "Access-Control-Request-Headers: authorization, x-stainless-os, anthropic-version"
        };
        try (var friend = new RawCall("OPTIONS", "/v1/chat/completions", "", "Origin: " + FRIEND, ask[0], ask[1])) {
            assertThat(friend.head())
                    .startsWith("HTTP/1.1 204")
                    .containsIgnoringCase("Access-Control-Allow-Origin: " + FRIEND)
                    .containsIgnoringCase(
                            "Access-Control-Allow-Headers: authorization, x-stainless-os, anthropic-version")
                    .containsIgnoringCase("Access-Control-Allow-Methods: DELETE, GET, POST");
        }
        try (var foe = new RawCall("OPTIONS", "/v1/chat/completions", "", "Origin: https://foe.example", ask[0])) {
            assertThat(foe.head()).startsWith("HTTP/1.1 204").doesNotContainIgnoringCase("Access-Control");
        }
        try (var friend = new RawCall("GET", "/v1/models", "", "Origin: " + FRIEND, "Authorization: Bearer good")) {
            assertThat(friend.head())
                    .startsWith("HTTP/1.1 200")
                    .containsIgnoringCase("Access-Control-Allow-Origin: " + FRIEND)
                    .containsIgnoringCase("Access-Control-Expose-Headers: *");
        }
    }
}
