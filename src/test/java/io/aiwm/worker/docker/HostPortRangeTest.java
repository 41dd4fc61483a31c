package io.aiwm.worker.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.dockerjava.api.exception.InternalServerErrorException;
import io.aiwm.boot.Config;
import io.aiwm.boot.ConfigLoader;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostPortRangeTest {
    private static final String TAKEN =
            "Error starting userland proxy: listen tcp4 127.0.0.1:30001: bind: address already in use";

    private final AtomicInteger tries = new AtomicInteger();

    private int triesOf(String range, String words, int failures) {
        tries.set(0);
        new HostPortRange(range).settle(() -> {
            if (tries.incrementAndGet() <= failures) {
                throw new InternalServerErrorException(words);
            }
        });
        return tries.get();
    }

    @Test
    void a_port_of_the_range_that_another_program_has_is_passed_over() {
        assertThat(triesOf("30000-30003", TAKEN, 3)).isEqualTo(4);
    }

    @Test
    void no_more_often_than_there_are_ports_and_only_for_a_port_of_the_range() {
        assertThatThrownBy(() -> triesOf("30000-30003", TAKEN, 9)).hasMessageContaining("address already in use");
        assertThat(tries).hasValue(4);
        for (String[] other :
                new String[][] {{"30002-30003", TAKEN}, {null, TAKEN}, {"30000-30003", "all ports are allocated"}}) {
            assertThatThrownBy(() -> triesOf(other[0], other[1], 1)).isInstanceOf(InternalServerErrorException.class);
            assertThat(tries).hasValue(1);
        }
    }

    private static Config.Docker docker(String range) {
        return ConfigLoader.of(Config.Mode.WORKER, Map.of("worker.docker.hostPortRange", range))
                .worker()
                .docker();
    }

    @ParameterizedTest
    @ValueSource(strings = {"30000", "30100-30000", "80-90", "60000-70000", "a-b", "30000-30100-1"})
    void what_is_no_range_is_refused_with_the_name_of_the_setting(String range) {
        assertThatThrownBy(() -> docker(range))
                .hasMessageContaining("worker.docker.hostPortRange")
                .hasMessageContaining("30000-30100");
    }

    @Test
    void a_range_is_kept_without_blanks() {
        assertThat(docker("30000 - 30100").hostPortRange()).isEqualTo("30000-30100");
    }
}
