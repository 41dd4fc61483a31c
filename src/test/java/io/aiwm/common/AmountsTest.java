package io.aiwm.common;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.common.Amounts.Gpu;
import io.aiwm.common.Amounts.Kind;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AmountsTest {
    private static final Amounts SOME = Amounts.of(1.5, 100, 10, List.of(new Gpu(0, 40), new Gpu(2, 80)));
    private static final Amounts OTHER = Amounts.of(0.25, 300, 0, List.of(new Gpu(2, 10), new Gpu(1, 5)));

    @Test
    void each_kind_and_each_gpu_is_added_and_taken_away_for_itself() {
        assertThat(SOME.plus(OTHER))
                .isEqualTo(Amounts.of(1.75, 400, 10, List.of(new Gpu(0, 40), new Gpu(1, 5), new Gpu(2, 90))));
        assertThat(SOME.minus(OTHER))
                .isEqualTo(Amounts.of(1.25, -200, 10, List.of(new Gpu(0, 40), new Gpu(1, -5), new Gpu(2, 70))));
        assertThat(SOME.plus(Amounts.NOTHING)).isEqualTo(SOME);
        assertThat(Amounts.NOTHING.plus(SOME)).isEqualTo(SOME);
    }

    @Test
    void the_larger_of_each_kind_and_of_each_gpu_is_taken() {
        assertThat(SOME.max(OTHER))
                .isEqualTo(Amounts.of(1.5, 300, 10, List.of(new Gpu(0, 40), new Gpu(1, 5), new Gpu(2, 80))));
        assertThat(Amounts.of(-1, 5, -3).atLeastNothing()).isEqualTo(Amounts.of(0, 5, 0));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "GPUS")
    void one_more_of_any_kind_than_there_is_is_what_is_lacking(Kind kind) {
        Amounts more = SOME.with(kind, SOME.get(kind) + 1);
        assertThat(SOME.firstLacking(SOME)).isNull();
        assertThat(more.firstLacking(SOME)).isEqualTo(kind);
        assertThat(more.fits(SOME)).isFalse();
        assertThat(SOME.fits(more)).isTrue();
        assertThat(more.isNothing()).isFalse();
        assertThat(SOME.with(kind, 0).fits(SOME.with(kind, -1)))
                .as("not asked for")
                .isTrue();
    }

    @Test
    void a_gpu_has_to_have_the_share_that_is_asked_of_it() {
        Amounts asks = Amounts.NOTHING.withGpus(List.of(new Gpu(0, 41)));
        assertThat(asks.firstLacking(SOME)).isEqualTo(Kind.GPUS);
        assertThat(Amounts.NOTHING.withGpus(List.of(new Gpu(0, 40))).fits(SOME)).isTrue();
        assertThat(Amounts.NOTHING.withGpus(List.of(new Gpu(7, 1))).fits(SOME)).isFalse();
        assertThat(Amounts.NOTHING
                        .withGpus(List.of(new Gpu(0, 30), new Gpu(0, 20)))
                        .get(Kind.GPUS))
                .isEqualTo(50);
        assertThat(asks.isNothing()).isFalse();
    }

    @Test
    void only_kinds_that_are_asked_for_remain() {
        assertThat(SOME.askedBy(Amounts.of(0, 1, 0, List.of(new Gpu(2, 1)))))
                .isEqualTo(Amounts.of(0, 100, 0, List.of(new Gpu(2, 80))));
    }

    @Test
    void it_is_the_same_after_json_and_what_is_not_known_there_is_passed_over() {
        assertThat(Json.encode(SOME))
                .isEqualTo("{\"cpu\":1.5,\"memoryBytes\":100,\"diskBytes\":10,"
                        + "\"gpus\":[{\"index\":0,\"memoryBytes\":40},{\"index\":2,\"memoryBytes\":80}]}");
        assertThat(Json.decode(Json.encode(SOME), Amounts.class)).isEqualTo(SOME);
        assertThat(Json.encode(Amounts.NOTHING)).isEqualTo("{\"cpu\":0.0,\"memoryBytes\":0,\"gpus\":[]}");
        assertThat(Json.decode(
                        "{\"x\":{\"cpu\":[7]},\"gpus\":null,\"cpu\":2,\"diskBytes\":9007199254740993}", Amounts.class))
                .isEqualTo(Amounts.of(2, 0, 9_007_199_254_740_993L));
    }
}
