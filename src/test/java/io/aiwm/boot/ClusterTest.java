package io.aiwm.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.boot.Config.Mode;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ClusterTest {

    @Test
    void nobody_is_found_by_multicast_and_nothing_listens_beyond_the_one_address() {
        var settings = settings(Map.of());
        var hazelcast = Cluster.hazelcast(settings, ClusterRules.privateAddress(settings));
        var join = hazelcast.getNetworkConfig().getJoin();

        assertThat(join.getMulticastConfig().isEnabled()).isFalse();
        assertThat(join.getAutoDetectionConfig().isEnabled()).isFalse();
        assertThat(join.getTcpIpConfig().getMembers()).hasSize(10).startsWith("127.0.0.1:5701");
        assertThat(hazelcast.getNetworkConfig().getInterfaces().getInterfaces()).containsExactly("127.0.0.1");
        assertThat(hazelcast.getProperty("hazelcast.socket.bind.any")).isEqualTo("false");
        assertThat(hazelcast.getProperty("hazelcast.phone.home.enabled")).isEqualTo("false");
    }

    @Test
    void as_many_ports_are_tried_and_asked_as_are_set() {
        var settings = settings(Map.of("cluster.port", "6000", "cluster.ports", "3"));
        var network = Cluster.hazelcast(settings, ClusterRules.privateAddress(settings))
                .getNetworkConfig();

        assertThat(network.getPort()).isEqualTo(6000);
        assertThat(network.getPortCount()).isEqualTo(3);
        assertThat(network.getJoin().getTcpIpConfig().getMembers())
                .containsExactly("127.0.0.1:6000", "127.0.0.1:6001", "127.0.0.1:6002");
    }

    @Test
    void the_last_port_that_is_tried_is_one() {
        assertThat(settings(Map.of("cluster.port", "65534", "cluster.ports", "2"))
                        .ports())
                .isEqualTo(2);
        assertThatThrownBy(() -> settings(Map.of("cluster.port", "65534", "cluster.ports", "3")))
                .hasMessageContaining("cluster.ports")
                .hasMessageContaining("65535");
        assertThatThrownBy(() -> settings(Map.of("cluster.ports", "0"))).hasMessageContaining("cluster.ports");
        assertThatThrownBy(() -> settings(Map.of("cluster.ports", "257"))).hasMessageContaining("cluster.ports");
    }

    @Test
    void members_that_are_named_are_the_only_ones_asked() {
        var settings = settings(Map.of("cluster.members", "10.0.0.1:5701, 10.0.0.2:5701"));
        var hazelcast = Cluster.hazelcast(settings, ClusterRules.privateAddress(settings));

        assertThat(hazelcast.getNetworkConfig().getJoin().getTcpIpConfig().getMembers())
                .containsExactly("10.0.0.1:5701", "10.0.0.2:5701");
    }

    @Test
    void a_public_or_wildcard_address_is_refused_unless_the_operator_insists() {
        assertThatThrownBy(() -> ClusterRules.privateAddress(settings(Map.of("cluster.host", "0.0.0.0"))))
                .hasMessageContaining("0.0.0.0 is a wildcard address");
        assertThatThrownBy(() -> ClusterRules.privateAddress(settings(Map.of("cluster.host", "8.8.8.8"))))
                .hasMessageContaining("8.8.8.8 is a public address");
        for (String inside : new String[] {"127.0.0.1", "10.1.2.3", "192.168.7.7", "172.16.0.9", "fd00::1"}) {
            assertThat(ClusterRules.privateAddress(settings(Map.of("cluster.host", inside))))
                    .isNotNull();
        }
        assertThat(ClusterRules.privateAddress(
                        settings(Map.of("cluster.host", "8.8.8.8", "cluster.allowPublicAddress", "true"))))
                .isNotNull();
    }

    private static Config.Cluster settings(Map<String, String> changed) {
        return ConfigLoader.of(Mode.CONTROLLER, new HashMap<>(changed)).cluster();
    }
}
