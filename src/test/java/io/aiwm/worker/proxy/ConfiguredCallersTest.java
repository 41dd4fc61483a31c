package io.aiwm.worker.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.common.Failure;
import io.aiwm.inference.route.GatewayConfig;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

class ConfiguredCallersTest {
    private final ConfiguredCallers callers = new ConfiguredCallers(InstantSource.system());

    private Failure.Kind refusal(String credential) {
        return Failure.of(callers.verify(credential).cause()).kind;
    }

    @Test
    void without_a_configuration_no_key_is_called_wrong() {
        assertThat(refusal("aiwm_some_key")).isEqualTo(Failure.Kind.UNAVAILABLE);
        assertThat(refusal(null)).isEqualTo(Failure.Kind.UNAUTHENTICATED);
        callers.configure(GatewayConfig.EMPTY);
        assertThat(refusal("aiwm_some_key")).isEqualTo(Failure.Kind.UNAUTHENTICATED);
    }
}
