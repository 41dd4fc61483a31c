package io.aiwm.controller.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Network;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrustedProxiesTest {
    private final TrustedProxies proxies = new TrustedProxies(
            Stream.of("127.0.0.1", "10.1.0.0/16", "fd00::/8").map(Network::of).toList());

    @Test
    void a_stranger_is_not_believed() {
        assertThat(proxies.client("192.0.2.7", List.of("198.51.100.1"))).isEqualTo("192.0.2.7");
        assertThat(new TrustedProxies(List.of()).client("127.0.0.1", List.of("198.51.100.1")))
                .isEqualTo("127.0.0.1");
    }

    @Test
    void the_last_address_that_is_no_proxy_is_the_clients_whatever_it_wrote_before() {
        assertThat(proxies.client("127.0.0.1", List.of("198.51.100.1"))).isEqualTo("198.51.100.1");
        assertThat(proxies.client("127.0.0.1", List.of("8.8.8.8, 198.51.100.1")))
                .isEqualTo("198.51.100.1");
        assertThat(proxies.client("127.0.0.1", List.of("8.8.8.8", "198.51.100.1, 10.1.2.3")))
                .isEqualTo("198.51.100.1");
        assertThat(proxies.client("fd00:0:0:0:0:0:0:1", List.of("2001:db8::1"))).isEqualTo("2001:db8:0:0:0:0:0:1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "unknown", "198.51.100.1:80 ", "localhost", ",,,"})
    void what_is_no_address_ends_the_search(String claimed) {
        assertThat(proxies.client("127.0.0.1", List.of("8.8.8.8," + claimed))).isEqualTo("127.0.0.1");
    }

    @Test
    void without_the_header_the_proxy_itself_calls() {
        assertThat(proxies.client("127.0.0.1", List.of())).isEqualTo("127.0.0.1");
    }
}
