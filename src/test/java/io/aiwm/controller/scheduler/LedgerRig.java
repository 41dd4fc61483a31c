package io.aiwm.controller.scheduler;

import io.aiwm.boot.Config;
import io.aiwm.controller.deployment.Deployment;
import io.aiwm.controller.deployment.Deployments;
import io.aiwm.controller.eventlog.EventLog;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.node.NewNodeBuilder;
import io.aiwm.controller.node.NodeTokens;
import io.aiwm.controller.node.Nodes;
import io.aiwm.controller.node.Storms;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.MemoryStore;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.NodeRegisterBuilder;
import io.aiwm.protocol.ReplayedIds;
import io.aiwm.protocol.SystemInfo;
import io.aiwm.protocol.SystemInfoGpuBuilder;
import io.aiwm.testing.SeededBus;
import io.aiwm.testing.SeededOrder;
import io.aiwm.testing.TestSettings;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Controllers as they are put together, from nodes to deployments, over one store, one bus and a clock, none of which does
 * anything by itself: in which order answers, messages and passes come the seed says. So what a seed does once it does
 * again, callback by callback.
 */
final class LedgerRig implements AutoCloseable {
    static final double RESERVED = 0.1;
    static final int CORES = 8;
    static final long MEMORY = 1_000L << 20;
    static final long DISK = 2_000L << 20;
    static final long GPU_MEMORY = 80L << 20;
    static final int SLOTS = 6;
    static final List<String> NODES = List.of("n0", "n1", "n2");

    static final Config.Scheduler SETTINGS = TestSettings.scheduler()
            .reservedCpu(RESERVED)
            .reservedMemory(RESERVED)
            .cooldown(Duration.ofSeconds(5))
            .cooldownMax(Duration.ofSeconds(20))
            .build();

    static final Config.Executions LIMITS = TestSettings.executions()
            .maxSteps(100)
            .maxOpen(10_000)
            .defaultTimeout(Duration.ofMinutes(5))
            .retryBackoffMax(Duration.ofSeconds(4))
            .build();

    /** Without storms: they have tests of their own. */
    static final Config.Fleet FLEET = new Config.Fleet(
            Duration.ofSeconds(4), Duration.ofSeconds(60), Duration.ofSeconds(10), Duration.ofSeconds(20), true, 0, 3);

    private Instant now = Instant.parse("2026-11-21T10:00:00Z");
    final InstantSource clock = this::now;
    private final ReplayedIds ids;
    private final Random random;
    final SeededOrder order;
    final SeededBus bus;
    final MemoryStore store = new MemoryStore();
    final SharedRecords records = new SharedRecords();
    /** What {@link #executions} answers until the next write. */
    private Map<String, Execution> stored;

    final PromiseHistory history = new PromiseHistory(this::execution);
    final Consumer<Supplier<String>> trace;
    private int started;
    final boolean alone;
    final List<LedgerController> controllers = new ArrayList<>();
    final Set<String> silent = new HashSet<>();

    /** @param trace hears of everything that is done, for who wants to see how a seed comes to its end */
    LedgerRig(int controllers, long seed, Consumer<Supplier<String>> trace) {
        this.trace = trace;
        this.alone = controllers == 1;
        random = new Random(seed * 31);
        ids = new ReplayedIds(clock, seed);
        order = new SeededOrder(random, () -> now = now.plusMillis(random.nextInt(3)));
        bus = new SeededBus(order);
        store.onWritten((collection, before, after) -> {
            stored = null;
            history.written(collection, before, after);
        });
        store.open(List.of(
                Nodes.COLLECTION,
                NodeTokens.COLLECTION,
                Storms.COLLECTION,
                Executions.COLLECTION,
                SharedClaims.COLLECTION,
                Deployments.COLLECTION,
                EventLog.COLLECTION));
        for (int i = 0; i < controllers; i++) {
            this.controllers.add(new LedgerController(this, ++started));
        }
        for (String node : NODES) {
            await(this.controllers
                    .get(0)
                    .nodes
                    .create(NewNodeBuilder.builder().id(node).build()));
            register(node);
            order.drain();
        }
    }

