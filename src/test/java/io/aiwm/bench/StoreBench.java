package io.aiwm.bench;

import io.aiwm.boot.Config.Storage.Sync;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Collection;
import io.aiwm.controller.store.DocumentStore.Document;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntFunction;

/**
 * What the embedded store does on this machine: one JSON line per measurement. Documents of about 1.3 KB with six
 * declared fields, of which a replace changes the status (and at every tenth a time).
 *
 * <p>Arguments: documents (default 20000), milliseconds per measurement (default 3000), folder (default a temporary one;
 * must be on a real disk for the full-sync figures to mean something).
 */
public final class StoreBench {
    private static final String EXECUTIONS = "executions";
    private static final String[] STATUSES = {"PENDING", "QUEUED", "RUNNING", "COMPLETED"};

    private final Vertx vertx = Vertx.vertx();
    private final int documents;
    private final long measureNanos;
    private final List<Context> loops = new ArrayList<>();

    private StoreBench(int documents, long measureMillis) {
        this.documents = documents;
        this.measureNanos = measureMillis * 1_000_000;
    }

    public static void main(String[] args) throws IOException {
        int documents = args.length > 0 ? Integer.parseInt(args[0]) : 20_000;
        long millis = args.length > 1 ? Long.parseLong(args[1]) : 3_000;
        Path folder = args.length > 2 ? Path.of(args[2]) : Files.createTempDirectory("aiwm-store-bench");
        new StoreBench(documents, millis).run(folder);
    }

    private void run(Path folder) {
        for (int i = 0; i < 2; i++) {
            Promise<Context> found = Promise.promise();
            vertx.deployVerticle(new AbstractVerticle() {
                        @Override
                        public void start() {
                            found.complete(context);
                        }
                    })
                    .await();
            loops.add(found.future().await());
        }
        try {
            for (Sync sync : Sync.values()) {
                measure(folder.resolve("bench-" + sync + ".db"), sync);
            }
        } finally {
            vertx.close().await();
        }
    }

    private void measure(Path file, Sync sync) {
        DocumentStore store = new SqliteStore(vertx, file, sync);
        store.open(List.of(new Collection(
                        EXECUTIONS,
                        List.of(
                                Field.text("status"),
                                Field.text("nodeId"),
                                Field.text("kind"),
                                Field.text("createdAt"),
                                Field.number("wakeAt"),
                                Field.text("parentId")),
                        List.of(List.of("status", "createdAt")))))
                .await();
        for (int at = 0; at < documents; at += 1_000) {
            List<Document> some = new ArrayList<>();
            for (int i = at; i < at + 1_000; i++) {
                some.add(document(i, 1));
            }
            store.insertAll(EXECUTIONS, some).await();
        }
        long[] versions = new long[documents];
        Arrays.fill(versions, 1);
        IntFunction<Future<?>> replace =
                i -> store.replaceIf(EXECUTIONS, document(i, ++versions[i])).map(done -> {
                    if (!done) {
                        throw new IllegalStateException("document " + i + " was not replaced");
                    }
                    return null;
                });
        report(sync, "replace (warm-up)", 256, replace);
        for (int inFlight : new int[] {1, 64, 256}) {
            report(sync, "replace", inFlight, replace);
        }
        report(sync, "get recent", 64, i -> store.get(EXECUTIONS, id(i)));
        store.close().await();
        DocumentStore reopened = new SqliteStore(vertx, file, sync);
        reopened.open(List.of(new Collection(
                        EXECUTIONS,
                        List.of(Field.text("status"), Field.text("createdAt")),
                        List.of(List.of("status", "createdAt")))))
                .await();
        for (int inFlight : new int[] {1, 64}) {
            report(sync, "get from file", inFlight, i -> reopened.get(EXECUTIONS, id(i)));
        }
        Query page = Query.where(Query.Condition.eq("status", "RUNNING"))
                .orderBy("createdAt", true)
                .limit(50);
        report(sync, "page of 50, filtered and ordered", 4, i -> reopened.find(EXECUTIONS, page));
        reopened.close().await();
    }

