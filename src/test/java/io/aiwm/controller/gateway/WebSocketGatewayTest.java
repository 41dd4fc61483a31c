package io.aiwm.controller.gateway;

import static io.aiwm.controller.node.FleetUnderTest.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.aiwm.common.Failure;
import io.aiwm.controller.auth.Role;
import io.aiwm.controller.gateway.GatewayUnderTest.Worker;
import io.aiwm.controller.node.Node;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.controller.node.Nodes;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.protocol.Envelope;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

class WebSocketGatewayTest {
    @TempDir
    Path folder;

    private GatewayUnderTest controller;

    @BeforeEach
    void begin() {
        controller = new GatewayUnderTest(folder);
    }

    @AfterEach
    void end() {
        controller.close();
    }

    @Test
    void a_worker_registers_takes_a_command_and_returns_its_result() {
        controller.engine.answer =
                new CommandEvents.Reconciliation(List.of("keep"), List.of("end"), List.of("again"), List.of("drop"));
        controller.engine.givenTo.put("ex_1.0.1", "n1");
        Worker worker = controller.worker("n1", controller.token("n1"));
        JsonObject ack = worker.register();
        assertThat(ack.getBoolean("accepted")).isTrue();
        assertThat(ack.getString("nodeId")).isEqualTo("n1");
        assertThat(ack.getLong("heartbeatIntervalMs")).isEqualTo(30_000);
        assertThat(ack.getJsonArray("adopt")).isEqualTo(new JsonArray().add("keep"));
        assertThat(ack.getJsonArray("forget")).isEqualTo(new JsonArray().add("drop"));
        assertThat(controller.fleet.nodes.find("n1").status()).isEqualTo(NodeStatus.IDLE);
        await().untilAsserted(() -> assertThat(controller.engine.ready).containsExactly("n1"));

        await(controller.sessions.send(
                "n1",
                Envelope.command(
                        "deployment.create", new JsonObject(), new JsonObject().put("commandId", "ex_1.0.1"))));
        assertThat(worker.next("deployment.create").getJsonObject("metadata").getString("commandId"))
                .isEqualTo("ex_1.0.1");
        worker.send("command.ack", worker.data().put("commandId", "ex_1.0.1").put("accepted", true));
        worker.send(
                "command.progress", worker.data().put("commandId", "ex_1.0.1").put("percent", 50));
        String sent = worker.send(
                "command.result", worker.data().put("commandId", "ex_1.0.1").put("outcome", "success"));
        JsonObject stored = worker.next("result.ack");
        assertThat(stored.getString("correlationId")).isEqualTo(sent);
        assertThat(stored.getJsonObject("data").getString("commandId")).isEqualTo("ex_1.0.1");
        assertThat(controller.engine.heard)
                .containsExactly("n1 ack ex_1.0.1", "n1 progress ex_1.0.1", "n1 result ex_1.0.1");
    }

    @Test
    void a_heartbeat_tells_the_nodes_clock_and_what_its_commands_have_left() {
        var left = new AtomicReference<Map<String, Long>>();
        controller.fleet.admission.onTimeLeft((node, leftMs) -> left.set(leftMs));
        Worker worker = controller.registered("n1");
        worker.send("telemetry.heartbeat", worker.data().put("leftMs", new JsonObject().put("ex.0.1", 1_234)));
        worker.next("heartbeat.ack");
        assertThat(left.get()).isEqualTo(Map.of("ex.0.1", 1_234L));
        assertThat(controller.fleet.clocks.aheadMillis("n1")).isNotNull();
        left.set(null);
        worker.send("telemetry.heartbeat", worker.data());
        worker.next("heartbeat.ack");
        assertThat(left.get()).as("a worker of an older version").isNull();
    }

    @Test
    void the_controller_answers_heartbeats_and_keeps_the_newest_sample() {
        Worker worker = controller.registered("n1");
        worker.send("telemetry.heartbeat", worker.data().put("sequence", 1).put("status", "IDLE"));
        assertThat(worker.next("heartbeat.ack").getJsonObject("data").getLong("nextHeartbeatMs"))
                .isEqualTo(30_000);
        var cpu = new JsonObject().put("cpu", new JsonObject().put("cores", 12));
        worker.send("telemetry.metrics", worker.data().put("system", cpu));
        await().untilAsserted(() -> assertThat(
                        controller.fleet.admission.latestSystem("n1").cpu().cores())
                .isEqualTo(12));
    }