    /** Without what is reserved. */
    static long usable(long capacity) {
        return capacity - Math.round(capacity * RESERVED);
    }

    Instant now() {
        return now;
    }

    static void quietly(Future<?> future) {
        future.otherwiseEmpty();
    }

    /** Lets everything come that is under way. */
    void settle() {
        order.drain();
    }

    /** Lets some of it come. */
    void some(int callbacks) {
        order.some(callbacks);
    }

    long callbacks() {
        return order.done();
    }

    /** All that the process had in memory is gone, and what it was about to do is not done. */
    void replace(int index) {
        controllers.get(index).mortal.dieAfter(0);
        var fresh = new LedgerController(this, ++started);
        controllers.set(index, fresh);
        // the first it does: what ended without anybody having heard of it
        quietly(fresh.sweep.run());
    }

    /** Lets time pass, with what time brings. Nodes that are silent stay so. @param then after every few seconds of it */
    void pass(Duration time, Runnable then) {
        long left = time.toMillis();
        while (left > 0) {
            long step = Math.min(left, 4_000);
            now = now.plusMillis(step);
            left -= step;
            controllers.forEach(LedgerController::tick);
            then.run();
        }
        controllers.forEach(LedgerController::sweeps);
        then.run();
    }

    void register(String node) {
        silent.remove(node);
        for (LedgerController controller : controllers) {
            controller.admission.seen(node, List.of());
        }
        quietly(controllers.get(0).nodes.registered(node, registration(node), "websocket"));
    }

    private static NodeRegister registration(String node) {
        var gpus = IntStream.range(0, 2)
                .mapToObj(i -> SystemInfoGpuBuilder.builder()
                        .index(i)
                        .uuid("u" + i)
                        .model("NVIDIA H200")
                        .health("ok")
                        .memoryTotalBytes(GPU_MEMORY)
                        .memoryUsedBytes(0L)
                        .utilization(0.0)
                        .temperature(30)
                        .build())
                .toList();
        var system = new SystemInfo(
                null,
                new SystemInfo.Cpu("x", CORES, CORES, null, null),
                new SystemInfo.Memory(MEMORY, 0L, MEMORY, 0L),
                List.of(new SystemInfo.Disk("/", "ext4", DISK, 0L, true)),
                gpus,
                List.of(),
                null);
        return NodeRegisterBuilder.builder()
                .nodeId(node)
                .name(node)
                .hostname(node)
                .agentVersion("0.1.0")
                .role("gpu")
                .zone("a")
                .labels(Map.of())
                .capabilities(List.of(NodeRegister.CONTAINER_ENGINE))
                .runtimes(List.of("runc"))
                .maxParallel(SLOTS)
                .system(system)
                .build();
    }

    /** As they are stored, oldest first. */
    Map<String, Execution> executions() {
        if (stored != null) {
            return stored;
        }
        var read = new ArrayList<Execution>();
        store.all(Executions.COLLECTION.name()).forEach(one -> read.add(execution(one)));
        read.sort(Comparator.comparing(Execution::createdAt).thenComparing(Execution::id));
        var all = new LinkedHashMap<String, Execution>();
        read.forEach(one -> all.put(one.id(), one));
        stored = all;
        return all;
    }

    private Execution execution(DocumentStore.Document document) {
        return records.decode(document, Execution.class);
    }

    List<Deployment> deployments() {
        return store.all(Deployments.COLLECTION.name()).stream()
                .map(one -> records.decode(one, Deployment.class))
                .toList();
    }

    /** Claims as the record of each node has them. */
    Map<String, List<NodeClaims.NodeClaim>> claims() {
        var all = new LinkedHashMap<String, List<NodeClaims.NodeClaim>>();
        store.all(SharedClaims.COLLECTION.name()).stream()
                .map(one -> records.decode(one, NodeClaims.class))
                .forEach(node -> all.put(node.id(), node.claims()));
        return all;
    }

    void await(Future<?> future) {
        order.until(future::isComplete);
        if (future.failed()) {
            throw new AssertionError(future.cause());
        }
    }

    @Override
    public void close() {
        ids.close();
    }
}
