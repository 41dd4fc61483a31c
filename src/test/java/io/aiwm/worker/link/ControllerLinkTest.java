package io.aiwm.worker.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.protocol.BusAddresses;
import io.aiwm.protocol.DeploymentStatus;
import io.aiwm.protocol.DeploymentStatusBuilder;
import io.aiwm.protocol.Envelope;
import io.aiwm.protocol.LinkClosed;
import io.aiwm.protocol.NodeModel;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.RegisterAck;
import io.aiwm.protocol.RegisterAckBuilder;
import io.aiwm.protocol.seal.NodeChannel;
import io.aiwm.protocol.seal.NodeHandshake;
import io.aiwm.worker.WorkerSettings;
import io.aiwm.worker.command.Command;
import io.aiwm.worker.command.CommandHandler;
import io.aiwm.worker.command.CommandJournal;
import io.aiwm.worker.command.CommandRunner;
import io.aiwm.worker.hardware.HardwareSampler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(40)
class ControllerLinkTest {
    private static final Config.Gpu MOCK_GPUS = new Config.Gpu("/nowhere/nvidia-smi", true, Duration.ofSeconds(10));

    @TempDir
    Path folder;

    private final RecordedContainers containers = new RecordedContainers();
    private final AtomicLong metricsInterval = new AtomicLong();
    private final AtomicInteger readings = new AtomicInteger();
    private volatile List<NodeModel> onDisk = List.of(model("llama"));
    private volatile Future<Void> reading = Future.succeededFuture();
    private Vertx vertx;
    private SocketController controller;
    private ControllerLink link;
    private HardwareSampler sampler;
    private CommandRunner runner;

    @BeforeEach
    void start() throws Exception {
        vertx = Vertx.vertx();
        controller = new SocketController(vertx);
    }

