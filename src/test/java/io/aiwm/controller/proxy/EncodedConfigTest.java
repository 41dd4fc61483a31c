package io.aiwm.controller.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.inference.limit.KeyLimits;
import io.aiwm.inference.route.GatewayConfig;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EncodedConfigTest {
    private static GatewayConfig.Key key(String id, int models) {
        var names = new ArrayList<String>();
        for (int i = 0; i < models; i++) {
            names.add("a-model-with-a-long-name-" + i);
        }
        return new GatewayConfig.Key(
                id, "hash", "ann", null, null, new KeyLimits(names, null, null, null, null, null), null);
    }

    @Test
    void one_that_is_too_large_goes_without_its_largest_keys() {
        var config = new GatewayConfig(
                7, null, null, null, List.of(key("a", 1), key("large", 400), key("b", 2), key("larger", 500)), null);
        assertThat(EncodedConfig.of(config).leftOut()).isZero();
        EncodedConfig fits = EncodedConfig.of(config, 4_000);
        assertThat(fits.config().keys()).extracting(GatewayConfig.Key::id).containsExactly("a", "b");
        assertThat(fits.leftOut()).isEqualTo(2);
        assertThat(fits.sha256()).isEqualTo(fits.pieces().get(0).sha256());
        assertThatThrownBy(() -> EncodedConfig.of(config, 10)).hasMessageContaining("too large");
    }
}
