package io.aiwm.controller.inference;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplicaAddressesTest {
    private final ReplicaAddresses addresses = new ReplicaAddresses(id -> null, "here");

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
    void an_address_of_a_network_is_called() {
        assertThat(addresses.of("n1", "10.0.0.7").host()).isEqualTo("10.0.0.7");
        assertThat(addresses.of("n1", "fd00::7").host()).isEqualTo("fd00::7");
    }
}
