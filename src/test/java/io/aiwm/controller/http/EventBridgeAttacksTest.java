package io.aiwm.controller.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.event.Events;
import io.vertx.core.Future;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Browsers at the bridge that read nothing, say too much, or say it in frames that are too large. */
@Timeout(60)
class EventBridgeAttacksTest {
    private static final String RAW = "/eventbus/websocket";
    /** As sockjs-client and vertx-eventbus.js open it. */
    private static final String SOCKJS = "/eventbus/000/session/websocket";

    private static final String ADDRESS = "aiwm.page.models";

    private TestServer server;
    private WebSocketClient client;
    private Events events;
    private WebSocket quick;
    private final BlockingQueue<JsonObject> heard = new LinkedBlockingQueue<>();

    @BeforeEach
    void open() {
        server = new TestServer(List.of());
        client = server.vertx.createWebSocketClient(
                new WebSocketClientOptions().setMaxMessageSize(4 << 20).setMaxFrameSize(4 << 20));
        events = new Events(server.vertx);
        quick = TestServer.await(client.connect(new WebSocketConnectOptions()
                .setHost("127.0.0.1")
                .setPort(server.port)
                .setURI(RAW + "?ticket=" + ticket())));
        quick.handler(buffer -> heard.add(buffer.toJsonObject()));
        quick.writeTextMessage(register(ADDRESS));
        await().until(() -> {
            change("first", 0);
            return heard.poll(300, TimeUnit.MILLISECONDS) != null;
        });
        heard.clear();
    }

    @AfterEach
    void close() {
        server.close();
    }

    private String ticket() {
        return new JsonObject(
                        server.call("POST", "/api/auth/ticket", "viewer", null).body())
                .getString("ticket");
    }

    private void change(String id, Object value) {
        events.publish(
                Events.MODELS,
                id,
                () -> Future.succeededFuture(new JsonObject().put("id", id).put("value", value)));
    }

    private static String register(String address) {
        return "{\"type\":\"register\",\"address\":\"" + address + "\",\"headers\":{}}";
    }

    private static String framed(String path, String message) {
        return path.equals(SOCKJS) ? "[\"" + message.replace("\"", "\\\"") + "\"]" : message;
    }

    /** A WebSocket whose other end does what the test says. */
    private Socket upgraded(String path) {
        try {
            var socket = new Socket();
            socket.setReceiveBufferSize(64 * 1024);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port));
            socket.setSoTimeout(5_000);
            socket.getOutputStream()
                    .write(("GET " + path + "?ticket=" + ticket()
                                    + " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                                    + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
                    .isEqualTo("HTTP/1.1 101");
            return socket;
        } catch (IOException cause) {
            throw new AssertionError(cause);
        }
    }

    private static byte[] frame(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        var frame = ByteBuffer.allocate(bytes.length + 14).put((byte) 0x81);
        if (bytes.length < 126) {
            frame.put((byte) (0x80 | bytes.length));
        } else if (bytes.length < 1 << 16) {
            frame.put((byte) 0xfe).putShort((short) bytes.length);
        } else {
            frame.put((byte) 0xff).putLong(bytes.length);
        }
        frame.putInt(0).put(bytes).flip();
        byte[] written = new byte[frame.remaining()];
        frame.get(written);
        return written;
    }

    /** Reads until nothing comes any more. @return how many bytes */
    private static long drained(Socket socket) throws IOException {
        socket.setSoTimeout(300);
        byte[] some = new byte[1 << 16];
        long all = 0;
        try {
            for (int read = socket.getInputStream().read(some);
                    read > 0;
                    read = socket.getInputStream().read(some)) {
                all += read;
            }
        } catch (SocketTimeoutException | SocketException end) {
            // that was all, or it was closed
        }
        return all;
    }

    private void quickHearsNext(String id, Object value) throws InterruptedException {
        change(id, value);
        JsonObject message = heard.poll(5, TimeUnit.SECONDS);
        assertThat(message).isNotNull();
        assertThat(message.getJsonObject("body").getJsonObject("deltas").encode())
                .contains("\"" + id + "\"");
    }

    /** SockJS's framing says of no queue that it is full. */
    @Test
    void ten_browsers_that_read_nothing_are_spared_messages_however_they_frame_them() throws Exception {
        var slow = new ArrayList<Socket>();
        for (int i = 0; i < 10; i++) {
            String path = i % 2 == 0 ? SOCKJS : RAW;
            Socket one = upgraded(path);
            one.getOutputStream().write(frame(framed(path, register(ADDRESS))));
            slow.add(one);
        }
        await().until(() -> {
            change("first", 0);
            heard.poll(300, TimeUnit.MILLISECONDS);
            return slow.stream().allMatch(EventBridgeAttacksTest::hasSome);
        });
        heard.clear();
        String megabyte = "x".repeat(1 << 20);
        for (int i = 0; i < 40; i++) {
            quickHearsNext("big" + i, megabyte);
        }
        for (Socket one : slow) {
            assertThat(drained(one)).isBetween(1L << 20, 20L << 20);
            one.close();
        }
    }

