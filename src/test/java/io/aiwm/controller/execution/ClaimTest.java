package io.aiwm.controller.execution;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.common.Amounts;
import io.aiwm.common.Json;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A claim as it is shown and sent has the fields that it is stored with. */
class ClaimTest {
    static List<Claim> claims() {
        var gpus = List.of(new Amounts.Gpu(1, 5L << 30));
        return List.of(
                Claim.NOTHING,
                new Claim(0.1, 64 << 20, List.of()),
                new Claim(Amounts.of(2, 5L << 40, 7)),
                new Claim(1.5, 6, gpus),
                new Claim(Amounts.of(1, 2, 3), List.of(new HostPort(80, "tcp", null))));
    }

    @ParameterizedTest
    @MethodSource("claims")
    void the_object_is_what_data_binding_makes(Claim claim) {
        assertThat(claim.json().encode()).isEqualTo(Json.encode(claim));
    }
}
