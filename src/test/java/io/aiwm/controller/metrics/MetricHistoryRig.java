package io.aiwm.controller.metrics;

import io.aiwm.controller.metrics.MetricHistory.Answer;
import io.aiwm.controller.metrics.MetricHistory.Part;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.protocol.SystemInfo;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

/** Controllers that measure nodes and replicas, over one store, at times that a test sets. */
@Timeout(60)
abstract class MetricHistoryRig {
    static final String CPU = NodeSeries.CPU;

    final Vertx vertx = Vertx.vertx();
    final Instant start = Instant.parse("2026-11-27T10:00:00Z");
    Instant now = start;
    DocumentStore store;
    List<String> others = List.of();

    abstract DocumentStore store();

    /** What one process has. */
    final class Controller {
        final NodeMetrics nodes;
        final ReplicaMetrics replicas;
        final HourWriter writer;
        final MetricHours hours;
        final MetricHistory history;

        Controller(String id, Duration every) {
            nodes = new NodeMetrics(() -> now, every);
            replicas = new ReplicaMetrics(vertx, id, () -> others, () -> now);
            hours = new MetricHours(store, () -> now, Duration.ofDays(7));
            writer = new HourWriter(vertx, hours, id, nodes, replicas);
            history = new MetricHistory(vertx, id, () -> others, hours, nodes, replicas);
        }

        Controller(String id) {
            this(id, Duration.ofSeconds(10));
        }

        /** Lets a node tell its load every 10 s, and what is new be stored every minute. */
        void live(Duration time, double load) {
            for (long second = 0; second < time.toSeconds(); second += 10) {
                nodes.sampled("n1", cpu(load), null);
                now = now.plusSeconds(10);
                if (now.getEpochSecond() % 60 == 0) {
                    await(writer.run());
                }
            }
        }

        List<Number> means(Instant from, Instant to, int step) {
            List<Part> parts = ask(from, to, step).parts();
            return parts.isEmpty() ? List.of() : parts.get(0).means().get(CPU);
        }

        Answer ask(Instant from, Instant to, int step) {
            return await(history.ofNode("n1", SeriesRange.between(from, to, now, step)));
        }
    }

    @BeforeEach
    void open() {
        store = store();
        await(store.open(List.of(MetricHours.COLLECTION)));
    }

    @AfterEach
    void close() {
        await(store.close());
        await(vertx.close());
    }

    static SystemInfo cpu(double load) {
        return new SystemInfo(null, new SystemInfo.Cpu("x", 8, 4, load, null), null, null, null, null, null);
    }

    static <T> T await(Future<T> future) {
        try {
            return future.await(20, TimeUnit.SECONDS);
        } catch (TimeoutException cause) {
            throw new AssertionError(cause);
        }
    }
}
