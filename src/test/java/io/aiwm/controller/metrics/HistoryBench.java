package io.aiwm.controller.metrics;

import io.aiwm.boot.Config.Storage.Sync;
import io.aiwm.common.Json;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.aiwm.protocol.Metrics;
import io.aiwm.protocol.SystemInfo;
import io.aiwm.protocol.SystemInfo.Gpu;
import io.aiwm.protocol.SystemInfoGpuBuilder;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * What it costs to keep the history of nodes: an hour of the lives of many nodes with eight busy GPUs, a sample each 10 s, read from its
 * text, stored once a minute in SQLite with full sync. One JSON line a fleet.
 *
 * <p>Arguments: numbers of nodes (100, 1000 unless given); {@code --every 60} takes a sample a minute.
 */
public final class HistoryBench {
    private static final int GPUS = 8;
    private static final int MINUTES = 60;

    private Instant now = Instant.parse("2026-11-27T10:00:00Z");
    private final Random random = new Random(1);

    public static void main(String[] args) throws IOException {
        List<String> given = List.of(args);
        int at = given.indexOf("--every");
        int every = at < 0 ? 10 : Integer.parseInt(given.get(at + 1));
        List<String> sizes = at < 0 ? given : given.subList(0, at);
        for (String nodes : sizes.isEmpty() ? List.of("100", "1000") : sizes) {
            new HistoryBench().run(Integer.parseInt(nodes), every);
        }
    }

    private void run(int nodes, int every) throws IOException {
        Path folder = Files.createTempDirectory("aiwm-history-bench");
        Vertx vertx = Vertx.vertx();
        DocumentStore store = new SqliteStore(vertx, folder.resolve("bench.db"), Sync.FULL);
        store.open(List.of(MetricHours.COLLECTION)).await();
        var metrics = new NodeMetrics(() -> now, Duration.ofSeconds(every));
        var replicas = new ReplicaMetrics(vertx, "c1", List::of, () -> now);
        var hours = new MetricHours(store, () -> now, Duration.ofDays(7));
        var writer = new HourWriter(vertx, hours, "c1", metrics, replicas);
        var history = new MetricHistory(vertx, "c1", List::of, hours, metrics, replicas);
        var millis = new ArrayList<Double>();
        double cpuMillis = 0;
        double sampleMillis = 0;
        for (int minute = 0; minute < MINUTES; minute++) {
            for (int sample = 0; sample < 60 / every; sample++) {
                sampleMillis += sampled(metrics, nodes);
                now = now.plusSeconds(every);
            }
            double before = cpu();
            long began = System.nanoTime();
            writer.run().await();
            millis.add((System.nanoTime() - began) / 1e6);
            cpuMillis += cpu() - before;
        }
        long began = System.nanoTime();
        var answer = history.ofNode("n0", SeriesRange.between(now.minusSeconds(7_000), now, now, 60))
                .await();
        double readMillis = (System.nanoTime() - began) / 1e6;
        long chars = store.find(MetricHours.COLLECTION.name(), Query.all().limit(nodes)).await().documents().stream()
                .mapToLong(one -> one.json().length())
                .sum();
        millis.sort(null);
        System.out.println(new JsonObject()
                .put("bench", "history")
                .put("nodes", nodes)
                .put("series", nodes * (2 + 4 * GPUS))
                .put("every_s", every)
                .put("sample_cpu_ms_per_minute", Math.round(sampleMillis / MINUTES))
                .put("write_p50_ms", Math.round(millis.get(MINUTES / 2)))
                .put("write_max_ms", Math.round(millis.get(MINUTES - 1)))
                .put("write_cpu_ms_per_minute", Math.round(cpuMillis / MINUTES))
                .put("bytes_per_node_and_hour", chars / nodes)
                .put("gb_for_7_days", Math.round(chars * 24 * 7 / 1e7) / 100.0)
                .put("memory_mb", metrics.memory.bytes() >> 20)
                .put("read_2h_ms", Math.round(readMillis))
                .put("read_points", answer.range().points())
                .encode());
        store.close().await();
        vertx.close().await();
    }

    /** One of each node, as it comes over the wire. @return what that took, in milliseconds of processor time */
    private double sampled(NodeMetrics metrics, int nodes) {
        var texts = new ArrayList<String>(nodes);
        for (int node = 0; node < nodes; node++) {
            texts.add(Json.toObject(new Metrics(null, sample(), null)).encode());
        }
        double before = cpu();
        for (int node = 0; node < nodes; node++) {
            Metrics told = Json.decode(new JsonObject(texts.get(node)), Metrics.class);
            metrics.sampled("n" + node, told.system(), told.containers());
        }
        return cpu() - before;
    }

    private static double cpu() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                        .getProcessCpuTime()
                / 1e6;
    }

    private SystemInfo sample() {
        var gpus = new ArrayList<Gpu>();
        for (int i = 0; i < GPUS; i++) {
            gpus.add(SystemInfoGpuBuilder.builder()
                    .index(i)
                    .utilization(random.nextInt(101) / 100.0)
                    .memoryUsedBytes((60L << 30) + random.nextInt(1 << 30))
                    .temperature(60 + random.nextInt(10))
                    .powerWatts(400.0 + random.nextInt(200))
                    .build());
        }
        return new SystemInfo(
                null,
                new SystemInfo.Cpu("x", 128, 64, random.nextDouble(), null),
                new SystemInfo.Memory(1L << 40, (400L << 30) + random.nextInt(1 << 30), null, null),
                null,
                gpus,
                null,
                null);
    }
}
