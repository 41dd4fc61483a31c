package io.aiwm.controller.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.protocol.Metrics.ContainerStats;
import io.aiwm.protocol.MetricsContainerStatsBuilder;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ReplicaMetricsTest {
    private final Vertx vertx = Vertx.vertx();
    private Instant now = Instant.parse("2026-11-27T10:00:00Z");

    @AfterEach
    void close() {
        vertx.close();
    }

    private ReplicaMetrics controller(String id, String... others) {
        return controller(ReplicaMetrics.MOST_BYTES, id, others);
    }

    private ReplicaMetrics controller(long mostBytes, String id, String... others) {
        Collection<String> living = List.of(others);
        return new ReplicaMetrics(vertx, id, () -> living, () -> now, mostBytes);
    }

    private static ContainerStats stats(String deployment, int replica, String container, double cores, Long sent) {
        return MetricsContainerStatsBuilder.builder()
                .containerId(container)
                .deploymentId(deployment)
                .replica(replica)
                .cpuUsage(cores)
                .networkSentBytes(sent)
                .build();
    }

    private void pass(long seconds) {
        now = now.plusSeconds(seconds);
    }

    private ReplicaMetrics.Answer ask(ReplicaMetrics controller, int minutes, int step) {
        return await(controller.of("dep_1", SeriesRange.until(now, minutes, step)));
    }

    private List<Number> series(ReplicaMetrics controller, Measure measure, int minutes, int step) {
        return ask(controller, minutes, step)
                .replicas()
                .iterator()
                .next()
                .series()
                .get(measure);
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.await(10, TimeUnit.SECONDS);
        } catch (TimeoutException cause) {
            throw new AssertionError(cause);
        }
    }

    @Test
    void a_sample_that_comes_a_little_late_leaves_no_hole_and_one_that_is_missing_does() {
        var metrics = controller("c1");
        for (int wait : new int[] {9, 11, 20, 30}) {
            metrics.sampled("n1", stats("dep_1", 0, "c", wait, 0L));
            pass(wait);
        }
        metrics.sampled("n1", stats("dep_1", 0, "c", 99, 0L));
        // at 0, 9, 20, 40 and 70 s
        assertThat(series(metrics, Measure.CPU, 2, 10))
                .containsExactly(null, null, null, null, 11.0, 20.0, 20.0, 30.0, 30.0, null, null, 99.0);
    }

    @Test
    void points_are_means_and_begin_at_the_same_times_whenever_they_are_asked_for() {
        var metrics = controller("c1");
        for (int i = 0; i < 6; i++) {
            metrics.sampled("n1", stats("dep_1", 0, "c", i, null));
            pass(10);
        }
        assertThat(series(metrics, Measure.CPU, 2, 60)).containsExactly(2.5, null);
        pass(10);
        assertThat(series(metrics, Measure.CPU, 2, 60)).containsExactly(2.5, null);
        assertThat(series(metrics, Measure.CPU, 60, 3_600)).containsExactly(2.5);
    }

    @Test
    void what_was_sent_is_a_rate_and_another_container_counts_anew() {
        var metrics = controller("c1");
        String[] containers = {"c", "c", "d", "d"};
        long[] sent = {1_000, 3_000, 100, 600};
        for (int i = 0; i < 4; i++) {
            metrics.sampled("n1", stats("dep_1", 0, containers[i], 1, sent[i]));
            pass(10);
        }
        assertThat(series(metrics, Measure.SENT, 1, 10)).containsExactly(null, null, 200L, null, 50L, null);
    }

    @Test
    void a_replica_that_went_keeps_its_hour_and_is_then_forgotten() {
        var metrics = controller("c1");
        metrics.sampled("n1", stats("dep_1", 3, "c", 1, null));
        pass(3_590);
        await(metrics.run());
        assertThat(series(metrics, Measure.CPU, 60, 10)).hasSize(360).startsWith(1.0);
        pass(10);
        await(metrics.run());
        assertThat(ask(metrics, 60, 10).replicas()).isEmpty();
        assertThat(metrics.bytes()).isZero();
    }

    @Test
    void all_together_takes_no_more_than_its_limit_and_the_longest_silent_goes_first() {
        var metrics = controller(20_000, "c1");
        for (int i = 0; i < 100; i++) {
            metrics.sampled("n1", stats("dep_1", i, "c", 1, null));
            metrics.sampled("n1", stats("dep_1", 0, "c", 1, null));
            pass(1);
        }
        assertThat(metrics.bytes()).isBetween(15_000L, 20_000L);
        assertThat(ask(metrics, 1, 10).replicas().stream().map(ReplicaHistory::replica))
                .startsWith(0)
                .endsWith(99)
                .doesNotContain(1);
    }

    @Test
    void the_documented_number_of_replicas_fits() {
        var metrics = controller("c1");
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < 8_000; i++) {
                metrics.sampled(
                        "n1",
                        MetricsContainerStatsBuilder.builder(stats("dep_" + i, 0, "c", 1, 1L))
                                .memoryUsedBytes(1L)
                                .networkReceivedBytes(1L)
                                .restarts(0)
                                .build());
            }
            pass(10);
        }
        assertThat(await(metrics.of("dep_0", SeriesRange.until(now, 1, 10))).replicas())
                .hasSize(1);
    }

    @Test
    void what_two_controllers_measured_is_one_series_and_one_that_is_silent_is_named() {
        var before = controller("c1", "c2", "c3");
        var after = controller("c2", "c1");
        await(before.serve());
        await(after.serve());
        before.sampled("n1", stats("dep_1", 0, "c", 1, null));
        pass(10);
        after.sampled("n1", stats("dep_1", 0, "c", 2, null));
        after.sampled("n2", stats("dep_1", 1, "d", 3, null));

        assertThat(series(before, Measure.CPU, 1, 10)).containsExactly(null, null, null, null, 1.0, 2.0);
        assertThat(series(after, Measure.CPU, 1, 10)).containsExactly(null, null, null, null, 1.0, 2.0);
        assertThat(ask(before, 1, 10).replicas()).hasSize(2);
        assertThat(ask(before, 1, 10).unanswered()).containsExactly("c3");
        assertThat(ask(after, 1, 10).unanswered()).isEmpty();
    }

    @Test
    void many_replicas_have_fewer_points() {
        var hour = SeriesRange.until(now, 60, 10);
        assertThat(hour.within(18_000, 50)).isEqualTo(hour);
        var fewer = hour.within(18_000, 200);
        assertThat(fewer.stepSeconds()).isEqualTo(40);
        assertThat(fewer.points()).isEqualTo(90);
    }
}
