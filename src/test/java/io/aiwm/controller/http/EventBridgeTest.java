package io.aiwm.controller.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.auth.Role;
import io.aiwm.controller.event.Events;
import io.aiwm.testing.LogLines;
import io.vertx.core.Future;
import io.vertx.core.http.WebSocket;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What browsers hear on the event bridge, and what they can do on it. */
class EventBridgeTest extends BridgeRig {
    @Test
    void a_listener_hears_the_latest_state_of_what_changed() throws InterruptedException {
        WebSocket socket = connect(ticket(), null);
        var messages = messages(socket);
        register(socket, "aiwm.events.things");
        var asked = new AtomicInteger();
        await().until(() -> {
            events.publish("things", "first", () -> Future.succeededFuture(new JsonObject().put("id", "first")));
            return messages.poll(200, TimeUnit.MILLISECONDS) != null;
        });
        messages.clear();
        for (int i = 0; i < 1_000; i++) {
            int progress = i;
            events.publish("things", "one", () -> {
                asked.incrementAndGet();
                return Future.succeededFuture(new JsonObject().put("id", "one").put("progress", progress));
            });
        }
        JsonObject body = messages.poll(5, TimeUnit.SECONDS).getJsonObject("body");
        assertThat(body.getJsonArray("items").getJsonObject(0).getInteger("progress"))
                .isEqualTo(999);
        assertThat(asked).hasValueLessThan(5);
        TestServer.await(socket.close());
    }

    @Test
    void what_is_not_there_is_a_problem_like_everywhere() {
        var answer = server.call("GET", "/eventbus/nothing", null, null);
        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
    }

    @Test
    void nothing_else_of_the_bus_can_be_heard_and_nothing_sent() throws InterruptedException {
        var heard = new AtomicInteger();
        server.vertx.eventBus().consumer("aiwm.events.things", message -> heard.incrementAndGet());
        WebSocket socket = connect(ticket(), null);
        var messages = messages(socket);
        register(socket, "aiwm.node.n1.command");
        assertThat(messages.poll(5, TimeUnit.SECONDS).getString("body")).isEqualTo("access_denied");
        socket.writeTextMessage(new JsonObject()
                .put("type", "publish")
                .put("address", "aiwm.events.things")
                .put("body", new JsonObject())
                .encode());
        assertThat(messages.poll(5, TimeUnit.SECONDS).getString("body")).isEqualTo("access_denied");
        assertThat(heard).hasValue(0);
        TestServer.await(socket.close());
    }

    @Test
    void a_ping_is_answered() throws InterruptedException {
        WebSocket socket = connect(ticket(), null);
        var messages = messages(socket);
        socket.writeTextMessage("{\"type\":\"ping\"}");
        assertThat(messages.poll(5, TimeUnit.SECONDS)).isEqualTo(new JsonObject().put("type", "pong"));
        socket.writeTextMessage("{\"type\":\"ping\",\"n\":1795837666858}");
        assertThat(messages.poll(5, TimeUnit.SECONDS))
                .isEqualTo(new JsonObject().put("type", "pong").put("n", 1_795_837_666_858L));
        socket.writeTextMessage("{\"type\":\"ping\",\"n\":{\"a\":1}}");
        assertThat(messages.poll(5, TimeUnit.SECONDS)).isEqualTo(new JsonObject().put("type", "pong"));
        TestServer.await(socket.close());
    }

    /** Their ends, and what they get wrong, are theirs: any user could fill the log with it. */
    @Test
    void browsers_that_do_not_answer_or_are_cut_off_or_say_nonsense_are_no_lines_in_the_log() throws Exception {
        var shares = server.setup.shares();
        await().until(() -> shares.size(Shares.Kind.SOCKETS) == 0);
        try (var log = new LogLines("io.vertx.ext.web.handler.sockjs")) {
            WebSocket talker = connect(ticket(), null);
            var messages = messages(talker);
            talker.writeTextMessage("{\"type\":\"nonsense\",\"address\":\"a\"}");
            assertThat(messages.poll(5, TimeUnit.SECONDS).getString("body")).isEqualTo("invalid_type");
            TestServer.await(talker.close());
            String ending = TestServer.await(server.tickets.issue(
                    new Principal("v", Role.VIEWER, "t", Instant.now().plusMillis(700))));
            try (var silent = upgraded(ending)) {
                try (var cut = upgraded(ticket())) {
                    await().until(() -> shares.size(Shares.Kind.SOCKETS) == 2);
                    cut.setSoLinger(true, 0); // closed with a reset
                }
                // it never answers the close frame, so Vert.x gives it up
                await().atMost(Duration.ofSeconds(30)).until(() -> shares.size(Shares.Kind.SOCKETS) == 0);
                assertThat(silent.isClosed()).isFalse();
            }
            assertThat(log.shown()).isEmpty();
        }
    }

