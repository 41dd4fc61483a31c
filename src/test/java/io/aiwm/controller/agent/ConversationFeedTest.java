package io.aiwm.controller.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.http.TestServer;
import io.vertx.core.http.WebSocket;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The turns of a conversation over the event bridge. */
class ConversationFeedTest extends ConversationFeedRig {
    private static final String ADDRESS = "aiwm.conversation.conv_1";

    /** A socket of the bridge, and what it hears. */
    private final class Page {
        final WebSocket socket;
        final BlockingQueue<JsonObject> heard = new LinkedBlockingQueue<>();

        Page(String user) {
            String ticket = new JsonObject(
                            server.call("POST", "/api/auth/ticket", user, null).body())
                    .getString("ticket");
            socket = TestServer.await(client.connect(server.port, "127.0.0.1", "/eventbus/websocket?ticket=" + ticket));
            socket.handler(buffer -> heard.add(buffer.toJsonObject()));
        }

        /** @param after null: none */
        Page register(String after) {
            return send("register", after);
        }

        Page send(String type, String after) {
            var headers = after == null ? new JsonObject() : new JsonObject().put("after", after);
            socket.writeTextMessage(new JsonObject()
                    .put("type", type)
                    .put("address", ADDRESS)
                    .put("headers", headers)
                    .encode());
            return this;
        }

        JsonObject next() throws InterruptedException {
            JsonObject message = heard.poll(20, TimeUnit.SECONDS);
            assertThat(message).as("something is heard").isNotNull();
            return message;
        }

        JsonObject body() throws InterruptedException {
            JsonObject message = next();
            assertThat(message.getString("type")).as(message.encode()).isEqualTo("rec");
            assertThat(message.getString("address")).isEqualTo(ADDRESS);
            return message.getJsonObject("body");
        }

        /** All up to the first of this type. */
        List<JsonObject> until(String type) throws InterruptedException {
            var all = new ArrayList<JsonObject>();
            do {
                all.add(body());
            } while (!all.get(all.size() - 1).getString("type").equals(type));
            return all;
        }

        /** Answered when what was sent before is dealt with. */
        void ping() throws InterruptedException {
            socket.writeTextMessage("{\"type\":\"ping\"}");
            assertThat(next().getString("type")).isEqualTo("pong");
        }
    }

    private void cancel() {
        rig.agents().turns().cancel(rig.now(), "ada").await();
    }

    private static List<String> ids(List<JsonObject> bodies) {
        return bodies.stream().map(body -> body.getString("id")).toList();
    }

    private static void assertFollowing(List<JsonObject> bodies, String first) {
        String last = first;
        for (JsonObject body : bodies) {
            assertThat(body.getString("after")).as(body.encode()).isEqualTo(last);
            last = body.getString("id");
        }
    }

    @Test
    void the_events_of_each_turn_come_with_their_numbers_and_say_what_they_follow() throws Exception {
        var page = new Page("ada").register(null);
        page.ping();
        Message first = rig.say("msg_1", "Hello");
        List<JsonObject> heard = page.until("done");
        assertFollowing(heard, null);
        assertThat(heard).allMatch(body -> body.getString("executionId").equals(first.executionId()));
        List<TurnReading.Told> kept = overHttp(first.executionId(), null);
        assertThat(ids(heard))
                .containsAll(kept.stream().map(TurnReading.Told::id).toList());
        for (JsonObject body : heard) {
            var of = kept.stream()
                    .filter(told -> told.id().equals(body.getString("id")))
                    .findFirst();
            of.ifPresent(told -> assertThat(body.getJsonObject("data")).isEqualTo(told.data()));
        }
        await().atMost(PATIENCE).until(rig::isIdle);
        Message second = rig.say("msg_2", "And now?");
        List<JsonObject> more = page.until("done");
        assertFollowing(more, null);
        assertThat(more).allMatch(body -> body.getString("executionId").equals(second.executionId()));
    }

    @Test
    void who_registers_again_with_the_last_id_misses_nothing_and_gets_nothing_twice() throws Exception {
        var page = new Page("ada").register(null);
        Message said = rig.say("msg_1", "stall");
        List<JsonObject> first = page.until("delta");
        String last = first.get(first.size() - 1).getString("id");
        page.send("unregister", null);
        TestServer.await(page.socket.close());
        cancel();
        await().atMost(PATIENCE).until(rig::isIdle);
        var again = new Page("ada").register(last);
        List<JsonObject> rest = again.until("done");
        assertFollowing(rest, last);
        assertThat(ids(rest))
                .isEqualTo(overHttp(said.executionId(), last).stream()
                        .map(TurnReading.Told::id)
                        .toList());
        // what it has is of a process that is gone: everything comes, and says that it follows nothing
        var stranger = new Page("ada").register("run_of_another.7");
        assertFollowing(stranger.until("done"), null);
    }

    @Test
    void an_address_is_registered_once() throws Exception {
        var page = new Page("ada").register(null);
        page.ping();
        page.register(null);
        assertThat(page.next().getString("body")).isEqualTo("rejected");
        rig.say("msg_1", "Hello");
        List<JsonObject> heard = page.until("done");
        assertThat(ids(heard)).doesNotHaveDuplicates();
    }

    @Test
    void only_its_user_and_administrators_hear_a_conversation() throws Exception {
        var bob = new Page("bob").register(null);
        assertThat(bob.next().getString("body")).isEqualTo("rejected");
        var root = new Page("root").register(null);
        root.ping();
        since.put("ada", Instant.parse("2026-06-01T00:00:00Z"));
        var later = new Page("ada").register(null);
        assertThat(later.next().getString("body")).isEqualTo("rejected");
        rig.say("msg_1", "Hello");
        root.until("done");
        bob.ping();
        later.ping();
    }

    @Test
    void who_listens_is_told_that_the_conversation_is_gone() throws Exception {
        var page = new Page("ada").register(null);
        page.ping();
        rig.agents().conversations().delete("conv_1", AgentRig.ADA, null).await();
        assertThat(page.body().getString("type")).isEqualTo("gone");
        var late = new Page("ada").register(null);
        assertThat(late.next().getString("body")).isEqualTo("rejected");
    }

    @Test
    void a_page_that_reads_nothing_costs_no_memory_and_reads_on_later() throws Exception {
        rig.agents()
                .instructions()
                .replace(
                        "instr_1",
                        new InstructionRequest("support", null, "Say " + "x".repeat(20_000), null, null, null, null),
                        "ada",
                        null)
                .await();
        var page = new Page("ada").register(null);
        page.ping();
        page.socket.pause();
        int turns = 30;
        for (int i = 0; i < turns; i++) {
            rig.say("msg_" + i, "Hello");
            await().atMost(PATIENCE).until(rig::isIdle);
        }
        String newest = rig.message(rig.now().lastMessageId()).executionId();
        page.socket.resume();
        var done = new ArrayList<JsonObject>();
        while (done.isEmpty()
                || !done.get(done.size() - 1).getString("executionId").equals(newest)) {
            List<JsonObject> turn = page.until("done");
            done.add(turn.get(turn.size() - 1));
            assertThat(turn).anyMatch(body -> body.getString("type").equals("message"));
        }
        assertThat(done).hasSizeLessThan(turns);
    }
}
