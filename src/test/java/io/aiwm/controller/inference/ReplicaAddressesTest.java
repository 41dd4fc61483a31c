package io.aiwm.controller.inference;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Network;
import io.aiwm.controller.node.Node;
import io.aiwm.controller.node.NodeBuilder;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.inference.route.GatewayConfig;
import io.aiwm.inference.route.GatewayConfigDeployedBuilder;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplicaAddressesTest {
    private final ReplicaAddresses addresses = new ReplicaAddresses(id -> null, "here", address -> true);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "169.254.169.254",
                "fe80::1",
                "::ffff:169.254.169.254",
                "::ffff:127.0.0.1",
                "224.0.0.1",
                "metadata.internal"
            })
    void what_is_no_address_of_a_machine_is_not_called(String hostIp) {
        ReplicaAddresses.Found found = addresses.of("n1", hostIp);
        assertThat(found.host()).isNull();
        assertThat(found.reason()).contains("n1");
    }

    @Test
    void an_address_outside_of_the_networks_of_replicas_is_not_called_whoever_says_it() {
        var network = Network.of("10.0.0.0/24");
        Node node = NodeBuilder.builder()
                .id("n1")
                .version(1)
                .name("n1")
                .status(NodeStatus.IDLE)
                .modelServer("http://10.0.1.7:8443")
                .build();
        var inside = new ReplicaAddresses(id -> node, "here", network::contains);
        assertThat(inside.of("n1", "10.0.0.7").host()).isEqualTo("10.0.0.7");
        assertThat(inside.of("n1", "10.0.1.7").host()).isNull();
        assertThat(inside.of("n1", "10.0.1.7").reason()).contains("inference.replicaNetworks");
        assertThat(inside.of("n1", "0.0.0.0").host()).as("its model server's").isNull();
        assertThat(new ReplicaAddresses(id -> node, "here", address -> true)
                        .of("n1", "0.0.0.0")
                        .host())
                .isEqualTo("10.0.1.7");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"127.0.0.1", "127.8.8.8", "::1", "[::1]", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1", "localhost"})
    void a_loopback_address_is_told_to_no_other_machine_however_it_is_written(String host) {
        var replica = new GatewayConfig.Replica("c1", 0, "n1", host, 80, Instant.EPOCH);
        var deployed = GatewayConfigDeployedBuilder.builder()
                .id("dep_1")
                .name("tiny")
                .replicas(List.of(replica))
                .build();
        var config = new GatewayConfig(1, List.of(deployed), null, null, null, null);
        assertThat(config.withoutLoopback().deployments().get(0).replicas()).isEmpty();
        assertThat(addresses.of("n1", host).host()).as("of a node elsewhere").isNull();
    }

    @Test
    void an_address_of_a_network_is_called() {
        assertThat(addresses.of("n1", "10.0.0.7").host()).isEqualTo("10.0.0.7");
        assertThat(addresses.of("n1", "fd00::7").host()).isEqualTo("fd00::7");
    }
}