    @Test
    void a_session_renews_its_token_before_that_ends() {
        controller.fleet.create("n1");
        Worker worker = controller.worker(
                "n1", await(controller.fleet.tokens.issue("n1", 90L, null)).token());
        worker.register();
        worker.send("token.renew", worker.data());
        assertThat(worker.next("error").getJsonObject("data").getString("message"))
                .as("too early")
                .contains("good until");
        controller.fleet.clock.pass(Duration.ofSeconds(70));

        worker.send("token.renew", worker.data());

        JsonObject renewed = worker.next("token.renewed").getJsonObject("data");
        assertThat(renewed.getInstant("expiresAt"))
                .isEqualTo(controller.fleet.clock.instant().plusSeconds(90));
        controller.fleet.clock.pass(Duration.ofSeconds(60));
        controller.worker("n1", renewed.getString("nodeToken")).register();
    }

    @Test
    void a_worker_is_told_what_must_stay_on_its_node() {
        Worker worker = controller.worker("n1", controller.token("n1"));
        worker.register();
        worker.send("retention.ask", worker.data().put("askId", "7").put("owners", new JsonArray(List.of("dep_1"))));
        JsonObject kept = worker.next("retention.kept").getJsonObject("data");
        assertThat(kept.getString("askId")).isEqualTo("7");
        assertThat(kept.getJsonArray("images")).containsExactly("nginx:1");
        assertThat(controller.engine.heard).contains("n1 retention [dep_1]");

        worker.send("retention.ask", worker.data());
        assertThat(worker.next("error").getJsonObject("data").getString("message"))
                .contains("askId");
        var many = new JsonArray(Collections.nCopies(101, "dep_1"));
        worker.send("retention.ask", worker.data().put("askId", "8").put("owners", many));
        assertThat(worker.next("error").getJsonObject("data").getString("message"))
                .contains("at most 100");
    }

    @Test
    void the_handshake_is_refused_without_a_good_token() {
        String token = controller.token("n1");
        String users = controller
                .fleet
                .jwt
                .issueUser("admin", Role.ADMIN, Duration.ofHours(1))
                .token();
        assertThat(refusal(null)).isEqualTo(401);
        assertThat(refusal("nonsense")).isEqualTo(401);
        assertThat(refusal(token.substring(0, token.length() - 3) + "xyz")).isEqualTo(401);
        assertThat(refusal(users)).isEqualTo(403);
        controller.fleet.clock.pass(Duration.ofDays(31));
        assertThat(refusal(token)).isEqualTo(401);
    }

    private int refusal(String token) {
        try {
            controller
                    .connect(token)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(10, java.util.concurrent.TimeUnit.SECONDS);
            return 101;
        } catch (java.util.concurrent.ExecutionException cause) {
            var rejected = (UpgradeRejectedException) cause.getCause();
            assertThat(rejected.getHeaders().get("Content-Type")).isEqualTo("application/problem+json");
            assertThat(rejected.getBody().toJsonObject().fieldNames())
                    .as("as every problem of this port")
                    .contains("type", "title", "instance", "requestId", "retryable");
            return rejected.getStatus();
        } catch (InterruptedException | java.util.concurrent.TimeoutException cause) {
            throw new IllegalStateException(cause);
        }
    }

    @Test
    void a_revoked_token_ends_its_session_within_five_seconds() {
        Worker worker = controller.registered("n1");
        String tokenId = await(controller.fleet.tokens.list("n1")).get(0).id();
        await(controller.fleet.tokens.revoke("n1", tokenId));
        assertThat(worker.closed()).isEqualTo(4401);
        assertThat(controller.sessions.isConnected("n1")).isFalse();
    }

