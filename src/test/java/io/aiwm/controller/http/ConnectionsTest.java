package io.aiwm.controller.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.ObservedTransport;
import io.aiwm.common.Monotonic;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which connections of a real server are closed, by a clock that the test turns. */
@Timeout(40)
class ConnectionsTest {
    private static final long IDLE_MILLIS = 75_000;

    private final Vertx vertx =
            Vertx.builder().withTransport(new ObservedTransport()).build();
    private final Connections connections = new Connections(IDLE_MILLIS);
    private final AtomicInteger requests = new AtomicInteger();
    private Context context;
    private Socket socket;

    @BeforeEach
    void open() throws IOException {
        context = vertx.getOrCreateContext();
        HttpServer server = TestServer.await(onLoop(() -> vertx.createHttpServer()
                .connectionHandler(opened -> connections.opened(opened, Monotonic.millis()))
                .requestHandler(request -> {
                    connections.begin(request);
                    requests.incrementAndGet();
                    request.response().end("ok");
                })
                .listen(0, "127.0.0.1")));
        socket = new Socket(InetAddress.getLoopbackAddress(), server.actualPort());
        socket.setSoTimeout(5_000);
    }

    @AfterEach
    void close() throws IOException {
        socket.close();
        TestServer.await(vertx.close());
    }

    private <T> Future<T> onLoop(java.util.function.Supplier<Future<T>> work) {
        return Future.future(done -> context.runOnContext(go -> work.get().onComplete(done)));
    }

    private void send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    private void answered() throws IOException {
        send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        String answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
        assertThat(new String(socket.getInputStream().readNBytes(answer.length()), StandardCharsets.US_ASCII))
                .isEqualTo(answer);
    }

    /** Whether it is open after the look that happens when so much time has passed. */
    private boolean isOpenAfter(long millis) {
        return TestServer.await(onLoop(() -> {
                    connections.sweep(Monotonic.millis() + millis);
                    return Future.succeededFuture();
                })
                .compose(swept -> onLoop(() -> Future.succeededFuture(connections.size() == 1))));
    }

    /** Its bytes are read some time after they were sent. */
    private void isClosedAfter(long millis) throws IOException {
        Awaitility.await().until(() -> !isOpenAfter(millis));
        assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }

    @Test
    void a_connection_that_is_kept_for_another_request_may_be_silent_for_as_long_as_is_configured() throws IOException {
        answered();
        assertThat(isOpenAfter(IDLE_MILLIS - 5_000)).isTrue();
        answered();
        isClosedAfter(IDLE_MILLIS);
    }

    @Test
    void the_head_of_a_second_request_has_as_much_time_as_that_of_the_first() throws IOException {
        answered();
        send("GET / HTTP/1.1\r\nX-Slow: ");
        assertThat(isOpenAfter(Connections.HEAD_MILLIS - 5_000)).isTrue();
        send("a");
        isClosedAfter(Connections.HEAD_MILLIS);
        assertThat(requests).hasValue(1);
    }

    @Test
    void a_second_request_that_comes_in_two_parts_is_answered_and_its_time_begins_anew() throws IOException {
        answered();
        send("GET / HTTP/1.1\r\nHo");
        assertThat(isOpenAfter(Connections.HEAD_MILLIS - 5_000)).isTrue();
        send("st: x\r\n\r\n");
        Awaitility.await().untilAtomic(requests, org.hamcrest.Matchers.equalTo(2));
        assertThat(isOpenAfter(IDLE_MILLIS - 5_000)).isTrue();
    }
}
