package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.protocol.Envelope;
import io.aiwm.protocol.seal.NodeChannel;
import io.aiwm.protocol.seal.NodeHandshake;
import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.AiwmFleet;
import io.aiwm.testing.AiwmProcess;
import io.aiwm.testing.GuardedCluster;
import io.aiwm.testing.OccupiedPort;
import io.aiwm.testing.OverhearingMember;
import io.aiwm.testing.RawBusSocket;
import io.aiwm.testing.RogueMember;
import io.aiwm.testing.TestImages;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Without a secret that only members can read nobody joins, hears or says anything, and a member can speak for no node but its
 * own. Each attempt is refused, is named in the log once, and moves nothing; the real controller and the real worker go on.
 */
@Timeout(240)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ClusterSecurityIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String REFUSED = "127.0.0.1 is refused: ";
    private static final String MEMBER_REFUSED = "a member of the cluster";
    private static final int ATTEMPTS = 20;
    private static final List<String> KNOWN = List.of(
            "aiwm.gateway.hello",
            "aiwm.gateway.register",
            "aiwm.gateway.node." + GuardedCluster.NODE,
            "aiwm.node." + GuardedCluster.NODE,
            "aiwm.node." + GuardedCluster.NODE + ".command",
            "aiwm.node." + GuardedCluster.AWAITED,
            "aiwm.here.register",
            "aiwm.here.inbound",
            "aiwm.here.node." + GuardedCluster.NODE,
            "aiwm.node.changed",
            "aiwm.node.seen",
            "aiwm.events.executions",
            "aiwm.events.nodes",
            "aiwm.events.jobs",
            "aiwm.event-news",
            "aiwm.event-interest",
            "aiwm.gateway.session.opened",
            "aiwm.gateway.token.ended",
            "aiwm.controller.installation",
            "aiwm.controller.installations",
            "aiwm.logs.1",
            "aiwm.execution.finished");

    @TempDir
    static Path folder;

    static GuardedCluster cluster;
    static String keyAtFirst;
    private String before;

    @BeforeAll
    static void start() {
        cluster = new GuardedCluster(folder);
        keyAtFirst = cluster.key();
    }

    @AfterAll
    static void stop() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @BeforeEach
    void note() {
        before = cluster.facts();
    }

    @AfterEach
    void nothingHasMovedAndAllGoOn() throws IOException {
        // a worker whose words were taken away may be silent for a while, not for good
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(cluster.facts()).isEqualTo(before));
        assertThat(pwned()).as("what a forged command would have made").doesNotExist();
        for (AiwmProcess each : List.of(cluster.controller, cluster.worker)) {
            assertThat(GuardedCluster.lines(each, "| \tat ")).as("stack traces").isEmpty();
            assertThat(GuardedCluster.lines(each, " ERROR ")).noneMatch(line -> line.matches("\\S+ ERROR .*"));
        }
        cluster.worksThrough(cluster.api);
        assertThat(cluster.worker.isAlive()).isTrue();
    }

    private static Path pwned() {
        return folder.resolve("pwned");
    }

    /** What a rogue says to a worker, or to a controller about a node. */
    private static JsonObject command() {
        String script = "touch " + pwned();
        var data = new JsonObject()
                .put("deadline", System.currentTimeMillis() + 600_000)
                .put("jobId", "ex_forged")
                .put("runtime", "process")
                .put("command", new JsonArray(List.of("sh", "-c", script)));
        var metadata = new JsonObject()
                .put("executionId", "ex_forged")
                .put("stepIndex", 0)
                .put("attempt", 1)
                .put("commandId", "ex_forged.0.1");
        return Envelope.command("job.run", data, metadata).toJson();
    }

    private static JsonObject result() {
        String commandId = cluster.job + ".0.1";
        return Envelope.of(
                        "command.result",
                        new JsonObject()
                                .put("commandId", commandId)
                                .put("outcome", "success")
                                .put("output", new JsonObject().put("forged", true)))
                .toJson();
    }

    private static JsonObject registration(String node) {
        return Envelope.of("node.register", new JsonObject().put("nodeId", node).put("maxParallel", 64))
                .toJson();
    }

    /** Else all that follows would show nothing. */
    @Test
    @Order(0)
    void the_rogue_its_client_and_its_frames_work_where_nothing_is_guarded() throws Exception {
        String open = "open-" + cluster.name;
        int port = AiwmProcess.freePort();
        try (var first = new RogueMember(open, port, List.of(), KNOWN);
                var second = new RogueMember(open, AiwmProcess.freePort(), List.of("127.0.0.1:" + port), List.of())) {
            assertThat(second.members()).hasSize(2);
            assertThat(second.subscriptions()).contains("aiwm.gateway.hello");
            assertThat(RogueMember.client(open, "127.0.0.1:" + port)).isNull();
            RawBusSocket.send("127.0.0.1", first.busPort, RawBusSocket.frame("aiwm.gateway.hello", command()));
            await().atMost(PATIENCE).until(() -> first.heard.stream().anyMatch(what -> what.contains("ex_forged")));
        }
    }

    @Test
    @Order(1)
    void strangers_on_the_ports_of_members_kept_nobody_out_and_a_handshake_passed_on_proves_nothing() {
        // the controller and the worker have found each other already, though three ports before theirs were taken
        OccupiedPort relay = cluster.strangers.stream()
                .filter(each -> each.does == OccupiedPort.Does.RELAY)
                .findFirst()
                .orElseThrow();
        assertThat(cluster.strangers)
                .allSatisfy(each -> assertThat(each.callers).hasPositiveValue());
        assertThat(relay.answered.get())
                .as("what a real member says to a handshake that was passed on: its proof, which fits nowhere else")
                .isLessThanOrEqualTo(8 + 32 + 32);
        assertThat(cluster.logged("joined the cluster; members now: 2")).hasSize(1);
        assertThat(GuardedCluster.lines(cluster.worker, REFUSED)).isNotEmpty().hasSizeLessThanOrEqualTo(2);
    }

    @Test
    @Order(2)
    void who_knows_the_clusters_name_but_not_its_key_joins_nothing_and_hears_nothing() throws Exception {
        try (var rogue = new RogueMember(cluster.name, cluster.firstPort + 8, cluster.members(), KNOWN)) {
            if (rogue.isUp()) {
                assertThat(rogue.members()).hasSize(1);
                assertThat(rogue.subscriptions()).allMatch(KNOWN::contains);
                for (String address : KNOWN) {
                    rogue.vertx().eventBus().send(address, command(), new DeliveryOptions());
                }
            }
            cluster.worksThrough(cluster.api);
            assertThat(rogue.heard).allMatch(what -> what.contains("ex_forged"));
        }
        assertThat(cluster.logged(REFUSED, "cluster port")).hasSizeBetween(1, 2);
    }

    @Test
    @Order(3)
    void a_hazelcast_client_without_the_key_gets_no_connection() {
        for (int port : List.of(cluster.controllerPort, cluster.controllerPort + 1)) {
            assertThat(RogueMember.client(cluster.name, "127.0.0.1:" + port)).isNotNull();
        }
        assertThat(cluster.logged(REFUSED, "cluster port")).hasSizeBetween(1, 2);
    }

    @Test
    @Order(4)
    void a_raw_frame_reaches_nobody_on_either_port() throws Exception {
        byte[] toWorker = RawBusSocket.frame("aiwm.node." + GuardedCluster.NODE + ".command", command());
        byte[] asWorker = RawBusSocket.frame("aiwm.gateway.register", registration(GuardedCluster.AWAITED));
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            assertThat(RawBusSocket.send("127.0.0.1", cluster.busPort, toWorker, asWorker))
                    .as("an alert of TLS at most")
                    .isBetween(0, 7);
        }
        assertThat(RawBusSocket.send("127.0.0.1", cluster.controllerPort, "HZC".getBytes(StandardCharsets.US_ASCII)))
                .isZero();
        assertThat(cluster.logged(REFUSED, "event bus, port " + cluster.busPort))
                .hasSize(1);
    }

    @Test
    @Order(5)
    void neither_without_a_certificate_nor_with_one_of_ones_own_is_a_frame_taken() throws Exception {
        byte[] frame = RawBusSocket.frame("aiwm.gateway.hello", registration(GuardedCluster.AWAITED));
        for (boolean certificate : new boolean[] {false, true}) {
            for (int attempt = 0; attempt < ATTEMPTS / 4; attempt++) {
                assertThat(RawBusSocket.sendOverTls("127.0.0.1", cluster.busPort, certificate, frame))
                        .isZero();
            }
        }
        assertThat(cluster.logged(REFUSED, "event bus, port " + cluster.busPort))
                .hasSize(1);
    }

    @Test
    @Order(6)
    void callers_who_say_nothing_or_a_byte_at_a_time_keep_no_controller_from_starting() throws Exception {
        var callers = new ConcurrentLinkedQueue<Socket>();
        var second = cluster.controller("second");
        try {
            for (int attempt = 0; attempt < 200; attempt++) {
                var caller = new Socket(InetAddress.getLoopbackAddress(), cluster.controllerPort);
                caller.getOutputStream().write('A');
                callers.add(caller);
            }
            second.startAndWait();
            cluster.worksThrough(cluster.clientOf(second));
            assertThat(cluster.logged("joined the cluster; members now: 3")).isNotEmpty();
        } finally {
            for (Socket each : callers) {
                each.close();
            }
            second.stop();
        }
        assertThat(cluster.logged(REFUSED)).hasSizeLessThanOrEqualTo(6);
    }

    @Test
    @Order(7)
    void a_member_without_a_token_overhears_no_secret_and_speaks_for_nobody() throws Exception {
        overheardAndForged(7);
    }

    private void overheardAndForged(int port) throws Exception {
        try (var rogue =
                new OverhearingMember(cluster.name, cluster.firstPort + port, cluster.members(), cluster.key())) {
            assertThat(rogue.members()).isGreaterThanOrEqualTo(3);
            List<String> heardOf = rogue.subscriptions();
            String inbound = rogue.subscription("aiwm.gateway.", ".inbound");
            // it takes what it can get of a job's command and of all that is said meanwhile
            var everywhere = new ArrayList<>(KNOWN);
            heardOf.stream().filter(each -> !everywhere.contains(each)).forEach(everywhere::add);
            rogue.listen(everywhere, null);
            String other = cluster.start("echo done");
            await().atMost(PATIENCE)
                    .until(() -> rogue.heard.stream()
                                    .filter(each -> each.body() instanceof Buffer)
                                    .map(OverhearingMember.Heard::address)
                                    .distinct()
                                    .count()
                            >= 2);
            rogue.deaf();
            await().atMost(PATIENCE)
                    .until(() -> cluster.api.get("/api/jobs/" + other).text().contains("\"status\":\"COMPLETED\""));
            String toWorker = workersChannel(rogue);
            String signature = cluster.token.substring(cluster.token.lastIndexOf('.') + 1);
            assertThat(rogue.heard).noneMatch(each -> each.contains(GuardedCluster.MARKER));
            assertThat(rogue.heard).noneMatch(each -> each.contains(signature));
            assertThat(rogue.heard).noneMatch(each -> each.contains("DB_PASSWORD"));

            // what it has taken it says again, straight, twice and turned around, to whom it was for and to the others
            var frames = rogue.heard.stream()
                    .filter(each -> each.body() instanceof Buffer)
                    .limit(40)
                    .toList();
            assertThat(frames).isNotEmpty();
            for (OverhearingMember.Heard frame : frames) {
                for (String to : List.of(frame.address(), toWorker, inbound)) {
                    for (int time = 0; time < 2; time++) {
                        rogue.publish(to, frame.body(), new DeliveryOptions());
                    }
                }
            }

            // a command for the worker, a result for its job, a goodbye to either
            String channel = toWorker.substring("aiwm.node.".length());
            var closed = new JsonObject().put("code", 4409).put("reason", "goodbye");
            var goodbye = Envelope.of("goodbye", new JsonObject().put("reason", "bye"))
                    .toJson();
            for (Object said : List.of(
                    command(),
                    framed(channel, command()),
                    Buffer.buffer(command().encode()),
                    Envelope.of("link.closed", closed).toJson(),
                    framed(channel, Envelope.of("link.closed", closed).toJson()),
                    Buffer.buffer(),
                    "text",
                    goodbye)) {
                assertThat(rogue.ask(toWorker, said)).as("%s", said).isIn(400, 403);
            }
            for (Object said : List.of(
                    result(), framed(channel, result()), goodbye, framed(channel, goodbye), Buffer.buffer(), 5)) {
                assertThat(rogue.ask(inbound, said)).as("%s", said).isIn(400, 401, 403);
            }

            // to controllers, as a controller
            String relay = "aiwm.gateway.node." + GuardedCluster.NODE;
            var hints = List.of(
                    new JsonObject().put("nodeId", GuardedCluster.NODE).put("sessionName", "x"),
                    new JsonObject().put("tokenId", tokenId()),
                    new JsonObject().put("id", GuardedCluster.NODE).put("status", "OFFLINE"),
                    new JsonObject().put("id", "ins_evil").put("controllerId", "evil"),
                    command());
            for (String address : everywhere) {
                if (!address.equals(toWorker) && !address.equals(inbound)) {
                    for (JsonObject hint : hints) {
                        rogue.publish(address, hint, new DeliveryOptions());
                        rogue.publish(address, Buffer.buffer(hint.encode()), new DeliveryOptions());
                    }
                }
            }
            for (String address : List.of(toWorker, inbound, relay, "aiwm.gateway.hello", "aiwm.node.seen")) {
                saysWhatNobodyReads(rogue, address);
            }
            assertThat(rogue.ask(relay, command())).isEqualTo(403);
            assertThat(rogue.ask(
                            relay, Envelope.of("link.look", new JsonObject()).toJson()))
                    .isEqualTo(403);

            // as a node: of no token, of another's token without its signature, of an invented one, of nonsense
            takesOver(rogue, inbound);

            pagesHearOnlyWhatIs(rogue);
        }
        assertThat(cluster.logged(MEMBER_REFUSED, "is refused")).hasSizeBetween(1, 60);
        assertThat(cluster.logged(MEMBER_REFUSED, "open registration is off", "node " + GuardedCluster.AWAITED))
                .hasSize(1);
        assertThat(cluster.logged("sealed by a controller", "aiwm.node.seen")).hasSize(1);
        assertThat(GuardedCluster.lines(cluster.worker, MEMBER_REFUSED, "to this worker"))
                .hasSizeBetween(1, 4);
    }

    /** A Java object, and a message of a kind that only the rogue knows. */
    private static void saysWhatNobodyReads(OverhearingMember rogue, String address) {
        rogue.publish(address, new java.util.ArrayList<>(List.of("forged-page-event")), new DeliveryOptions());
        rogue.publish(address, new java.io.File("forged-page-event"), new DeliveryOptions());
        rogue.publish(address, "forged-page-event", new DeliveryOptions().setCodecName(OverhearingMember.OWN_CODEC));
    }

    private static void pagesHearOnlyWhatIs(OverhearingMember rogue) {
        var page = new Page(cluster.api, cluster.controller.port());
        try {
            // pages hear of it nothing but what has really happened
            var forged = new JsonObject().put("kind", "executions").put("forged", "forged-page-event");
            for (String address : List.of("aiwm.events.executions", "aiwm.events.nodes", "aiwm.event-news")) {
                rogue.publish(address, forged, new DeliveryOptions());
                rogue.publish(address, forged, new DeliveryOptions().addHeader("aiwm-process", "a guess"));
                saysWhatNobodyReads(rogue, address);
            }
            cluster.worksThrough(cluster.api);
            await().atMost(PATIENCE).until(() -> page.heard().contains("aiwm.events.executions"));
            assertThat(page.heard()).doesNotContain("forged-page-event").doesNotContain("aiwm-process");
        } finally {
            page.close();
        }
    }

    @Test
    @Order(12)
    void a_member_that_says_it_ten_thousand_times_under_as_many_names_fills_no_log() {
        var seen = new JsonObject().put("nodeId", GuardedCluster.NODE);
        String relay = "aiwm.gateway.node." + GuardedCluster.NODE;
        try (var rogue = new OverhearingMember(cluster.name, cluster.firstPort + 7, cluster.members(), cluster.key())) {
            for (int time = 0; time < 2_500; time++) {
                var said = hello("flood-" + time + "\n2026-01-01T00:00:00.000Z ERROR [main] all is lost", null);
                rogue.publish("aiwm.gateway.hello", said, new DeliveryOptions());
                rogue.publish("aiwm.node.seen", seen, new DeliveryOptions());
                rogue.publish(relay, Buffer.buffer(new byte[time % 60]).setByte(0, (byte) 1), new DeliveryOptions());
                rogue.publish(
                        "aiwm.node.changed",
                        Buffer.buffer(new byte[33 + time % 40]).setByte(0, (byte) 1),
                        new DeliveryOptions());
            }
            cluster.worksThrough(cluster.api);
        }
        assertThat(cluster.logged(MEMBER_REFUSED, "flood-")).hasSizeBetween(1, 50);
        assertThat(cluster.logged("more such lines follow")).isNotEmpty();
        assertThat(cluster.logged(" is refused: ")).hasSizeLessThan(120);
    }

    /** Where the worker listens now: while it was overheard it may have begun a session anew. */
    private static String workersChannel(OverhearingMember rogue) {
        return await().atMost(PATIENCE)
                .until(
                        () -> rogue.subscriptions().stream()
                                .filter(address -> address.startsWith("aiwm.node."))
                                .filter(address -> !KNOWN.contains(address))
                                .filter(address -> Integer.valueOf(400).equals(rogue.ask(address, "text")))
                                .findFirst()
                                .orElse(null),
                        Objects::nonNull);
    }

    private static JsonObject hello(String node, String credential) {
        return Envelope.of(NodeHandshake.Hello.TYPE, new NodeHandshake(node, credential).hello())
                .toJson();
    }

    private static void takesOver(OverhearingMember rogue, String inbound) {
        String unsigned = NodeHandshake.credentialOf(cluster.token);
        for (String node : List.of(GuardedCluster.NODE, GuardedCluster.AWAITED, "node-new")) {
            assertThat(rogue.ask("aiwm.gateway.hello", hello(node, null)))
                    .as("%s without a token", node)
                    .isEqualTo(401);
        }
        for (String credential : List.of("a.b", "nonsense", unsigned + "x", "")) {
            assertThat(rogue.ask("aiwm.gateway.hello", hello(GuardedCluster.NODE, credential)))
                    .as("%s", credential)
                    .isEqualTo(401);
        }
        assertThat(rogue.ask("aiwm.gateway.hello", registration(GuardedCluster.AWAITED)))
                .isEqualTo(400);
        var open = new NodeHandshake(GuardedCluster.NODE, unsigned);
        Object answer = rogue.ask(
                "aiwm.gateway.hello",
                Envelope.of(NodeHandshake.Hello.TYPE, open.hello()).toJson());
        assertThat(answer).isInstanceOf(JsonObject.class);
        var challenge = Envelope.of((JsonObject) answer).as(NodeHandshake.Challenge.class);
        // a controller's side of a handshake makes a channel without looking at a proof: under a guessed signature
        NodeChannel guessed =
                NodeHandshake.accept(open.hello(), "a guess", "rogue").channel();
        Buffer frame = guessed.seal(Envelope.of(registration(GuardedCluster.NODE)));
        byte[] id = Base64.getUrlDecoder().decode(challenge.channelId());
        assertThat(rogue.ask(inbound, frame.setBytes(0, id))).isEqualTo(403);
    }

    private static String tokenId() {
        String claims = cluster.token.split("\\.", -1)[1];
        return new JsonObject(new String(Base64.getUrlDecoder().decode(claims), StandardCharsets.UTF_8))
                .getString("jti");
    }

    /** A frame as the channel's ends make it, but for the key. */
    private static Buffer framed(String channelId, JsonObject said) {
        return Buffer.buffer(Base64.getUrlDecoder().decode(channelId))
                .appendLong(1_000_000)
                .appendString(said.encode())
                .appendString("0123456789abcdef");
    }

    @Test
    @Order(8)
    void a_member_that_answers_everything_keeps_no_second_controller_from_starting() {
        var second = cluster.controller("second");
        try (var rogue = new OverhearingMember(cluster.name, cluster.firstPort + 7, cluster.members(), cluster.key())) {
            rogue.listen(KNOWN, new JsonObject().put("id", "ins_evil").put("controllerId", "evil"));
            second.startAndWait();
            assertThat(rogue.heard).noneMatch(each -> each.contains("ins_"));
        }
        try {
            cluster.worksThrough(cluster.clientOf(second));
        } finally {
            second.stop();
        }
    }

    @Test
    @Order(9)
    void a_second_worker_under_a_copied_identity_is_refused_and_the_first_keeps_its_place() {
        int sessions =
                GuardedCluster.lines(cluster.worker, "registered as node").size();
        try (var copy = cluster.member(AiwmProcess.of("worker", folder.resolve("copy")), "copy", cluster.token)) {
            copy.start();
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(copy.output())
                            .contains("another worker runs as node " + GuardedCluster.NODE + " and answers"));
            assertThat(copy.output()).doesNotContain("registered as node");
            cluster.worksThrough(cluster.api);
        }
        assertThat(cluster.logged(MEMBER_REFUSED, "another worker runs as node"))
                .hasSize(1);
        assertThat(GuardedCluster.lines(cluster.worker, "registered as node")).hasSize(sessions);
    }

    @Test
    @Order(10)
    void a_bridged_job_container_speaks_to_both_ports_and_nobody_answers() throws Exception {
        AiwmFleet.requireEngine();
        String image = TestImages.web(1);
        // an engine that finds the bridge there tells no gateway of it
        String bridge = Collections.list(NetworkInterface.getByName("docker0").getInetAddresses()).stream()
                .filter(Inet4Address.class::isInstance)
                .findFirst()
                .orElseThrow()
                .getHostAddress();
        int port = AiwmProcess.freePort();
        int clusterPort = AiwmProcess.freePort();
        int busPort = AiwmProcess.freePort();
        try (var standalone = AiwmProcess.of("standalone", folder.resolve("bridge"))
                .with("PORT", port)
                .with("AIWM_ADMIN_PASSWORD", "a password for tests 1")
                .with("NODE_ID", "here")
                .with("AIWM_CLUSTER_NAME", cluster.name + "-bridge")
                .with("AIWM_CLUSTER_HOST", bridge)
                .with("AIWM_CLUSTER_PORT", clusterPort)
                .with("AIWM_CLUSTER_PORTS", 1)
                .with("AIWM_CLUSTER_BUS_PORT", busPort)
                .startAndWait()) {
            var api = new AiwmClient(port, "a password for tests 1");
            io.aiwm.testing.TwoControllers.awaitUp(api, "here");
            String frame = Base64.getEncoder()
                    .encodeToString(RawBusSocket.frame("aiwm.gateway.register", registration("node-awaited")));
            String script = "for p in " + clusterPort + " " + busPort
                    + "; do for i in 1 2 3; do echo \"to $p: $(echo " + frame
                    + " | busybox base64 -d | busybox timeout 5 busybox nc " + bridge
                    + " $p | busybox wc -c)\"; done; done";
            var job = new JsonObject()
                    .put("name", "bridged")
                    .put("image", image)
                    .put("pullPolicy", "never")
                    .put("network", "bridge")
                    .put("command", new JsonArray(List.of("sh", "-c", script)))
                    .put(
                            "requirements",
                            new JsonObject()
                                    .put("nodeId", "here")
                                    .put("cpu", 0.2)
                                    .put("memoryBytes", 64 << 20));
            String id = api.expect(201, api.post("/api/jobs", job)).getString("id");
            await().atMost(PATIENCE)
                    .untilAsserted(
                            () -> assertThat(api.get("/api/jobs/" + id).text()).contains("\"status\":\"COMPLETED\""));
            List<String> said =
                    api.get("/api/jobs/" + id + "/logs").text().lines().toList();
            assertThat(said).hasSize(6).allMatch(line -> line.matches("to \\d+: [07]"), "nothing, or TLS' alert");
            assertThat(api.get("/api/nodes?pageSize=10").json().getJsonArray("items"))
                    .hasSize(1);
            var lines = GuardedCluster.lines(standalone, " is refused: ");
            assertThat(lines).hasSize(2).noneMatch(line -> line.contains(bridge + " is refused"));
            String network = bridge.substring(0, bridge.lastIndexOf('.') + 1);
            assertThat(lines).allMatch(line -> line.contains(" " + network));
            assertThat(GuardedCluster.lines(standalone, "| \tat ")).isEmpty();
        }
    }

    @Test
    @Order(11)
    void after_a_rotation_of_the_key_all_of_it_is_refused_as_before_and_the_old_key_opens_nothing() throws Exception {
        // one process after the other, with both keys
        assertThat(cli("--rotate")).contains(keyAtFirst).hasSize(2);
        cluster.controller.stop();
        cluster.controller.startAndWait();
        cluster.awaitUp();
        GuardedCluster.giveKey(cluster.dataOf("worker"), cluster.key());
        restartWorker();
        byte[] frame = RawBusSocket.frame("aiwm.gateway.hello", registration(GuardedCluster.AWAITED));
        assertThat(RawBusSocket.sendOverTls("127.0.0.1", cluster.busPort, true, frame))
                .isZero();
        overheardAndForged(7);

        // and again, with the new one alone
        assertThat(cli("--drop-old")).doesNotContain(keyAtFirst).hasSize(1);
        cluster.controller.stop();
        cluster.controller.startAndWait();
        cluster.awaitUp();
        GuardedCluster.giveKey(cluster.dataOf("worker"), cluster.key());
        restartWorker();
        try (var old = new OverhearingMember(cluster.name, cluster.firstPort + 7, cluster.members(), keyAtFirst)) {
            assertThat(old.members()).isEqualTo(1);
            assertThat(old.subscriptions()).isEmpty();
        }
        assertThat(cluster.logged(REFUSED, "does not know the cluster key")).hasSizeBetween(1, 2);
    }

    private static void restartWorker() {
        cluster.worker.stop();
        cluster.worker.startAndWait();
        cluster.awaitUp();
        cluster.worksThrough(cluster.api);
    }

    private static List<String> cli(String option) throws Exception {
        Path output = folder.resolve("cli" + option);
        var builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-jar",
                        AiwmProcess.jar().toString(),
                        "cluster",
                        "key",
                        option)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("AIWM_"));
        builder.environment().put("AIWM_DATA_DIR", cluster.dataOf("first").toString());
        builder.environment().put("AIWM_JWT_KEY", "one key for both controllers, 32 bytes or more");
        Process process = builder.start();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(output)).isZero();
        return Files.readAllLines(output);
    }

    /** A browser's page that listens to executions and nodes. */
    private static final class Page implements WebSocket.Listener {
        private final Queue<String> parts = new ConcurrentLinkedQueue<>();
        private final WebSocket socket;

        Page(AiwmClient api, int port) {
            String ticket = api.post("/api/auth/ticket", null).json().getString("ticket");
            socket = HttpClient.newHttpClient()
                    .newWebSocketBuilder()
                    .buildAsync(URI.create("ws://127.0.0.1:" + port + "/eventbus/websocket?ticket=" + ticket), this)
                    .orTimeout(20, TimeUnit.SECONDS)
                    .join();
            for (String kind : List.of("executions", "nodes")) {
                var register = new JsonObject().put("type", "register").put("address", "aiwm.events." + kind);
                socket.sendText(register.encode(), true)
                        .orTimeout(20, TimeUnit.SECONDS)
                        .join();
            }
        }

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            parts.add(data.toString());
            from.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onBinary(WebSocket from, java.nio.ByteBuffer data, boolean last) {
            parts.add(StandardCharsets.UTF_8.decode(data).toString());
            from.request(1);
            return null;
        }

        String heard() {
            return String.join("", parts);
        }

        void close() {
            socket.sendClose(WebSocket.NORMAL_CLOSURE, "")
                    .orTimeout(20, TimeUnit.SECONDS)
                    .join();
        }
    }
}