    @Test
    void a_token_revoked_elsewhere_without_a_hint_ends_its_session_at_the_next_look() {
        Worker worker = controller.registered("n1");
        String tokenId = await(controller.fleet.tokens.list("n1")).get(0).id();
        await(controller.fleet.store.delete("nodeTokens", tokenId, -1));
        await(controller.gateway.run());
        assertThat(worker.closed()).isEqualTo(4401);
    }

    @Test
    void an_expired_token_ends_its_session_at_the_next_look() {
        Worker worker = controller.registered("n1");
        controller.fleet.clock.pass(Duration.ofDays(31));
        await(controller.gateway.run());
        assertThat(worker.closed()).isEqualTo(4401);
    }

    @Test
    void a_node_whose_socket_ends_or_whose_token_is_revoked_is_given_no_more_work() {
        Worker cut = controller.worker("n1", controller.token("n1"));
        cut.register();
        String token = controller.token("n2");
        Worker revoked = controller.worker("n2", token);
        revoked.register();
        cut.socket.close();
        await(controller.fleet.tokens.revoke(
                "n2", controller.fleet.jwt.verifyNode(token).tokenId()));
        for (String node : List.of("n1", "n2")) {
            await().untilAsserted(() -> {
                await(controller.fleet.silent.run());
                assertThat(controller.fleet.nodes.find(node).status()).isEqualTo(NodeStatus.UNHEALTHY);
            });
        }
        assertThat(controller.fleet.nodes.find("n1").statusReason()).contains("connection");
        assertThat(controller.fleet.nodes.find("n2").statusReason()).contains("token");
    }

    @Test
    void tokens_rotate_without_a_gap() {
        String old = controller.token("n1");
        Worker before = controller.worker("n1", old);
        before.register();
        String fresh = await(controller.fleet.tokens.issue("n1", null, null)).token();
        Worker after = controller.worker("n1", fresh);
        after.register();
        assertThat(before.closed()).isEqualTo(4409);
        String oldId = controller.fleet.jwt.verifyNode(old).tokenId();
        await(controller.fleet.tokens.revoke("n1", oldId));
        after.send("telemetry.heartbeat", after.data());
        after.next("heartbeat.ack");
    }

    @Test
    void a_newer_session_replaces_the_older_whose_messages_change_nothing() {
        String token = controller.token("n1");
        Worker older = controller.worker("n1", token);
        older.register();
        Worker newer = controller.worker("n1", token);
        newer.register();
        assertThat(older.closed()).isEqualTo(4409);

        controller.engine.givenTo.put("c", "n1");
        newer.send("command.ack", older.data().put("commandId", "c").put("accepted", true));
        assertThat(newer.next("error").getJsonObject("data").getString("category"))
                .isEqualTo("unauthenticated");
        assertThat(controller.engine.heard).isEmpty();
    }

    @Test
    void a_repeated_registration_over_one_socket_begins_a_new_session_and_keeps_the_socket() {
        Worker worker = controller.registered("n1");
        String before = worker.sessionId;
        worker.register();
        assertThat(worker.sessionId).isNotEqualTo(before);
        worker.send("telemetry.heartbeat", worker.data());
        worker.next("heartbeat.ack");
        worker.send("telemetry.heartbeat", new JsonObject().put("sessionId", before));
        worker.next("error");
    }

    @Test
    void who_does_not_register_within_ten_seconds_is_cut_off() {
        Worker worker = controller.worker("n1", controller.token("n1"));
        assertThat(worker.closed()).isEqualTo(4408);
    }

    @Test
    void before_registration_nothing_counts() {
        controller.engine.givenTo.put("c", "n1");
        Worker worker = controller.worker("n1", controller.token("n1"));
        worker.send("command.result", new JsonObject().put("commandId", "c").put("outcome", "success"));
        worker.next("error");
        assertThat(controller.engine.heard).isEmpty();
    }

