package io.aiwm.controller.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HourDataTest {
    private static float[] slots(float value) {
        var slots = new float[SeriesRings.SLOTS];
        Arrays.fill(slots, value);
        return slots;
    }

    @Test
    void what_is_read_is_what_was_written_within_a_four_thousandth_of_the_largest() {
        var random = new Random(7);
        var series = new LinkedHashMap<String, float[]>();
        for (float most : new float[] {1, 100, 8e10f, 1e-3f}) {
            float[] slots = slots(0);
            for (int i = 0; i < slots.length; i++) {
                slots[i] = i % 50 < 10 ? Float.NaN : random.nextFloat() * most;
            }
            series.put("of " + most, slots);
        }
        HourData written = HourData.of(series);
        HourData read = HourData.of(written.text());
        assertThat(read.series().keySet()).isEqualTo(series.keySet());
        read.series().forEach((name, minutes) -> {
            float most = Float.parseFloat(name.substring(3));
            HourData.Minutes before = written.series().get(name);
            for (int i = 0; i < HourData.MINUTES; i++) {
                assertThat(Float.isNaN(minutes.mean[i])).isEqualTo(Float.isNaN(before.mean[i]));
                if (!Float.isNaN(minutes.mean[i])) {
                    assertThat(minutes.mean[i]).isCloseTo(before.mean[i], within(most));
                    assertThat(minutes.largest[i]).isCloseTo(before.largest[i], within(most));
                }
            }
        });
    }

    private static org.assertj.core.data.Offset<Float> within(float most) {
        return org.assertj.core.data.Offset.offset(most / 2_000);
    }

    @Test
    void means_and_largest_of_minutes_are_kept_and_small_whole_numbers_are_exact() {
        float[] restarts = slots(Float.NaN);
        Arrays.fill(restarts, 6, 12, 3);
        float[] load = slots(0);
        load[7] = 0.75f;
        HourData read = HourData.of(
                HourData.of(Map.of("restarts", restarts, "load", load)).text());
        HourData.Minutes restarted = read.series().get("restarts");
        assertThat(restarted.mean[0]).isNaN();
        assertThat(restarted.mean[1]).isEqualTo(3);
        assertThat(restarted.mean[2]).isNaN();
        HourData.Minutes loaded = read.series().get("load");
        assertThat(loaded.mean[1]).isEqualTo(0.125f);
        assertThat(loaded.largest[1]).isEqualTo(0.75f);
        assertThat(loaded.largest[0]).isZero();
    }

    @Test
    void a_series_without_any_sample_is_left_out() {
        assertThat(HourData.of(Map.of("none", slots(Float.NaN))).series()).isEmpty();
    }

    @Test
    void what_is_no_hour_is_refused() {
        String text = HourData.of(Map.of("a", slots(1))).text();
        assertThatThrownBy(() -> HourData.of(text.substring(0, text.length() / 2 / 4 * 4)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> HourData.of("AAAA")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> HourData.of("?")).isInstanceOf(IllegalArgumentException.class);
    }
}
