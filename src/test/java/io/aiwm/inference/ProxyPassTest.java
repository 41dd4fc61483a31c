package io.aiwm.inference;

import static io.aiwm.inference.ScriptedUpstream.replica;
import static io.aiwm.inference.TestGateway.KEY;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
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
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

/** Requests and WebSockets pass through {@code /proxy/{deployment}/…}. */
class ProxyPassTest extends WithGateway {
    @Test
    void any_method_passes_with_its_path_query_and_body_and_without_the_key() throws Exception {
        for (String method : List.of("GET", "PUT", "DELETE", "PATCH", "POST")) {
            gateway.upstream.does(response -> response.setStatusCode(207)
                    .putHeader("X-Own", "yes")
                    .putHeader("Set-Cookie", "a=b")
                    .putHeader("Location", "/new")
                    .end("done"));
            HttpResponse<String> answer = gateway.client.send(
                    gateway.request("/proxy/tiny/a%2Fb/c?x=1&y=%20")
                            .header("Cookie", "session=1")
                            .header("X-Forwarded-For", "6.6.6.6")
                            .header("X-Custom", "kept")
                            .method(
                                    method,
                                    method.equals("GET")
                                            ? HttpRequest.BodyPublishers.noBody()
                                            : HttpRequest.BodyPublishers.ofString("body"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(207);
            assertThat(answer.body()).isEqualTo("done");
            assertThat(answer.headers().firstValue("X-Own")).contains("yes");
            assertThat(answer.headers().firstValue("Location")).contains("/proxy/tiny/new");
            assertThat(answer.headers().firstValue("Set-Cookie")).isEmpty();
            assertThat(answer.headers().firstValue("Content-Security-Policy")).contains("sandbox");
            ScriptedUpstream.Seen seen = gateway.upstream.next();
            assertThat(seen.method()).isEqualTo(method);
            assertThat(seen.uri()).isEqualTo("/a%2Fb/c?x=1&y=%20");
            assertThat(seen.body().toString()).isEqualTo(method.equals("GET") ? "" : "body");
            assertThat(seen.headers().toString()).doesNotContain(KEY).doesNotContain("session=1");
            assertThat(seen.headers().getAll("X-Forwarded-For")).containsExactly("127.0.0.1");
            assertThat(seen.headers().get("X-Forwarded-Prefix")).isEqualTo("/proxy/tiny");
            assertThat(seen.headers().get("X-Custom")).isEqualTo("kept");
            assertThat(gateway.usage().operation()).isEqualTo("proxy");
        }
    }

    @Test
    void an_answer_that_stops_after_its_head_is_an_error_of_its_own_length() throws Exception {
        gateway.upstream.doesAtOnce(request -> request.response()
                .putHeader("Content-Length", "1000000")
                .putHeader("Content-Encoding", "gzip")
                .putHeader("Access-Control-Allow-Origin", "*")
                .writeHead());
        HttpResponse<String> answer = gateway.get("/proxy/tiny/");
        assertThat(answer.statusCode()).isEqualTo(504);
        assertThat(answer.body()).contains("upstream_timeout");
        assertThat(answer.headers().firstValue("Content-Encoding")).isEmpty();
        assertThat(gateway.usage().status()).isEqualTo(504);
    }

    /** The port encodes its own answers, as that of a controller does. */
    @Test
    void what_an_upstream_has_encoded_comes_with_the_word_how() throws Exception {
        gateway.upstream.does(response -> response.putHeader("Content-Encoding", "gzip")
                .putHeader("Content-Type", "application/json")
                .end(Buffer.buffer(gzip("{}"))));
        HttpRequest.Builder request = gateway.request("/proxy/tiny/page")
                .header("Accept-Encoding", "gzip")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(TestGateway.BODY));
        HttpResponse<byte[]> answer = gateway.client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        assertThat(answer.headers().allValues("Content-Encoding")).containsExactly("gzip");
        assertThat(answer.body()).isEqualTo(gzip("{}"));
        gateway.usage();
    }

    private static byte[] gzip(String text) {
        var bytes = new ByteArrayOutputStream();
        try (var zip = new GZIPOutputStream(bytes)) {
            zip.write(text.getBytes(UTF_8));
        } catch (IOException cannotBe) {
            throw new UncheckedIOException(cannotBe);
        }
        return bytes.toByteArray();
    }

    @Test
    void a_body_that_drips_and_a_web_socket_on_which_nothing_passes_give_their_places_back() throws Exception {
        long drips = -1;
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port)) {
            socket.setSoTimeout(10_000);
            gateway.upstream.doesAtOnce(request -> request.handler(piece -> {}));
            socket.getOutputStream()
                    .write(("POST /proxy/tiny/x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + KEY
                                    + "\r\nContent-Length: 100000\r\n\r\n")
                            .getBytes(UTF_8));
            drips = gateway.vertx.setPeriodic(50, tick -> drip(socket));
            byte[] head = socket.getInputStream().readNBytes(12);
            assertThat(new String(head, UTF_8)).isEqualTo("HTTP/1.1 408");
            assertThat(gateway.usage().errorCode()).isEqualTo("request_timeout");
        } finally {
            gateway.vertx.cancelTimer(drips);
        }
        gateway.upstream.doesAtOnce(HttpServerRequest::toWebSocket);
        var closed = new CompletableFuture<Void>();
        WebSocket silent = gateway.client
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
                .get(10, TimeUnit.SECONDS);
        silent.request(1);
        closed.get(10, TimeUnit.SECONDS);
        assertThat(gateway.usage().status()).isEqualTo(101);
    }

