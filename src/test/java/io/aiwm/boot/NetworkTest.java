package io.aiwm.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkTest {
    @ParameterizedTest
    @ValueSource(strings = {"proxy.example", "10.0.0.0/33", "10.0.0.0/", "/8", "10.0.0", "10.0.0.0/x", "1.2.3.4/-1"})
    void what_is_no_network_is_refused_and_no_name_is_looked_up(String text) {
        assertThatThrownBy(() -> Network.of(text)).hasMessageContaining("'" + text + "'");
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.1, 10.0.0.1, true",
        "10.0.0.1, 10.0.0.2, false",
        "10.0.0.0/24, 10.0.0.255, true",
        "10.0.0.0/24, 10.0.1.0, false",
        "::1, ::1, true",
        "fd00::/8, fd12::1, true",
        "fd00::/8, 10.0.0.1, false"
    })
    void it_contains_its_addresses(String network, String address, boolean contained) throws Exception {
        assertThat(Network.of(network).contains(InetAddress.getByName(address))).isEqualTo(contained);
    }
}