    private static boolean hasSome(Socket socket) {
        try {
            return socket.getInputStream().available() > 200;
        } catch (IOException cause) {
            throw new AssertionError(cause);
        }
    }

    /** Each would get an answer, which waits until somebody reads it. */
    @Test
    void who_says_too_much_gets_no_answers_and_is_cut_off() throws Exception {
        var floods = new ArrayList<Socket>();
        for (String path : List.of(RAW, SOCKJS)) {
            for (String message : List.of("{\"type\":\"ping\"}", "nonsense", register("aiwm.page.nodes"))) {
                Socket flood = upgraded(path);
                floods.add(flood);
                byte[] frame = frame(framed(path, message));
                for (int said = 0; said < 20_000; said++) {
                    flood.getOutputStream().write(frame);
                }
            }
        }
        // it never answers the close frame, so Vert.x gives it up
        await().atMost(Duration.ofSeconds(30)).until(() -> server.setup.shares().size(Shares.Kind.SOCKETS) == 1);
        for (Socket flood : floods) {
            assertThat(drained(flood)).isLessThan(100L * BridgeSocket.MOST_SAID);
            flood.close();
        }
        quickHearsNext("after", 1);
    }

    @Test
    void ten_thousand_addresses_are_sixteen_and_a_close() throws Exception {
        WebSocket greedy = TestServer.await(client.connect(new WebSocketConnectOptions()
                .setHost("127.0.0.1")
                .setPort(server.port)
                .setURI(RAW + "?ticket=" + ticket())));
        var answers = new LinkedBlockingQueue<String>();
        greedy.handler(buffer -> answers.add(buffer.toJsonObject().getString("body")));
        var code = new java.util.concurrent.atomic.AtomicInteger();
        greedy.closeHandler(closed -> code.set(greedy.closeStatusCode()));
        for (int i = 0; i < 10_000; i++) {
            greedy.writeTextMessage(register("aiwm.page." + (char) ('a' + i % 26) + (char) ('a' + i / 26 % 26)));
        }
        await().untilAtomic(code, org.hamcrest.Matchers.equalTo(4429));
        assertThat(answers).hasSize(BridgeSocket.MOST_SAID - 16).containsOnly("max_handlers_reached");
        quickHearsNext("after", 1);
    }

    @Test
    void a_frame_of_a_megabyte_closes_its_socket_and_no_other() throws Exception {
        for (String path : List.of(RAW, SOCKJS)) {
            try (Socket large = upgraded(path)) {
                large.getOutputStream().write(frame("x".repeat(1 << 20)));
            } catch (SocketException closed) {
                // while it was still written
            }
        }
        await().atMost(Duration.ofSeconds(20)).until(() -> server.setup.shares().size(Shares.Kind.SOCKETS) == 1);
        quickHearsNext("after", 1);
    }

    /** Vert.x drops such a message, says so, and leaves the socket open; whoever has it then must not be forgotten. */
    @Test
    void a_message_of_many_frames_closes_its_socket() throws Exception {
        byte[] piece = frame("x".repeat(60_000));
        for (String path : List.of(RAW, SOCKJS)) {
            try (Socket large = upgraded(path)) {
                for (int i = 0; i < 20; i++) {
                    // the first begins a text that goes on, the others go on with it
                    piece[0] = (byte) (i == 0 ? 0x01 : 0x00);
                    large.getOutputStream().write(piece);
                }
                assertThat(endOf(large)).as(path).isTrue();
            } catch (SocketException closed) {
                // while it was still written
            }
        }
        await().atMost(Duration.ofSeconds(20)).until(() -> server.setup.shares().size(Shares.Kind.SOCKETS) == 1);
        quickHearsNext("after", 1);
    }

    /** Whether the other end closes it, which the frame of a close says. */
    private static boolean endOf(Socket socket) throws IOException {
        try {
            for (int read = socket.getInputStream().read();
                    read >= 0;
                    read = socket.getInputStream().read()) {
                if (read == 0x88) {
                    return true;
                }
            }
            return true;
        } catch (SocketTimeoutException open) {
            return false;
        }
    }

    @Test
    void a_message_that_is_longer_than_any_of_a_page_closes_its_socket_unread() throws Exception {
        String longer = "{\"type\":\"ping\",\"x\":\"" + "x".repeat(BridgeSocket.MOST_SAID_BYTES) + "\"}";
        for (String path : List.of(RAW, SOCKJS)) {
            try (Socket large = upgraded(path)) {
                large.getOutputStream().write(frame(framed(path, longer)));
                assertThat(endOf(large)).as(path).isTrue();
            }
        }
        await().atMost(Duration.ofSeconds(20)).until(() -> server.setup.shares().size(Shares.Kind.SOCKETS) == 1);
        quickHearsNext("after", 1);
    }
}