    @Test
    void an_unknown_type_or_wrong_data_is_answered_with_error_and_the_session_goes_on() {
        Worker worker = controller.registered("n1");
        String unknown = worker.send("node.explode", worker.data());
        assertThat(worker.next("error").getString("correlationId")).isEqualTo(unknown);
        worker.send(
                "command.ack", worker.data().put("commandId", new JsonArray()).put("accepted", true));
        worker.next("error");
        worker.send("command.ack", worker.data());
        worker.next("error");
        worker.send("command.progress", new JsonObject().put("sessionId", 7));
        worker.next("error");
        worker.send("telemetry.heartbeat", worker.data());
        worker.next("heartbeat.ack");
        assertThat(controller.engine.heard).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "garbage",
                "[]",
                "7",
                "{",
                "{\"data\":{}}",
                "{\"type\":\" \",\"data\":{}}",
                "{\"type\":\"command.ack\",\"data\":[]}"
            })
    void what_is_no_envelope_is_told_so_and_ends_the_session(String text) {
        Worker worker = controller.registered("n1");
        worker.sendRaw(text);
        worker.next("error");
        assertThat(worker.closed()).isEqualTo(4400);
    }

    @Test
    void deep_and_binary_and_oversized_messages_end_the_session() {
        Worker deep = controller.registered("n1");
        deep.sendRaw("{\"type\":\"x\",\"data\":" + "[".repeat(50_000));
        deep.next("error");
        assertThat(deep.closed()).isEqualTo(4400);

        Worker binary = controller.registered("n2");
        binary.socket.writeBinaryMessage(Buffer.buffer("{}"));
        binary.next("error");
        assertThat(binary.closed()).isEqualTo(4400);

        Worker big = controller.registered("n3");
        big.socket.writeTextMessage("{\"type\":\"" + "x".repeat(Envelope.MAX_BYTES) + "\"}");
        assertThat(big.closed()).isEqualTo(1009);
        await().untilAsserted(
                        () -> assertThat(controller.sessions.isConnected("n3")).isFalse());
    }

    @Test
    void no_node_speaks_for_another() {
        controller.engine.givenTo.put("b-command", "b");
        Worker b = controller.registered("b");
        Worker a = controller.registered("a");
        var bAsItWas = await(controller.fleet.nodes.get("b"));

        a.send("command.result", a.data().put("commandId", "b-command").put("outcome", "success"));
        assertThat(a.next("error").getJsonObject("data").getString("category")).isEqualTo("forbidden");
        a.send("command.ack", a.data().put("commandId", "b-command").put("accepted", true));
        a.send("telemetry.heartbeat", b.data());
        a.next("error");
        a.send("command.result", b.data().put("commandId", "b-command").put("outcome", "success"));
        a.next("error");
        a.send("goodbye", b.data());
        a.next("error");
        a.send("deployment.status", a.data().put("deploymentId", "d").put("nodeId", "b"));
        a.send("telemetry.heartbeat", a.data());
        a.next("heartbeat.ack");

        assertThat(controller.engine.heard).containsExactly("a status d");
        assertThat(await(controller.fleet.nodes.get("b"))).isEqualTo(bAsItWas);
        b.send("telemetry.heartbeat", b.data());
        b.next("heartbeat.ack");
    }

    @Test
    void a_registration_for_another_node_is_refused() {
        controller.fleet.create("b");
        Worker a = controller.worker("a", controller.token("a"));
        a.send("node.register", new JsonObject().put("nodeId", "b"));
        JsonObject ack = a.next("register.ack").getJsonObject("data");
        assertThat(ack.getBoolean("accepted")).isFalse();
        assertThat(a.closed()).isEqualTo(4400);
        assertThat(controller.fleet.nodes.find("b").status()).isEqualTo(NodeStatus.PENDING);
    }

    @Test
    void what_a_worker_says_makes_no_long_lines_in_the_log_and_what_is_refused_comes_once() {
        Logger logger = (Logger) LoggerFactory.getLogger("io.aiwm.controller.gateway");
        var lines = new ListAppender<ILoggingEvent>();
        lines.start();
        logger.addAppender(lines);
        try {
            String odd = "x\u001b[31m\n".repeat(5_000);
            String token = controller.token("n1");
            Worker other = controller.worker("n1", token);
            other.send("node.register", new JsonObject().put("nodeId", odd));
            assertThat(other.next("register.ack").getJsonObject("data").getString("reason"))
                    .hasSizeLessThan(400);
            Worker refused = controller.worker("n1", token);
            refused.send("node.register", new JsonObject().put("agentVersion", odd));
            assertThat(refused.next("register.ack").getJsonObject("data").getString("reason"))
                    .contains("/data/agentVersion");
            Worker worker = controller.worker("n1", token);
            worker.register();
            worker.send("error", worker.data().put("category", "invalid").put("message", odd));
            for (int i = 0; i < 20; i++) {
                worker.send("command.result", worker.data().put("commandId", "none"));
                worker.next("error");
            }
        } finally {
            logger.detachAppender(lines);
        }
        List<String> said =
                lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
        assertThat(said)
                .allSatisfy(line -> assertThat(line).hasSizeLessThan(900).doesNotContain("\u001b", "\n"))
                .anyMatch(line -> line.startsWith("node n1 is refused: /data/agentVersion: "))
                .anyMatch(line -> line.startsWith("node n1 did not understand a message: x?[31m?x"));
        assertThat(said.stream().filter(line -> line.contains("command.result")))
                .hasSize(1);
    }

    @Test
    void goodbye_and_silence_end_the_session() {
        Worker leaving = controller.registered("n1");
        leaving.send("goodbye", leaving.data().put("reason", "update"));
        assertThat(leaving.closed()).isEqualTo(1000);
        controller.fleet.watchFor(Duration.ofSeconds(1));
        assertThat(controller.fleet.nodes.find("n1").status()).isEqualTo(NodeStatus.OFFLINE);

        Worker silent = controller.registered("n2");
        controller.fleet.watchFor(Duration.ofSeconds(181));
        assertThat(silent.closed()).isEqualTo(1012);
        assertThatThrownBy(() -> await(controller.sessions.send("n2", Envelope.of("x", new JsonObject()))))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.kind).isEqualTo(Failure.Kind.UNAVAILABLE));
    }

    /** As another controller does that does not hear them: too many at once, so their work is held. */
    @Test
    void a_node_that_is_held_while_it_is_served_is_told_and_registers_again() {
        String token = controller.token("n1");
        Worker worker = controller.worker("n1", token);
        worker.register();
        Node seen = controller.fleet.nodes.find("n1");
        writtenOffElsewhere(seen);
        await(controller.fleet.nodes.get("n1"));
        assertThat(worker.closed()).isEqualTo(1012);
        assertThat(controller.sessions.isConnected("n1")).isFalse();

        Worker again = controller.worker("n1", token);
        again.register();
        Node back = controller.fleet.nodes.find("n1");
        assertThat(back.status()).isEqualTo(NodeStatus.IDLE);
        assertThat(back.heldSince()).isNull();
        assertThat(back.controllerId()).isEqualTo(seen.controllerId());
        again.send("telemetry.heartbeat", again.data());
        again.next("heartbeat.ack");
        controller.fleet.watchFor(Duration.ofSeconds(60));
        assertThat(controller.sessions.isConnected("n1")).isTrue();
    }

    private void writtenOffElsewhere(Node seen) {
        String collection = Nodes.COLLECTION.name();
        var stored = await(controller.fleet.store.get(collection, seen.id()));
        var record = new JsonObject(stored.json());
        record.getJsonObject("node")
                .put("version", stored.version() + 1)
                .put("status", "OFFLINE")
                .put("heldSince", controller.fleet.clock.instant().toString());
        await(controller.fleet.store.replaceIf(
                collection, new DocumentStore.Document(seen.id(), stored.version() + 1, record.encode())));
    }

    @Test
    void a_stopping_controller_says_so() {
        Worker worker = controller.registered("n1");
        await(controller.fleet.vertx.undeploy(controller.verticle.deploymentID()));
        assertThat(worker.closed()).isEqualTo(1012);
    }

    @Test
    void a_deleted_nodes_session_ends_and_its_token_is_worth_nothing() {
        String token = controller.token("n1");
        Worker worker = controller.worker("n1", token);
        worker.register();
        await(controller.fleet.nodes.delete("n1", true));
        assertThat(worker.closed()).isEqualTo(4401);
        assertThat(refusal(token)).isEqualTo(401);
    }
}
