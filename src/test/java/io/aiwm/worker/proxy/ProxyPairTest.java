package io.aiwm.worker.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.common.Sha256;
import io.aiwm.controller.proxy.Proxies;
import io.aiwm.controller.proxy.ProxyCounting;
import io.aiwm.inference.Caller;
import io.aiwm.inference.CallerSource;
import io.aiwm.inference.limit.KeyLimits;
import io.aiwm.inference.limit.Limiter;
import io.aiwm.inference.limit.MemoryAllowances;
import io.aiwm.inference.route.GatewayConfig;
import io.aiwm.inference.route.GatewayConfigDeployedBuilder;
import io.aiwm.inference.usage.CallUsage;
import io.aiwm.inference.usage.UsageSink;
import io.aiwm.protocol.Envelope;
import io.aiwm.protocol.ProxyConfig;
import io.aiwm.protocol.ProxyLease;
import io.aiwm.protocol.ProxyLeased;
import io.aiwm.protocol.ProxyState;
import io.aiwm.protocol.ProxyUsage;
import io.aiwm.protocol.ProxyUsageAck;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The controller's and the worker's side of a proxy, with a link between them that the test cuts. */
@Timeout(60)
class ProxyPairTest {
    private static final String KEY = "aiwm_a-key-of-a-test";
    private static final String UPSTREAM_SECRET = "Bearer the secret of an endpoint";

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private final List<String> counted = new CopyOnWriteArrayList<>();
    private final List<Long> sequences = new CopyOnWriteArrayList<>();
    private volatile boolean proxyRole = true;
    private volatile boolean onController = true;
    private volatile boolean connected = true;
    private volatile boolean losesAcks;
    private volatile ProxyNode node;
    private volatile Plugged gateway;
    private final Proxies proxies = new Proxies(
            vertx,
            (nodeId, message) -> down(message),
            nodeId -> proxyRole,
            nodeId -> onController,
            new ProxyCounting(this::count, new MemoryAllowances(Clock.systemUTC()), () -> 2),
            Clock.systemUTC());

    @AfterEach
    void stop() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void it_serves_what_it_is_sent_and_the_controller_knows_it() throws Exception {
        start();
        proxies.configure(config(1, 3));
        await().until(() -> gateway.config.revision() == 1);
        await().until(() ->
                proxies.view("node-1") != null && proxies.view("node-1").current());
        assertThat(proxies.allCurrent()).isTrue();
        assertThat(proxies.view("node-1").url()).startsWith("http://127.0.0.1:");
        assertThat(gateway.callers.verify(KEY).result().keyId()).isEqualTo("key_0");
        assertThat(gateway.callers.verify(KEY).result().teamLimits().concurrent())
                .isEqualTo(9);
        assertThat(gateway.callers.verify("aiwm_another").cause()).isInstanceOf(Failure.class);
        assertThat(gateway.callers.verify(KEY + "1").cause()).hasMessageContaining("expired");
        assertThat(get("/health").body()).isEqualTo("{\"status\":\"UP\",\"revision\":1}");
        assertThat(proxies.serving(Set.of("container-1"))).isEmpty();

        proxies.configure(calling(config(2, 3), "container-1"));
        await().until(() -> gateway.config.revision() == 2);
        await().until(() ->
                proxies.serving(Set.of("container-1", "container-2")).equals(Map.of("container-1", Set.of("node-1"))));
        connected = false;
        proxies.configure(config(3, 3));
        // it calls what it was sent last until it says something else
        assertThat(proxies.serving(Set.of("container-1"))).containsKey("container-1");
    }

    private static GatewayConfig calling(GatewayConfig config, String replica) {
        var one = new GatewayConfig.Replica(replica, 0, "n1", "127.0.0.1", 8_080, Instant.EPOCH);
        var deployed = GatewayConfigDeployedBuilder.builder()
                .id("dep_1")
                .name("web")
                .state("RUNNING")
                .replicas(List.of(one))
                .build();
        return new GatewayConfig(
                config.revision(),
                List.of(deployed),
                config.endpoints(),
                config.aliases(),
                config.keys(),
                config.teams());
    }

    @Test
    void a_large_configuration_comes_in_pieces() throws Exception {
        start();
        proxies.configure(config(1, 20_000));
        await().until(() -> gateway.config.keys().size() == 20_000);
        await().until(proxies::allCurrent);
    }