    @AfterEach
    void stop() throws Exception {
        if (link != null) {
            link.stop("the test is over").await(10, TimeUnit.SECONDS);
            // a look at the hardware that outlives the event loops fails in its thread, and with it the test after this
            // one
            sampler.sample().await(10, TimeUnit.SECONDS);
        }
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void it_registers_with_its_token_and_says_what_it_has() throws Exception {
        worker(WorkerSettings.worker(controller.url(), null, "secret"));

        JsonObject said = controller.await("node.register", 1).data();

        assertThat(controller.tokens).containsExactly("Bearer secret");
        assertThat(said.getString("nodeId")).isEqualTo("node-1");
        assertThat(said.getString("zone")).isEqualTo("zone-a");
        assertThat(said.getJsonArray("capabilities"))
                .containsExactly("docker", "container-settings", "container-probes", "model-volumes", "model-fetch");
        assertThat(said.getJsonArray("runtimes")).containsExactly("runc");
        assertThat(said.getInteger("maxParallel")).isEqualTo(2);
        assertThat(said.getJsonArray("running").getJsonObject(0).getString("containerId"))
                .isEqualTo("container-1");
        assertThat(said.getJsonObject("system").getJsonObject("cpu").getInteger("cores"))
                .isPositive();
        await().until(() -> metricsInterval.get() == 60_000);
    }

    @Test
    void it_says_no_more_containers_than_a_controller_takes() throws Exception {
        containers.found = NodeRegister.MOST_RUNNING + 1;
        worker(WorkerSettings.worker(controller.url(), null, "secret"));
        assertThat(controller.await("node.register", 1).data().getJsonArray("running"))
                .hasSize(NodeRegister.MOST_RUNNING);
    }

    @Test
    void a_node_with_gpus_says_that_this_is_its_role() throws Exception {
        worker(WorkerSettings.worker(controller.url(), "node-1", "secret", null, MOCK_GPUS));
        JsonObject said = controller.await("node.register", 1).data();
        assertThat(said.getString("role")).isEqualTo("gpu");
        assertThat(said.getJsonArray("capabilities")).contains("gpu");
    }

    @Test
    void the_role_a_node_was_told_counts_whatever_it_has() throws Exception {
        worker(WorkerSettings.worker(controller.url(), "node-1", "secret", "proxy", MOCK_GPUS));
        assertThat(controller.await("node.register", 1).data().getString("role"))
                .isEqualTo("proxy");
    }

    @Test
    void it_registers_with_its_models_and_says_them_again_only_when_they_have_changed() throws Exception {
        worker(WorkerSettings.worker(controller.url(), "node-1", "secret"));
        controller.awaitSessions(1);
        assertThat(names(controller.await("node.register", 1))).containsExactly("llama");

        link.models(List.of(model("llama")));
        link.models(List.of(model("llama"), model("qwen")));
        link.models(List.of());

        controller.await("telemetry.models", 2);
        assertThat(controller.all("telemetry.models"))
                .extracting(ControllerLinkTest::names)
                .containsExactly(List.of("llama", "qwen"), List.of());
        assertThat(controller.all("telemetry.models").get(0).data().getString("sessionId"))
                .isEqualTo("session-1");
    }

    @Test
    void a_model_that_comes_while_it_registers_is_said_when_the_session_has_begun() throws Exception {
        Promise<Void> slow = Promise.promise();
        reading = slow.future();
        worker(WorkerSettings.worker(controller.url(), "node-1", "secret"));
        await().until(() -> readings.get() == 1);

        link.models(List.of(model("llama"), model("qwen")));
        slow.complete();

        assertThat(names(controller.await("telemetry.models", 1))).containsExactly("llama", "qwen");
        assertThat(names(controller.await("node.register", 1))).containsExactly("llama");
    }

    private static NodeModel model(String name) {
        return new NodeModel(name, null, 1L);
    }

    private static List<String> names(Envelope message) {
        return message.data().getJsonArray("models").stream()
                .map(one -> ((JsonObject) one).getString("name"))
                .toList();
    }

    @Test
    void a_command_goes_through_and_its_result_is_offered_in_the_next_session_too() throws Exception {
        worker(WorkerSettings.worker(controller.url(), "node-1", "secret"));
        controller.awaitSessions(1);
        controller.send("job.run", new JsonObject(), "ex.0.1");
        assertThat(controller.await("command.ack", 1).data().getBoolean("accepted"))
                .isTrue();
        Envelope result = controller.await("command.result", 1);
        assertThat(result.commandId()).isEqualTo("ex.0.1");
        assertThat(result.data().getString("sessionId")).isEqualTo("session-1");

        controller.close(1012);

        controller.awaitSessions(2);
        assertThat(controller.await("node.register", 2).data().getJsonArray("unacknowledgedResults"))
                .containsExactly("ex.0.1");
        await().until(() -> controller.all("command.result").stream()
                .anyMatch(again -> "session-2".equals(again.data().getString("sessionId"))));
        controller.send("result.ack", new JsonObject().put("commandId", "ex.0.1"), null);
        await().until(() -> runner.unacknowledged().isEmpty());
    }

    @Test
    void a_controller_that_restarts_is_found_again_at_once() throws Exception {
        worker(WorkerSettings.worker(controller.url(), "node-1", "secret"));
        controller.awaitSessions(1);
        long before = System.nanoTime();

        controller.close(1012);

        controller.awaitSessions(2);
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(3));
    }

    @Test
    void a_controller_that_answers_no_heartbeat_is_left() throws Exception {
        controller.heartbeatEvery(100);
        worker(WorkerSettings.worker(controller.url(), "node-1", "secret"));
        controller.await("telemetry.heartbeat", 3);
        assertThat(controller.sessions.get()).isEqualTo(1);
        assertThat(controller.all("telemetry.heartbeat"))
                .extracting(beat -> beat.data().getLong("sequence"))
                .startsWith(1L, 2L, 3L);

        controller.stopAnsweringHeartbeats();

        controller.awaitSessions(2);
    }

