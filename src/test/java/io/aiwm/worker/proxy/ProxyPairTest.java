package io.aiwm.worker.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Failure;
import io.aiwm.common.Sha256;
import io.aiwm.inference.limit.KeyLimits;
import io.aiwm.inference.route.GatewayConfig;
import io.aiwm.inference.route.GatewayConfigDeployedBuilder;
import io.aiwm.protocol.ProxyConfig;
import io.aiwm.protocol.ProxyState;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The configuration that a proxy is told, and what it serves of it. */
class ProxyPairTest extends ProxyPairRig {
    private static final String KEY = "aiwm_a-key-of-a-test";
    private static final String UPSTREAM_SECRET = "Bearer the secret of an endpoint";

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
}