    @Test
    void it_serves_the_last_configuration_after_a_restart_without_a_controller() throws Exception {
        start();
        proxies.configure(config(7, 3));
        await().until(() -> gateway.config.revision() == 7);
        Path file = folder.resolve("config.json");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(Files.readString(file)).doesNotContain(KEY);

        connected = false;
        restart();

        assertThat(gateway.config.revision()).isEqualTo(7);
        assertThat(gateway.config.endpoints().get(0).authorization()).isEqualTo(UPSTREAM_SECRET);
        assertThat(gateway.callers.verify(KEY).succeeded()).isTrue();
        assertThat(get("/health").statusCode()).isEqualTo(200);
    }

    @Test
    void usage_is_replayed_and_counted_once_however_often_it_comes() throws Exception {
        connected = false;
        start();
        gateway.usage.ended(Calls.call("a"));
        gateway.usage.ended(Calls.call("b"));
        restart();
        gateway.usage.ended(Calls.call("c"));

        losesAcks = true;
        connected = true;
        node.sessionBegan();
        await().until(() -> counted.contains("a"));
        restart(); // between the message and its acknowledgement
        losesAcks = false;
        node.sessionBegan();

        await().until(() -> counted.contains("c"));
        assertThat(counted).containsExactly("a", "b", "c");
        await().until(() -> sequences.size() >= 3);
        assertThat(sequences.get(0)).as("the same batch again").isEqualTo(sequences.get(1));
    }

    @Test
    void the_load_of_all_proxies_is_known() throws Exception {
        start();
        gateway.load = List.of(new ProxyState.Load("dep_1", 3, 2));
        await().untilAsserted(() -> assertThat(proxies.load("dep_1")).isEqualTo(new ProxyState.Load("dep_1", 3, 2)));
        gateway.load = List.of();
        await().untilAsserted(() -> assertThat(proxies.load("dep_1")).isEqualTo(new ProxyState.Load("dep_1", 0, 0)));
    }

    @Test
    void limits_are_leased_over_the_link() throws Exception {
        start();
        var limits = new KeyLimits(null, null, null, 5, null, null);
        var caller = new Caller("key_0", "ana", null, limits, KeyLimits.NONE);
        int let = 0;
        for (int i = 0; i < 12; i++) {
            try {
                gateway.limiter.reserve(caller, 10).await(5, TimeUnit.SECONDS);
                let++;
            } catch (io.aiwm.inference.GatewayError.Refused refused) {
                assertThat(refused.error.status()).isEqualTo(429);
            }
        }
        assertThat(let).isEqualTo(5);
    }

    @Test
    void one_on_another_machine_is_not_told_what_is_reached_on_the_controllers_alone() throws Exception {
        onController = false;
        start();
        var deployed = GatewayConfigDeployedBuilder.builder()
                .id("dep_1")
                .name("chat")
                .replicas(List.of(
                        new GatewayConfig.Replica("c1", 0, "n1", "127.0.0.1", 32_001, Instant.EPOCH),
                        new GatewayConfig.Replica("c2", 1, "n2", "10.0.0.2", 32_001, Instant.EPOCH)))
                .build();
        var config = new GatewayConfig(1, List.of(deployed), List.of(), List.of(), List.of(), List.of());
        proxies.configure(config);
        await().until(() -> gateway.config.revision() == 1);
        assertThat(gateway.config.deployments().get(0).replicas())
                .extracting(GatewayConfig.Replica::host)
                .containsExactly("10.0.0.2");
        await().until(() ->
                proxies.view("node-1") != null && proxies.view("node-1").current());
        onController = true;
        proxies.configure(new GatewayConfig(2, List.of(deployed), List.of(), List.of(), List.of(), List.of()));
        await().until(() -> gateway.config.revision() == 2);
        assertThat(gateway.config.deployments().get(0).replicas()).hasSize(2);
    }

    @Test
    void a_node_of_another_role_is_told_no_configuration() throws Exception {
        proxyRole = false;
        start();
        var state = new ProxyState(null, "gw_12345678", null, null, null, null);
        assertThatThrownBy(() -> proxies.state("node-1", state))
                .hasMessageContaining("nobody has given this node the role proxy");
        proxies.configure(config(1, 3));
        proxyRole = true;
        proxies.state("node-1", state);
        await().until(() -> gateway.config.revision() == 1);
    }