    private static void drip(Socket socket) {
        try {
            socket.getOutputStream().write('x');
        } catch (IOException closed) {
            // the gateway has had enough
        }
    }

    @Test
    void headers_that_connection_names_stay_behind() throws Exception {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port)) {
            socket.getOutputStream()
                    .write(("GET /proxy/tiny/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + KEY
                                    + "\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nTE: trailers\r\n\r\n")
                            .getBytes(UTF_8));
            ScriptedUpstream.Seen seen = gateway.upstream.next();
            assertThat(seen.headers().contains("X-Hop")).isFalse();
            assertThat(seen.headers().contains("TE")).isFalse();
            gateway.usage();
        }
    }

    @Test
    void a_replica_that_cannot_be_reached_is_replaced_and_a_body_streams_through() throws Exception {
        gateway.serves(replica("dead", 1), gateway.upstream.replica("r1"));
        String large = "0123456789".repeat(400_000);
        for (int i = 0; i < 6; i++) {
            gateway.upstream.doesAtOnce(request -> {
                request.response().setChunked(true);
                request.pipeTo(request.response());
            });
            HttpResponse<String> answer = gateway.client.send(
                    gateway.request("/proxy/tiny/echo")
                            .POST(HttpRequest.BodyPublishers.ofString(large))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(answer.body()).isEqualTo(large);
            assertThat(gateway.usage().replicaId()).isEqualTo("r1");
        }
    }

    @Test
    void a_web_socket_passes_both_ways_with_its_protocol_and_its_end() throws Exception {
        var headers = new CompletableFuture<HttpServerRequest>();
        gateway.upstream.doesAtOnce(request -> {
            headers.complete(request);
            request.toWebSocket()
                    .onSuccess(socket -> socket.textMessageHandler(text -> socket.writeTextMessage("echo " + text)));
        });
        var got = new CompletableFuture<String>();
        var closed = new CompletableFuture<Integer>();
        WebSocket socket = gateway.client
                .newWebSocketBuilder()
                .header("Authorization", "Bearer " + KEY)
                .buildAsync(URI.create("ws://127.0.0.1:" + gateway.port + "/proxy/tiny/ws"), new WebSocket.Listener() {
                    @Override
                    public CompletionStage<?> onText(WebSocket from, CharSequence text, boolean last) {
                        got.complete(text.toString());
                        return null;
                    }

                    @Override
                    public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
                        closed.complete(code);
                        return null;
                    }
                })
                .get(10, TimeUnit.SECONDS);
        socket.request(5);
        socket.sendText("hi", true).get(5, TimeUnit.SECONDS);
        assertThat(got.get(10, TimeUnit.SECONDS)).isEqualTo("echo hi");
        assertThat(headers.get().headers().contains("Authorization")).isFalse();
        assertThat(headers.get().uri()).isEqualTo("/ws");
        socket.sendClose(1000, "bye").get(5, TimeUnit.SECONDS);
        assertThat(closed.get(10, TimeUnit.SECONDS)).isEqualTo(1000);
        assertThat(gateway.usage().status()).isEqualTo(101);
    }
}
