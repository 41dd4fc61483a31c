package io.aiwm.controller.model.estimate;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.common.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What was measured is remembered at its highest, and raises estimates. */
class MeasuredUseTest {
    private static final Instant NOON = Instant.parse("2026-11-27T12:00:00Z");
    private static final MemoryEstimate ESTIMATE =
            new MemoryEstimate(EngineKind.llamacpp, 330, 100, List.of(110L, 120L), List.of(), List.of());

    @Test
    void the_highest_of_each_number_is_kept_whatever_the_order() {
        var first = MeasuredUse.of(100, List.of(50L), NOON);
        var second = MeasuredUse.of(90, List.of(40L, 70L), NOON.plus(Duration.ofMinutes(1)));
        var third = MeasuredUse.of(80, List.of(), NOON.plus(Duration.ofMinutes(2)));
        assertThat(first.and(second).and(third))
                .isEqualTo(new MeasuredUse(100, List.of(50L, 70L), 3, NOON.plus(Duration.ofMinutes(1))));
        var turned = third.and(second).and(first);
        assertThat(turned.memoryBytes()).isEqualTo(100);
        assertThat(turned.gpuMemoryBytes()).containsExactly(50L, 70L);
        assertThat(first.raisedMuchBy(second)).isTrue();
        assertThat(first.and(second).raisedMuchBy(first)).isFalse();
        assertThat(Json.decode(Json.encode(first), MeasuredUse.class)).isEqualTo(first);
    }

    @Test
    void a_higher_measurement_raises_the_estimate_and_both_are_shown() {
        var measured = MeasuredUse.of(150, List.of(100L, 130L), NOON);
        var corrected = CorrectedEstimate.of(ESTIMATE, measured);
        assertThat(corrected).isEqualTo(new CorrectedEstimate(ESTIMATE, measured, 150, List.of(110L, 130L)));
        assertThat(corrected.totalBytes()).isEqualTo(390);
    }

    @Test
    void a_lower_measurement_lowers_nothing() {
        var measured = MeasuredUse.of(10, List.of(), NOON);
        assertThat(CorrectedEstimate.of(ESTIMATE, measured))
                .isEqualTo(new CorrectedEstimate(ESTIMATE, measured, 100, List.of(110L, 120L)));
        assertThat(CorrectedEstimate.of(ESTIMATE, null).totalBytes()).isEqualTo(ESTIMATE.totalBytes());
    }

    @Test
    void what_is_hardly_higher_is_not_worth_storing() {
        var before = MeasuredUse.of(100_000, List.of(1L << 40), NOON);
        assertThat(before.raisedMuchBy(MeasuredUse.of(100_999, List.of(), NOON)))
                .isFalse();
        assertThat(before.raisedMuchBy(MeasuredUse.of(101_000, List.of(), NOON)))
                .isTrue();
        assertThat(before.raisedMuchBy(MeasuredUse.of(0, List.of((1L << 40) + (8L << 20) - 1), NOON)))
                .isFalse();
        assertThat(before.raisedMuchBy(MeasuredUse.of(0, List.of((1L << 40) + (8L << 20)), NOON)))
                .isTrue();
        assertThat(before.raisedMuchBy(MeasuredUse.of(0, List.of(1L, 1L), NOON)))
                .isTrue();
    }

    @Test
    void uses_are_comparable_in_the_same_setup_alone() {
        var one = EstimateRequestBuilder.builder().context(8_192).build();
        var split = EstimateRequestBuilder.builder().context(4_096).parallel(2).build();
        var slow = EstimateRequestBuilder.builder()
                .context(8_192)
                .flashAttention(false)
                .build();
        assertThat(MeasuredUse.Setup.of(one, null).id()).isEqualTo("llamacpp-8192x1-f16-fa-512-0");
        assertThat(MeasuredUse.Setup.of(split, null).id()).isEqualTo("llamacpp-4096x2-f16-fa-512-0");
        assertThat(MeasuredUse.Setup.of(slow, null).id()).isEqualTo("llamacpp-8192x1-f16-nofa-512-0");
        var moved = EstimateRequestBuilder.builder()
                .context(8_192)
                .gpus(new EstimateRequest.Gpus(1, 20, null))
                .build();
        assertThat(MeasuredUse.Setup.of(moved, null).id()).isEqualTo("llamacpp-8192x1-f16-fa-512-1-l20");
        var plain = EstimateRequestBuilder.builder().build();
        assertThat(MeasuredUse.Setup.of(plain, 2_048).id()).isEqualTo("llamacpp-2048x1-f16-fa-512-0");
    }
}