    @Test
    void a_revoked_token_causes_no_storm() throws Exception {
        worker(WorkerSettings.worker(controller.url(), "node-1", "secret"));
        controller.awaitSessions(1);
        controller.refuse(401);

        controller.close(4401);

        // long enough for the first tries of an ordinary backoff
        await().during(Duration.ofSeconds(2)).atMost(Duration.ofSeconds(4)).until(() -> controller.tokens.size() == 1);
    }

    @Test
    void what_happened_to_a_container_while_nobody_listened_is_told_afterwards() throws Exception {
        worker(WorkerSettings.worker(controller.url(), "node-1", "secret"));
        controller.awaitSessions(1);
        containers.listener.accept(status("container-1", "running"));
        controller.await("deployment.status", 1);
        controller.refuse(503);
        controller.close(1000);
        await().until(() -> controller.tokens.size() >= 2);
        containers.listener.accept(status("container-1", "exited"));
        containers.listener.accept(status("container-2", "running"));
        controller.refuse(0);

        controller.awaitSessions(2);

        controller.await("deployment.status", 3);
        assertThat(controller.all("deployment.status").subList(1, 3))
                .extracting(message -> message.data().getString("containerId") + " "
                        + message.data().getString("state"))
                .containsExactly("container-1 exited", "container-2 running");
    }

    @Test
    void the_register_ack_is_obeyed_and_the_token_it_gives_is_kept() throws Exception {
        controller.answerWith(RegisterAckBuilder.builder()
                .accepted(true)
                .heartbeatIntervalMs(0)
                .metricsIntervalMs(0)
                .adopt(List.of())
                .stop(List.of("stale"))
                .resend(List.of())
                .forget(List.of())
                .nodeToken("given")
                .build());
        worker(WorkerSettings.worker(controller.url(), "node-1", null));

        await().until(() -> containers.stopped.contains("stale"));
        Path identity = folder.resolve("identity.json");
        await().until(() -> Files.readString(identity).contains("given"));
        assertThat(Files.getPosixFilePermissions(identity)).hasSize(2);
        controller.close(1012);
        controller.awaitSessions(2);
        assertThat(controller.tokens).containsExactly("null", "Bearer given");
    }

    @Test
    void the_token_it_was_started_with_is_kept_for_a_start_without() throws Exception {
        Config.Worker settings = WorkerSettings.worker(controller.url(), "node-1", "secret");
        controller.refuse(401);
        worker(settings);
        Path identity = folder.resolve("identity.json");
        await().until(() -> !controller.tokens.isEmpty());
        assertThat(link.registered().isComplete()).as("ready").isFalse();
        assertThat(Files.readString(identity))
                .as("not before it has proven good")
                .doesNotContain("secret");
        controller.refuse(0);

        link.registered().await(20, TimeUnit.SECONDS);

        await().until(() -> Files.readString(identity).contains("secret"));
        assertThat(Files.getPosixFilePermissions(identity)).hasSize(2);
        assertThat(Identity.load(identity, WorkerSettings.worker(controller.url(), null, null)))
                .extracting(Identity::nodeId, Identity::nodeToken)
                .containsExactly("node-1", "secret");
    }

    @Test
    void a_token_that_ends_soon_is_renewed_kept_and_used_at_once() throws Exception {
        long now = Instant.now().getEpochSecond();
        String ending = token(now - 90, now + 10);
        String fresh = token(now, now + 100);
        worker(WorkerSettings.worker(controller.url(), "node-1", ending));

        assertThat(controller.await("token.renew", 1).data().getString("sessionId"))
                .isEqualTo("session-1");
        controller.send("token.renewed", new JsonObject().put("nodeToken", fresh), null);

        controller.awaitSessions(2);
        assertThat(controller.tokens).containsExactly("Bearer " + ending, "Bearer " + fresh);
        Path identity = folder.resolve("identity.json");
        assertThat(Identity.load(identity, WorkerSettings.worker(controller.url(), "node-1", ending))
                        .nodeToken())
                .as("also when it is configured with the one before")
                .isEqualTo(fresh);
        assertThat(controller.count("token.renew")).isEqualTo(1);
    }