    /** A WebSocket whose other end does nothing more. */
    private static Socket upgraded(String ticket) throws IOException {
        var socket = new Socket();
        socket.setReceiveBufferSize(64 * 1024);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port));
        socket.setSoTimeout(5_000);
        socket.getOutputStream().write(head("/eventbus/websocket?ticket=" + ticket));
        assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
                .isEqualTo("HTTP/1.1 101");
        return socket;
    }

    private static void changed(String kind, String id, Object value) {
        events.publish(
                kind,
                id,
                () -> Future.succeededFuture(new JsonObject().put("id", id).put("value", value)));
    }

    /** Publishes until somebody hears, because interest is told by messages, and returns what is heard first. */
    private static JsonObject firstHeard(BlockingQueue<JsonObject> messages, String kind) {
        return await().until(
                        () -> {
                            changed(kind, "first", 0);
                            JsonObject heard = messages.poll(300, TimeUnit.MILLISECONDS);
                            return heard == null ? null : heard.getJsonObject("body");
                        },
                        heard -> heard != null);
    }

    @Test
    void a_page_hears_all_its_kinds_in_numbered_messages_and_five_a_second_at_most() throws InterruptedException {
        WebSocket socket = connect(ticket(), null);
        var messages = messages(socket);
        register(socket, "aiwm.page.nodes");
        JsonObject first = firstHeard(messages, Events.NODES);
        long began = System.nanoTime();
        for (int i = 0; i < 2_000; i++) {
            changed(i % 2 == 0 ? Events.NODES : Events.DEPLOYMENTS, "r" + i % 10, i);
            Thread.onSpinWait();
            if (i % 200 == 0) {
                changed(Events.JOBS, "j", i);
                TestServer.await(server.vertx.timer(100).mapEmpty());
            }
        }
        changed(Events.NODES, "last", 1);
        long revision = first.getLong("revision");
        int heard = 0;
        var newest = new java.util.HashMap<String, Integer>();
        while (!newest.containsKey("last")) {
            JsonObject body = messages.poll(5, TimeUnit.SECONDS).getJsonObject("body");
            assertThat(body.getString("epoch")).isEqualTo(first.getString("epoch"));
            assertThat(body.getLong("revision")).isEqualTo(++revision);
            assertThat(body.getJsonObject("deltas").fieldNames()).isSubsetOf(Events.NODES, Events.DEPLOYMENTS);
            heard++;
            JsonObject deltas = body.getJsonObject("deltas");
            for (String kind : deltas.fieldNames()) {
                deltas.getJsonObject(kind)
                        .getJsonArray("items")
                        .forEach(item -> newest.put(
                                ((JsonObject) item).getString("id"), ((JsonObject) item).getInteger("value")));
            }
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        assertThat(newest).containsEntry("r8", 1_998).containsEntry("r9", 1_999).doesNotContainKey("j");
        assertThat(heard).isLessThanOrEqualTo((int) (5 * seconds) + 1);
        TestServer.await(socket.close());
    }

    @Test
    void kinds_that_only_pages_hear_have_no_address_of_their_own() {
        WebSocket socket = connect(ticket(), null);
        var messages = messages(socket);
        register(socket, "aiwm.events.audit");
        register(socket, "aiwm.page.agents");
        assertThat(firstHeard(messages, Events.AGENTS).getString("page")).isEqualTo("agents");
        changed(Events.AUDIT, "a", 1);
        changed(Events.AGENTS, "second", 1);
        var addresses = new java.util.ArrayList<String>();
        await().until(() -> {
            JsonObject heard = messages.poll(1, TimeUnit.SECONDS);
            addresses.add(heard == null ? "none" : heard.getString("address"));
            return heard != null && heard.encode().contains("second");
        });
        assertThat(addresses).containsOnly("aiwm.page.agents");
        TestServer.await(socket.close());
    }

    @Test
    void only_an_administrator_hears_the_page_of_audit() throws InterruptedException {
        WebSocket viewer = connect(ticket(), null);
        var refused = messages(viewer);
        register(viewer, "aiwm.page.audit");
        assertThat(refused.poll(5, TimeUnit.SECONDS).getString("body")).isEqualTo("rejected");
        String ticket = new JsonObject(
                        server.call("POST", "/api/auth/ticket", "admin", null).body())
                .getString("ticket");
        WebSocket admin = connect(ticket, null);
        var messages = messages(admin);
        register(admin, "aiwm.page.audit");
        assertThat(firstHeard(messages, Events.AUDIT).getString("page")).isEqualTo("audit");
        assertThat(refused).isEmpty();
        TestServer.await(viewer.close());
        TestServer.await(admin.close());
    }

    /** It is spared messages, which it can tell by their numbers; all others hear each. */
    @Test
    void a_browser_that_reads_nothing_is_spared_messages() throws Exception {
        WebSocket quick = connect(ticket(), null);
        var heard = messages(quick);
        register(quick, "aiwm.page.models");
        try (var slow = upgraded(ticket())) {
            byte[] text = "{\"type\":\"register\",\"address\":\"aiwm.page.models\",\"headers\":{}}"
                    .getBytes(StandardCharsets.US_ASCII);
            slow.getOutputStream().write(masked(text));
            String megabytes = "x".repeat(1 << 20);
            long last = firstHeard(heard, Events.MODELS).getLong("revision");
            for (int i = 0; i < 40; i++) {
                changed(Events.MODELS, "big" + i, megabytes);
                long now = heard.poll(5, TimeUnit.SECONDS).getJsonObject("body").getLong("revision");
                assertThat(now).isEqualTo(++last);
            }
            slow.setSoTimeout(1_000);
            var got = new StringBuilder();
            try {
                var some = new byte[1 << 16];
                for (int read = slow.getInputStream().read(some);
                        read > 0;
                        read = slow.getInputStream().read(some)) {
                    got.append(new String(some, 0, read, StandardCharsets.ISO_8859_1));
                }
            } catch (java.net.SocketTimeoutException all) {
                // it has read what was sent
            }
            assertThat(got.length()).isBetween(1 << 20, 30 << 20);
            // also where no message comes any more
            assertThat(got.indexOf("\"address\":\"aiwm.page.models\",\"body\":{\"missed\":true}}"))
                    .isGreaterThan(1 << 20);
        }
        TestServer.await(quick.close());
    }

    private static byte[] masked(byte[] text) {
        var frame = java.nio.ByteBuffer.allocate(text.length + 6);
        frame.put((byte) 0x81).put((byte) (0x80 | text.length)).putInt(0).put(text);
        return frame.array();
    }
}
