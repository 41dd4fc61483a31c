package io.aiwm.controller.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.boot.Config;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which mount takes a path, and in which form a request is refused that no mount gets to see. */
class MountTest {
    /** Never closed: a class that fails runs once more in the same process. */
    private static final Vertx VERTX = Vertx.vertx();

    private static final AtomicInteger PORT = new AtomicInteger();
    private static final ErrorForm OTHER = (request, cause) ->
            request.response().setStatusCode(400).end("{\"error\":{\"message\":\"" + cause.getMessage() + "\"}}");

    @BeforeAll
    static void start() throws Exception {
        var config = new Config.Http(
                "127.0.0.1", 0, List.of(), List.of(), 1_000, Duration.ofSeconds(2), Duration.ofSeconds(5));
        var mounts = List.of(
                Mount.of("/", says("root")),
                new Mount("/v1/", false, OTHER, says("v1")),
                Mount.of("/v1/deep/", says("deep")),
                Mount.of("/v1/*/of/*/named", says("named")),
                Mount.of("/exact", says("exact")));
        var setup = new HttpApiVerticle.Setup(config, mounts, token -> null, PORT::set, () -> {});
        VERTX.deployVerticle(new HttpApiVerticle(setup))
                .toCompletionStage()
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
    }

    private static Function<ServerLoop, Handler<HttpServerRequest>> says(String name) {
        return loop -> request -> request.response().end(name);
    }

    @ParameterizedTest
    @CsvSource({
        "/, root",
        "/other, root",
        "/v1/a/of/b/named, named",
        "/v1/a/of/b/named/, v1",
        "/v1/a/of//named, v1",
        "/v1/a/b/of/c/named, v1",
        "/v1/deep/of/b/named, named",
        "/v1, root",
        "/v1/, v1",
        "/v1/models, v1",
        "/v1/deeper, v1",
        "/v1/deep/er, deep",
        "/exact, exact",
        "/exact/, root",
        "/exactly, root"
    })
    void the_longest_path_that_takes_a_request_answers_it(String path, String mount) throws IOException {
        assertThat(answer("GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))
                .endsWith("\r\n\r\n" + mount);
    }

    @Test
    void what_no_mount_gets_to_see_is_refused_in_the_form_of_the_mount() throws IOException {
        assertThat(answer("GET /v1/%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 400")
                .contains("{\"error\":{\"message\":\"the path or the query has a '%'");
        assertThat(answer("POST /v1/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n"))
                .startsWith("HTTP/1.1 400")
                .contains("{\"error\":{\"message\":\"the only Transfer-Encoding here is chunked");
        assertThat(answer("GET /other/%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 400")
                .contains("application/problem+json");
    }

    @Test
    void two_mounts_cannot_have_the_same_path() {
        assertThatThrownBy(() -> Mount.inOrder(List.of(Mount.of("/a/", says("one")), Mount.of("/a/", says("two")))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("/a/");
        assertThatThrownBy(() -> Mount.of("a", says("one"))).isInstanceOf(IllegalArgumentException.class);
    }

    private static String answer(String request) throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), PORT.get())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