    @Test
    void a_token_that_comes_near_its_end_within_a_session_is_renewed_then_and_asked_for_until_it_is_there()
            throws Exception {
        long now = Instant.now().getEpochSecond();
        // renewable in its last third, so in about 4 s
        worker(WorkerSettings.worker(controller.url(), "node-1", token(now - 16, now + 14)));
        controller.awaitSessions(1);
        link.registered().await(10, TimeUnit.SECONDS);
        assertThat(controller.count("token.renew")).as("not yet").isZero();

        controller.await("token.renew", 2);
        controller.send("token.renewed", new JsonObject().put("nodeToken", token(now, now + 100)), null);

        controller.awaitSessions(2);
        assertThat(controller.tokens.get(1)).isEqualTo("Bearer " + token(now, now + 100));
    }

    @Test
    void what_must_stay_on_the_node_is_asked_and_answered() throws Exception {
        worker(WorkerSettings.worker(controller.url(), "node-1", "secret"));
        controller.await("node.register", 1);
        link.registered().await(10, TimeUnit.SECONDS);
        var kept = link.retention().ask(List.of("dep_1"));
        JsonObject asked = controller.await("retention.ask", 1).data();
        assertThat(asked.getJsonArray("owners")).containsExactly("dep_1");
        assertThat(asked.getString("sessionId")).isEqualTo("session-1");
        controller.send(
                "retention.kept",
                new JsonObject().put("askId", asked.getString("askId")).put("owners", asked.getJsonArray("owners")),
                null);
        assertThat(kept.await(10, TimeUnit.SECONDS).owners()).containsExactly("dep_1");
    }

    private static String token(long from, long until) {
        String claims = new JsonObject()
                .put("sub", "node-1")
                .put("iat", from)
                .put("exp", until)
                .encode();
        return "e30." + Base64.getUrlEncoder().withoutPadding().encodeToString(claims.getBytes(StandardCharsets.UTF_8))
                + ".signature";
    }

    @Test
    void a_refusal_is_not_argued_with() throws Exception {
        controller.answerWith(RegisterAck.refused("this token is node 2's"));
        worker(WorkerSettings.worker(controller.url(), "node-1", "secret"));
        controller.await("node.register", 1);

        await().during(Duration.ofSeconds(2))
                .atMost(Duration.ofSeconds(4))
                .until(() -> controller.count("node.register") == 1);
    }

    @Test
    void what_is_not_understood_is_answered_with_error_and_changes_nothing() throws Exception {
        worker(WorkerSettings.worker(controller.url(), "node-1", "secret"));
        controller.awaitSessions(1);

        controller.send("weather.forecast", new JsonObject(), null);
        controller.await("error", 1);
        controller.sendText("not JSON");
        controller.await("error", 2);
        controller.send("command.cancel", new JsonObject(), null);
        controller.await("error", 3);

        assertThat(controller.sessions.get()).isEqualTo(1);
    }

    @Test
    void logs_follow_the_wire() throws Exception {
        worker(WorkerSettings.worker(controller.url(), "node-1", "secret"));
        controller.awaitSessions(1);

        controller.send("logs.follow", new JsonObject().put("streamId", "s1").put("credit", 1), null);

        JsonObject chunk = controller.await("deployment.logs", 1).data();
        assertThat(chunk.getString("chunk")).isEqualTo("a line\n");
        assertThat(chunk.getString("sessionId")).isEqualTo("session-1");
    }

    @Test
    void it_says_goodbye() throws Exception {
        worker(WorkerSettings.worker(controller.url(), "node-1", "secret"));
        controller.awaitSessions(1);
        await().until(() -> metricsInterval.get() > 0);

        link.stop("maintenance").await(5, TimeUnit.SECONDS);

        assertThat(controller.await("goodbye", 1).data().getString("reason")).isEqualTo("maintenance");
    }

