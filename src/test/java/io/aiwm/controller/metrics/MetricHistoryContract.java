package io.aiwm.controller.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.metrics.MetricHistory.Answer;
import io.aiwm.controller.metrics.MetricHistory.Part;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.Query;
import io.aiwm.protocol.MetricsContainerStatsBuilder;
import io.aiwm.protocol.SystemInfo;
import io.aiwm.protocol.SystemInfoGpuBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is told of the past, from memory and a store. */
abstract class MetricHistoryContract extends MetricHistoryRig {
    private long documents() {
        return await(store.count(MetricHours.COLLECTION.name(), List.of()));
    }

    @Test
    void a_time_that_crosses_memory_and_store_is_one_series() {
        var one = new Controller("c1");
        one.live(Duration.ofHours(2), 0.25);
        one.live(Duration.ofHours(1), 0.5);
        List<Number> points = one.means(start, now, 60);
        assertThat(points).hasSize(180).doesNotContainNull();
        assertThat(points.subList(0, 120)).containsOnly(0.25);
        assertThat(points.subList(120, 180)).containsOnly(0.5);
        // the whole hour that is in memory, as fine as it came
        assertThat(one.means(now.minusSeconds(3_600), now, 10)).hasSize(360).containsOnly(0.5);
        assertThat(documents()).isEqualTo(3);
    }

    @Test
    void a_point_of_several_samples_has_their_mean_and_the_largest() {
        var one = new Controller("c1");
        for (int round = 0; round < 120; round++) {
            one.live(Duration.ofSeconds(50), 0);
            one.live(Duration.ofSeconds(10), 0.75);
        }
        for (Instant from : List.of(start, now.minusSeconds(600))) {
            Part part = one.ask(from, from.plusSeconds(600), 300).parts().get(0);
            assertThat(part.means().get(CPU)).containsExactly(0.125, 0.125);
            assertThat(part.largest().get(CPU)).containsExactly(0.75, 0.75);
        }
        Part fine = one.ask(now.minusSeconds(60), now, 10).parts().get(0);
        assertThat(fine.means().get(CPU)).containsExactly(0L, 0L, 0L, 0L, 0L, 0.75);
        assertThat(fine.largest()).isEmpty();
    }

    @Test
    void a_time_without_samples_is_null() {
        var one = new Controller("c1");
        one.live(Duration.ofMinutes(3), 0.5);
        now = now.plus(Duration.ofMinutes(90));
        one.live(Duration.ofMinutes(2), 0.5);
        List<Number> points = one.means(start, now, 60);
        assertThat(points).hasSize(95);
        assertThat(points.subList(0, 3)).doesNotContainNull();
        assertThat(points.subList(3, 93)).containsOnlyNulls();
        assertThat(points.subList(93, 95)).doesNotContainNull();
    }

    @Test
    void a_kill_loses_no_more_than_the_minute_that_is_not_over() {
        new Controller("c1").live(Duration.ofSeconds(5 * 60 + 50), 0.5);
        var next = new Controller("c2");
        next.live(Duration.ofSeconds(10), 0.25); // the rest of that minute
        next.live(Duration.ofMinutes(2), 0.25);
        List<Number> points = next.means(start, now, 60);
        assertThat(points).hasSize(8).doesNotContainNull();
        assertThat(points.subList(0, 5)).containsOnly(0.5);
        assertThat(points.subList(5, 8)).containsOnly(0.25);
    }

    /** It has the end of that minute in memory, and the store has its beginning. */
    @Test
    void who_is_killed_after_a_write_and_back_in_the_same_minute_shows_both_parts_of_it() {
        var one = new Controller("c1");
        one.live(Duration.ofSeconds(5 * 60 + 30), 0.5);
        await(one.writer.run());
        var next = new Controller("c2");
        next.live(Duration.ofSeconds(20), 0.25);
        assertThat(next.means(start.plusSeconds(300), now, 10)).containsExactly(0.5, 0.5, 0.5, 0.25, 0.25);
        Part whole = next.ask(start.plusSeconds(240), start.plusSeconds(360), 60)
                .parts()
                .get(0);
        assertThat(whole.means().get(CPU)).containsExactly(0.5, 0.4);
        assertThat(whole.largest().get(CPU)).containsExactly(0.5, 0.5);
    }

    /** What it has stored itself tells no more than its memory. */
    @Test
    void the_time_before_the_first_sample_stays_empty_in_a_minute_that_is_stored() {
        var one = new Controller("c1");
        now = now.plusSeconds(30);
        one.live(Duration.ofSeconds(60), 0.5);
        await(one.writer.run());
        assertThat(one.means(start, now, 10)).containsExactly(null, null, null, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5);
    }

    @Test
    void a_sample_stands_for_the_time_since_the_one_before() {
        var one = new Controller("c1", Duration.ofMinutes(1));
        for (int i = 0; i < 5; i++) {
            one.nodes.sampled("n1", cpu(i / 8.0), null);
            now = now.plusSeconds(60);
            await(one.writer.run());
        }
        assertThat(one.means(start, start.plusSeconds(60), 10)).containsExactly(0L, 0.125, 0.125, 0.125, 0.125, 0.125);
        // the same from the store, where the second sample came after the first minute had been stored
        var next = new Controller("c2");
        assertThat(next.means(start, start.plusSeconds(120), 60).get(0)).isEqualTo(0.104);
    }