    /** Keeps so many operations in flight, half on each of two event loops; documents are split between the slots. */
    private void report(Sync sync, String what, int inFlight, IntFunction<Future<?>> operation) {
        long cpuBefore = cpuNanos();
        long start = System.nanoTime();
        List<Future<long[]>> slots = new ArrayList<>();
        for (int slot = 0; slot < inFlight; slot++) {
            Promise<long[]> done = Promise.promise();
            Slot one = new Slot(slot, inFlight, start + measureNanos, operation, done);
            loops.get(slot % loops.size()).runOnContext(ignored -> one.next());
            slots.add(done.future());
        }
        List<long[]> latencies = Future.all(slots).await().list();
        long wall = System.nanoTime() - start;
        long cpu = cpuNanos() - cpuBefore;
        long[] all = latencies.stream().flatMapToLong(Arrays::stream).sorted().toArray();
        System.out.println(new JsonObject()
                .put("bench", "store")
                .put("what", what)
                .put("sync", sync.name().toLowerCase(Locale.ROOT))
                .put("inFlight", inFlight)
                .put("perSecond", Math.round(all.length * 1e9 / wall))
                .put("p50Ms", millis(all[all.length / 2]))
                .put("p99Ms", millis(all[(int) (all.length * 0.99)]))
                .put("maxMs", millis(all[all.length - 1]))
                .put("cpuMicrosEach", Math.round(cpu / 100.0 / all.length) / 10.0)
                .encode());
    }

    private final class Slot {
        private final int slot;
        private final int slots;
        private final long deadline;
        private final IntFunction<Future<?>> operation;
        private final Promise<long[]> done;
        private long[] latencies = new long[1_024];
        private int count;

        Slot(int slot, int slots, long deadline, IntFunction<Future<?>> operation, Promise<long[]> done) {
            this.slot = slot;
            this.slots = slots;
            this.deadline = deadline;
            this.operation = operation;
            this.done = done;
        }

        void next() {
            long start = System.nanoTime();
            if (start > deadline) {
                done.complete(Arrays.copyOf(latencies, count));
                return;
            }
            int own = ThreadLocalRandom.current().nextInt(documents / slots) * slots + slot;
            operation
                    .apply(own)
                    .onSuccess(ignored -> {
                        if (count == latencies.length) {
                            latencies = Arrays.copyOf(latencies, count * 2);
                        }
                        latencies[count++] = System.nanoTime() - start;
                        // A read answered at once must not recurse.
                        vertx.getOrCreateContext().runOnContext(again -> next());
                    })
                    .onFailure(done::fail);
        }
    }

    private static double millis(long nanos) {
        return Math.round(nanos / 10_000.0) / 100.0;
    }

    private static long cpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    private static String id(int i) {
        return "exec_" + (10_000_000 + i);
    }

    private static Document document(int i, long version) {
        StringBuilder json = new StringBuilder(1_400);
        json.append("{\"id\":\"").append(id(i)).append("\",\"version\":").append(version);
        json.append(",\"status\":\"").append(STATUSES[(int) (version % STATUSES.length)]);
        json.append("\",\"nodeId\":\"node_").append(i % 100).append("\",\"kind\":\"deployment\",\"createdAt\":\"");
        json.append("2026-01-01T00:00:")
                .append(10_000_000 + i)
                .append("Z\",\"wakeAt\":")
                .append(version / 10 * 1_000);
        json.append(",\"steps\":[");
        for (int step = 0; step < 3; step++) {
            json.append(step == 0 ? "{" : ",{").append("\"id\":\"step-").append(step);
            json.append("\",\"type\":\"deployment.create\",\"status\":\"RUNNING\",\"attempt\":1,\"commandId\":\"");
            json.append(id(i)).append("/").append(step).append("/1\",\"startedAt\":\"2026-01-01T00:00:00.000Z\",");
            json.append("\"payload\":{\"image\":\"registry.local/model-server:1.2.3\",\"env\":{\"MODEL\":\"llama\",");
            json.append("\"CONTEXT\":\"8192\"},\"memoryBytes\":17179869184},\"timeoutMs\":300000,");
            json.append("\"message\":\"the image was pulled and the container was created\"}");
        }
        String text = json.append("]}").toString();
        return new Document(id(i), version, text);
    }
}