    @Test
    void on_the_bus_it_registers_works_and_registers_again_when_its_session_is_void() throws Exception {
        var bus = new BusController(vertx, "the signature");
        worker(WorkerSettings.worker(null, "node-1", "header.claims.the signature"));
        await().until(() -> metricsInterval.get() > 0);
        assertThat(bus.hellos.get(0).nodeId()).isEqualTo("node-1");
        assertThat(bus.hellos.get(0).credential()).isEqualTo("header.claims");
        assertThat(bus.registrations.get(0).data().getString("token")).isNull();

        bus.say(Envelope.command("job.run", new JsonObject(), new JsonObject().put("commandId", "ex.0.1")))
                .await(5, TimeUnit.SECONDS);
        await().until(() ->
                bus.heard.stream().anyMatch(message -> message.type().equals("command.result")));

        bus.forgetSession();
        link.send("telemetry.metrics", new JsonObject(), null);
        await().until(() -> bus.registrations.size() == 2);
    }

    @Test
    void on_the_bus_it_obeys_nobody_who_does_not_know_its_token() throws Exception {
        var stranger = new BusController(vertx, "a guess");
        worker(WorkerSettings.worker(null, "node-1", "header.claims.the signature"));
        await().until(() -> !stranger.hellos.isEmpty());
        await().during(Duration.ofMillis(500)).until(() -> stranger.registrations.isEmpty());
    }

    @Test
    void on_the_bus_what_is_not_sealed_for_it_or_comes_again_is_not_carried_out() throws Exception {
        var bus = new BusController(vertx, "the signature");
        worker(WorkerSettings.worker(null, "node-1", "header.claims.the signature"));
        await().until(() -> metricsInterval.get() > 0);
        var command = Envelope.command("job.run", new JsonObject(), new JsonObject().put("commandId", "ex.0.1"));
        Buffer sealed = bus.channel.seal(command);
        Buffer forged = sealed.copy().setByte(sealed.length() - 1, (byte) (sealed.getByte(sealed.length() - 1) ^ 1));

        assertThatThrownBy(() -> bus.sayRaw(forged).await(5, TimeUnit.SECONDS)).isInstanceOf(Failure.class);
        assertThatThrownBy(() -> bus.sayRaw(Buffer.buffer(command.encode())).await(5, TimeUnit.SECONDS))
                .isInstanceOf(Failure.class);
        assertThat(bus.heard).noneMatch(message -> message.type().startsWith("command."));
        bus.sayRaw(sealed).await(5, TimeUnit.SECONDS);
        await().until(() ->
                bus.heard.stream().anyMatch(message -> message.type().equals("command.result")));
        assertThatThrownBy(() -> bus.sayRaw(sealed).await(5, TimeUnit.SECONDS)).hasMessageContaining("came again");
    }

    @Test
    void on_the_bus_a_session_that_is_replaced_is_not_begun_again() throws Exception {
        var bus = new BusController(vertx, "the signature");
        worker(WorkerSettings.worker(null, "node-1", "header.claims.the signature"));
        await().until(() -> metricsInterval.get() > 0);

        bus.say(Envelope.of(LinkClosed.TYPE, new LinkClosed(4409, "replaced"))).await(5, TimeUnit.SECONDS);

        await().during(Duration.ofSeconds(2)).atMost(Duration.ofSeconds(4)).until(() -> bus.hellos.size() == 1);
    }

    @Test
    void on_the_bus_it_waits_for_a_controller_to_come() throws Exception {
        worker(WorkerSettings.worker(null, null, null));
        assertThat(link.nodeId()).matches("host-1-example-[a-z0-9]{5}");
        var bus = new BusController(vertx, "");

        await().atMost(Duration.ofSeconds(15)).until(() -> !bus.hellos.isEmpty());

        assertThat(bus.hellos.get(0).nodeId()).isEqualTo(link.nodeId());
        assertThat(bus.hellos.get(0).credential()).isNull();
    }