    @Test
    void what_was_stored_stays_when_the_store_was_away_for_longer_than_the_memory_lasts() {
        var one = new Controller("c1");
        one.live(Duration.ofMinutes(10), 0.5);
        for (int i = 0; i < 6 * 65; i++) { // not stored
            one.nodes.sampled("n1", cpu(0.25), null);
            now = now.plusSeconds(10);
        }
        await(one.writer.run());
        List<Number> points = new Controller("c2").means(start, now, 60);
        assertThat(points.subList(0, 10)).containsOnly(0.5);
        assertThat(points.subList(10, 13)).containsOnlyNulls();
        assertThat(points.subList(15, 75)).containsOnly(0.25);
    }

    @Test
    void what_two_controllers_measured_is_one_series_and_one_that_is_silent_is_named() {
        others = List.of("c2", "c3");
        var one = new Controller("c1");
        var two = new Controller("c2");
        await(two.history.serve());
        one.nodes.sampled("n1", cpu(0.5), null);
        now = now.plusSeconds(10);
        two.nodes.sampled("n1", cpu(0.25), null);
        assertThat(one.means(start, now.plusSeconds(10), 10)).containsExactly(0.5, 0.25);
        assertThat(one.ask(start, now, 10).unanswered()).containsExactly("c3");
    }

    @Test
    void gpus_and_replicas_have_series_of_their_own() {
        var one = new Controller("c1");
        var gpu = SystemInfoGpuBuilder.builder()
                .index(1)
                .utilization(0.5)
                .memoryUsedBytes(8L << 30)
                .temperature(61)
                .powerWatts(250.5)
                .build();
        one.nodes.sampled("n1", new SystemInfo(null, null, null, null, List.of(gpu), null, null), null);
        one.replicas.sampled(
                "n1",
                MetricsContainerStatsBuilder.builder()
                        .containerId("c")
                        .deploymentId("dep_1")
                        .replica(2)
                        .cpuUsage(1.5)
                        .build());
        now = now.plusSeconds(60);
        await(one.writer.run());
        var next = new Controller("c2");
        Part part = next.ask(start, now, 60).parts().get(0);
        assertThat(part.means())
                .containsEntry("gpu/1/utilization", List.of(0.5))
                .containsEntry("gpu/1/memoryUsedBytes", List.of(8L << 30))
                .containsEntry("gpu/1/temperatureCelsius", List.of(61L))
                .containsEntry("gpu/1/powerWatts", List.of(250.5));
        Answer replicas = await(next.history.ofDeployment("dep_1", SeriesRange.between(start, now, now, 60)));
        assertThat(replicas.parts()).singleElement().satisfies(replica -> {
            assertThat(replica.part()).isEqualTo("2");
            assertThat(replica.means()).containsEntry("cpu", List.of(1.5));
        });
    }

    @Test
    void hours_are_deleted_by_age() {
        var one = new Controller("c1");
        one.live(Duration.ofMinutes(121), 0.5);
        assertThat(documents()).isEqualTo(3);
        now = start.plus(Duration.ofDays(7)).plus(Duration.ofMinutes(61));
        await(one.hours.run());
        assertThat(documents()).isEqualTo(1);
    }

    @Test
    void an_hour_that_cannot_be_read_leaves_a_gap_alone() {
        var one = new Controller("c1");
        one.live(Duration.ofHours(2), 0.5);
        var first = await(store.find(MetricHours.COLLECTION.name(), Query.all().limit(1)))
                .documents()
                .get(0);
        await(store.putAll(
                MetricHours.COLLECTION.name(),
                List.of(new DocumentStore.Document(
                        first.id(), 1, first.json().replaceFirst("\"data\":\"[^\"]*", "\"data\":\"AAAA")))));
        List<Number> points = new Controller("c2").means(start, now, 600);
        assertThat(points).hasSize(12);
        assertThat(new ArrayList<>(points)).contains(null, 0.5);
    }

    @Test
    void many_series_over_a_long_time_have_longer_steps() {
        var range = SeriesRange.between(start, start.plus(Duration.ofDays(7)), start.plus(Duration.ofDays(7)), 10);
        assertThat(range.stepSeconds()).isEqualTo(60);
        assertThat(range.points()).isEqualTo(7 * 24 * 60);
        var fewer = range.within(9_000, 37);
        assertThat(fewer.points() * 37).isLessThanOrEqualTo(9_000 + 37);
        assertThat(SeriesRange.between(start, start.plus(Duration.ofDays(7)), now, 0)
                        .stepSeconds())
                .isEqualTo(1_800);
        assertThat(SeriesRange.between(start.minusSeconds(3_600), start, start, 0)
                        .stepSeconds())
                .isEqualTo(10);
    }
}