    @Test
    void a_configuration_that_was_changed_on_the_way_is_not_served() throws Exception {
        start();
        proxies.configure(config(1, 3));
        await().until(() -> gateway.config.revision() == 1);
        var pieces = new ConfigPieces();
        var wrong = new ProxyConfig(2, Sha256.hex("another"), 0, 1, "H4sIAAAAAAAAA6tWKkoty8wszs9TsjI0rwUAJJ4DGREAAAA=");
        assertThatThrownBy(() -> pieces.add(wrong).text()).isInstanceOf(java.io.IOException.class);
        assertThatThrownBy(() -> pieces.add(new ProxyConfig(2, "x", 0, 1, ""))).isInstanceOf(Failure.class);
        assertThat(pieces.add(new ProxyConfig(2, Sha256.hex("a"), 1, 2, "aaaa")))
                .isNull();
        node.configured(wrong);
        proxies.configure(config(3, 3));
        await().until(() -> gateway.config.revision() == 3);
    }

    private void start() throws Exception {
        node = ProxyNode.open(new ProxyNode.Parts(
                        vertx,
                        new Config.Proxy("127.0.0.1", 0, null, null, null),
                        folder,
                        Clock.systemUTC(),
                        (type, data, command) -> up(Envelope.of(type, data)),
                        (on, callers, limiter, usage) -> gateway = new Plugged(callers, limiter, usage)))
                .await(10, TimeUnit.SECONDS);
        vertx.deployVerticle(node.verticle()).await(10, TimeUnit.SECONDS);
        node.start();
        node.sessionBegan();
    }

    private void restart() throws Exception {
        node.close().await(10, TimeUnit.SECONDS);
        start();
    }

    private void up(Envelope message) {
        if (!connected) {
            return;
        }
        Envelope said = Envelope.decode(message.encode());
        try {
            if (said.type().equals(ProxyState.TYPE)) {
                proxies.state("node-1", said.as(ProxyState.class));
            } else if (said.type().equals(ProxyLease.TYPE)) {
                proxies.lease("node-1", said.as(ProxyLease.class))
                        .onSuccess(leased -> node.leased(Envelope.decode(
                                        Envelope.of(ProxyLeased.TYPE, leased).encode())
                                .as(ProxyLeased.class)));
            } else {
                proxies.usage("node-1", said.as(ProxyUsage.class)).onSuccess(this::acknowledge);
            }
        } catch (Failure refused) {
            return;
        }
    }

    private void acknowledge(ProxyUsageAck ack) {
        if (!losesAcks) {
            node.counted(ack);
        }
    }

    private Future<Void> down(Envelope message) {
        assertThat(message.encode().length()).isLessThan(Envelope.MAX_BYTES);
        if (connected) {
            node.configured(Envelope.decode(message.encode()).as(ProxyConfig.class));
        }
        return Future.succeededFuture();
    }

    private synchronized Future<Void> count(String from, long sequence, List<CallUsage> calls) {
        boolean known = sequences.contains(sequence);
        sequences.add(sequence);
        if (!known) {
            calls.forEach(call -> counted.add(call.id()));
        }
        return Future.succeededFuture();
    }

    private HttpResponse<String> get(String path) throws Exception {
        await().until(() -> gateway.port() > 0);
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.port() + path))
                .build();
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    }

    private static GatewayConfig config(long revision, int keys) {
        var all = new ArrayList<GatewayConfig.Key>();
        for (int i = 0; i < keys; i++) {
            all.add(new GatewayConfig.Key(
                    "key_" + i,
                    Sha256.hex(i == 0 ? KEY : KEY + i),
                    "ana",
                    "team",
                    i == 1 ? Instant.EPOCH : null,
                    KeyLimits.NONE,
                    null));
        }
        return new GatewayConfig(
                revision,
                List.of(),
                List.of(new GatewayConfig.External("e1", "out", "https://example.org/v1", UPSTREAM_SECRET, null, 0)),
                List.of(),
                all,
                List.of(new GatewayConfig.Team("team", new KeyLimits(null, null, null, 9, null, null))));
    }

    /** Serves nothing, and shows what it was given. */
    private final class Plugged implements ServedGateway {
        final CallerSource callers;
        final Limiter limiter;
        final UsageSink usage;
        volatile GatewayConfig config = GatewayConfig.EMPTY;
        volatile List<ProxyState.Load> load = List.of();

        Plugged(CallerSource callers, Limiter limiter, UsageSink usage) {
            this.callers = callers;
            this.limiter = limiter;
            this.usage = usage;
        }

        @Override
        public void configure(GatewayConfig next) {
            config = next;
        }

        @Override
        public io.vertx.core.Handler<io.vertx.core.http.HttpServerRequest> handler() {
            return request -> request.response().end(new JsonObject().encode());
        }

        @Override
        public List<ProxyState.Load> load() {
            return load;
        }

        int port() {
            return URI.create(node.url()).getPort();
        }
    }
}