    /** A controller's end of the bus, by hand. */
    private static final class BusController {
        final List<NodeHandshake.Hello> hellos = new CopyOnWriteArrayList<>();
        final List<Envelope> registrations = new CopyOnWriteArrayList<>();
        final List<Envelope> heard = new CopyOnWriteArrayList<>();
        private final Vertx vertx;
        volatile NodeChannel channel;

        BusController(Vertx vertx, String secret) {
            this.vertx = vertx;
            BusAddresses.HELLO.serve(vertx, message -> {
                var hello = message.as(NodeHandshake.Hello.class);
                var accepted = NodeHandshake.accept(hello, secret, "controller-1");
                channel = accepted.channel();
                hellos.add(hello);
                return Future.succeededFuture(Envelope.of(NodeHandshake.Challenge.TYPE, accepted.challenge())
                        .answering(message));
            });
            BusAddresses.INBOUND.at("controller-1").serve(vertx, this::inbound);
        }

        private Future<Buffer> inbound(Buffer frame) {
            if (channel == null || !channel.id().equals(NodeChannel.idOf(frame))) {
                return Future.failedFuture(new Failure(Failure.Kind.UNAUTHENTICATED, "void"));
            }
            Envelope message = channel.open(frame);
            if (!message.type().equals("node.register")) {
                heard.add(message);
                return Future.succeededFuture();
            }
            registrations.add(message);
            var ack = RegisterAckBuilder.builder()
                    .accepted(true)
                    .sessionId("session-" + registrations.size())
                    .nodeId(message.data().getString("nodeId"))
                    .controllerId("controller-1")
                    .heartbeatIntervalMs(30_000)
                    .metricsIntervalMs(60_000)
                    .adopt(List.of())
                    .stop(List.of())
                    .resend(List.of())
                    .forget(List.of())
                    .build();
            return Future.succeededFuture(
                    channel.seal(Envelope.of(RegisterAck.TYPE, ack).answering(message)));
        }

        Future<Void> say(Envelope message) {
            return sayRaw(channel.seal(message));
        }

        Future<Void> sayRaw(Buffer frame) {
            return BusAddresses.NODE.at(channel.id()).ask(vertx, frame, Duration.ofSeconds(5));
        }

        void forgetSession() {
            channel = null;
        }
    }

    private void worker(Config.Worker settings) throws Exception {
        link = ControllerLink.create(vertx, settings, folder, true).await(10, TimeUnit.SECONDS);
        CommandJournal journal =
                CommandJournal.open(vertx, folder, Clock.systemUTC()).await(10, TimeUnit.SECONDS);
        runner = new CommandRunner(vertx, journal, List.of(new AtOnce()), 2, Clock.systemUTC(), link);
        sampler = new HardwareSampler(vertx, settings.gpu(), Path.of("."), containers::info);
        link.serve(
                runner,
                containers,
                sampler,
                () -> {
                    // as the model room does: whenever they were read they are told, too
                    List<NodeModel> now = onDisk;
                    link.models(now);
                    readings.incrementAndGet();
                    return reading.map(now);
                },
                metricsInterval::set);
        link.start();
    }

    private static DeploymentStatus status(String containerId, String state) {
        return DeploymentStatusBuilder.builder()
                .deploymentId("dep-1")
                .replica(0)
                .containerId(containerId)
                .commandId("ex.0.1")
                .state(state)
                .health("none")
                .restarts(0)
                .build();
    }

    private static final class AtOnce implements CommandHandler {
        @Override
        public String name() {
            return "job.run";
        }

        @Override
        public Future<JsonObject> run(Command command) {
            return Future.succeededFuture(new JsonObject());
        }
    }
}
