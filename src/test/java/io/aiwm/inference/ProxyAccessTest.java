package io.aiwm.inference;

import static io.aiwm.inference.TestGateway.KEY;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.inference.limit.KeyLimits;
import io.vertx.core.Promise;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Who may use {@code /proxy/{deployment}/…}, which paths, and for how long. */
class ProxyAccessTest extends WithGateway {
    @Test
    void of_an_engine_that_can_be_put_to_sleep_only_what_is_for_callers_is_reached() throws Exception {
        gateway.serves(List.of(TestGateway.deployed("dep_1", "tiny")
                .guarded(true)
                .replicas(List.of(gateway.upstream.replica("r1")))
                .build()));
        for (String path : List.of(
                "/sleep?level=1",
                "/wake_up",
                "/is_sleeping",
                "/%73leep",
                "/sleep/",
                "/v1%2F..%2Fsleep",
                "/v1/../sleep",
                "//sleep",
                "/health/../sleep",
                "/collective_rpc",
                "/server_info",
                "/reset_prefix_cache",
                "/V1/models")) {
            for (String method : List.of("GET", "POST")) {
                HttpResponse<String> answer = gateway.client.send(
                        gateway.request("/proxy/tiny" + path)
                                .method(method, HttpRequest.BodyPublishers.noBody())
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                assertThat(answer.statusCode()).as(method + " " + path).isIn(400, 403);
                gateway.usage();
            }
        }
        for (String path : List.of("/health", "/v1/models", "/metrics?x=1", "/v2/rerank")) {
            gateway.upstream.does(response -> response.end("yes"));
            assertThat(gateway.get("/proxy/tiny" + path).body()).as(path).isEqualTo("yes");
            assertThat(gateway.upstream.next().uri()).isEqualTo(path);
            gateway.usage();
        }
        assertThat(gateway.post("/v1/sleep", "{}").statusCode()).isEqualTo(404);
        assertThat(gateway.post("/v1/wake_up", "{}").statusCode()).isEqualTo(404);
    }

    @Test
    void who_goes_away_while_its_key_is_looked_up_calls_nothing() throws Exception {
        for (String path : List.of("/proxy/tiny/", "/v1/chat/completions")) {
            Promise<Void> found = Promise.promise();
            var asked = new CompletableFuture<Void>();
            gateway.keys = found.future();
            gateway.onVerify = () -> asked.complete(null);
            var socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port);
            socket.getOutputStream()
                    .write(("POST " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + KEY
                                    + "\r\nContent-Length: " + TestGateway.BODY.length() + "\r\n\r\n"
                                    + TestGateway.BODY)
                            .getBytes(UTF_8));
            asked.get(10, TimeUnit.SECONDS);
            socket.close();
            gateway.closed.poll(10, TimeUnit.SECONDS);
            found.complete();
            assertThat(gateway.usage().status()).as(path).isEqualTo(499);
        }
        assertThat(gateway.upstream.seen).isEmpty();
    }

    @Test
    void a_path_that_leads_out_is_refused() throws Exception {
        for (String path : List.of(
                "/proxy/tiny/../secret",
                "/proxy/tiny/%2e%2e/secret",
                "/proxy/tiny/a/%2E./b",
                "/proxy/tiny/..%2fsecret",
                "/proxy/tiny/..%5csecret",
                "/proxy/tiny/a/..;/b",
                "/proxy/tiny//evil.example/",
                "/proxy/tiny/a%00b",
                "/proxy/tiny/a%0d%0aX:y")) {
            try (var socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port)) {
                socket.setSoTimeout(5_000);
                socket.getOutputStream()
                        .write(("GET " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + KEY + "\r\n\r\n")
                                .getBytes(UTF_8));
                byte[] head = socket.getInputStream().readNBytes(12);
                assertThat(new String(head, UTF_8)).as(path).isEqualTo("HTTP/1.1 400");
            }
        }
        assertThat(gateway.upstream.seen).isEmpty();
        gateway.told.clear();
        assertThat(gateway.get("/proxy/nobody/").statusCode()).isEqualTo(404);
        gateway.usage();
    }

    @Test
    void whose_tokens_are_limited_does_not_go_past_the_limit_by_proxy() throws Exception {
        var budget = new KeyLimits.TokenBudget(1_000_000, KeyLimits.Period.DAY);
        for (KeyLimits limits : List.of(
                new KeyLimits(null, null, 1_000L, null, null, null),
                new KeyLimits(null, null, null, null, budget, null))) {
            for (boolean ofTeam : List.of(false, true)) {
                gateway.limits = ofTeam ? KeyLimits.NONE : limits;
                gateway.teamLimits = ofTeam ? limits : KeyLimits.NONE;
                HttpResponse<String> answer = gateway.post("/proxy/tiny/v1/chat/completions", TestGateway.BODY);
                assertThat(answer.statusCode()).isEqualTo(403);
                assertThat(answer.body()).contains("proxy_not_allowed");
                assertThat(gateway.usage().status()).isEqualTo(403);
            }
        }
        assertThat(gateway.upstream.seen).isEmpty();
    }

    @Test
    void who_may_only_call_models_sends_nothing_to_a_server_but_where_its_key_names_it() throws Exception {
        gateway.proxyRight = ProxyRight.NONE;
        gateway.limits = models("tiny");
        assertThat(gateway.get("/proxy/tiny/").statusCode()).isEqualTo(403);
        assertThat(gateway.usage().errorCode()).isEqualTo("proxy_not_allowed");
        gateway.proxyRight = ProxyRight.NAMED;
        for (KeyLimits each : List.of(KeyLimits.NONE, models("t*"), models("*"))) {
            gateway.limits = each;
            assertThat(gateway.get("/proxy/tiny/").statusCode()).isEqualTo(403);
            gateway.usage();
        }
        gateway.limits = models("tiny");
        gateway.upstream.does(response -> response.end("done"));
        assertThat(gateway.get("/proxy/tiny/").body()).isEqualTo("done");
        gateway.usage();
    }

    private static KeyLimits models(String... names) {
        return new KeyLimits(List.of(names), null, null, null, null, null);
    }

    @Test
    void what_is_open_ends_when_its_key_ends() throws Exception {
        var behindClosed = new CompletableFuture<Void>();
        gateway.upstream.doesAtOnce(request ->
                request.toWebSocket().onSuccess(socket -> socket.closeHandler(closed -> behindClosed.complete(null))));
        var closed = new CompletableFuture<Void>();
        gateway.client
                .newWebSocketBuilder()
                .header("Authorization", "Bearer " + KEY)
                .buildAsync(URI.create("ws://127.0.0.1:" + gateway.port + "/proxy/tiny/ws"), new WebSocket.Listener() {
                    @Override
                    public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
                        closed.complete(null);
                        return null;
                    }

                    @Override
                    public void onError(WebSocket from, Throwable cut) {
                        closed.complete(null);
                    }
                })
                .get(10, TimeUnit.SECONDS)
                .request(5);
        gateway.proxyRight = ProxyRight.NONE;
        closed.get(10, TimeUnit.SECONDS);
        behindClosed.get(10, TimeUnit.SECONDS);
        assertThat(gateway.usage().status()).isEqualTo(403);
    }
}
