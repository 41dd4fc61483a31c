package io.aiwm.controller.node;

import io.aiwm.boot.Config;
import io.aiwm.boot.Secrets;
import io.aiwm.common.Ids;
import io.aiwm.controller.auth.JwtTokens;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.NodeRegisterBuilder;
import io.aiwm.protocol.SystemInfo;
import io.aiwm.protocol.SystemInfoGpuBuilder;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The node room over a real store, with a clock the test turns. */
public final class FleetUnderTest implements AutoCloseable {
    public static final Config.Fleet LIMITS = new Config.Fleet(
            Duration.ofSeconds(30),
            Duration.ofSeconds(60),
            Duration.ofSeconds(90),
            Duration.ofSeconds(180),
            true,
            0.5,
            3);

    /** Stands still until told to move. */
    public static final class Clock implements InstantSource {
        private volatile Instant now = Instant.parse("2026-11-21T10:00:00Z");

        @Override
        public Instant instant() {
            return now;
        }

        public void pass(Duration time) {
            now = now.plus(time);
        }
    }

    public final Vertx vertx = Vertx.vertx();
    public final Clock clock = new Clock();
    public final JwtTokens jwt =
            new JwtTokens(vertx, new Secrets("0123456789abcdef0123456789abcdef", null, null, null), clock);
    public final DocumentStore store;
    public Nodes nodes;
    public Storms storms;
    public SilentNodes silent;
    public NodeMaintenance maintenance;
    public NodeTokens tokens;
    public NodeAdmission admission;
    public NodeClocks clocks;

    public FleetUnderTest(Path folder, DocumentStore.Collection... more) {
        store = new SqliteStore(vertx, folder.resolve("test.db"), Config.Storage.Sync.NORMAL);
        var collections =
                new java.util.ArrayList<>(List.of(Nodes.COLLECTION, NodeTokens.COLLECTION, Storms.COLLECTION));
        collections.addAll(List.of(more));
        await(store.open(collections));
        restart();
    }

    /** A controller that begins anew on the same store. */
    public void restart() {
        nodes = new Nodes(vertx, store, clock, LIMITS, Ids.next("ctl"));
        storms = new Storms(store, clock);
        silent = new SilentNodes(nodes, ControllerPresence.alone(), storms, clock, LIMITS);
        maintenance = new NodeMaintenance(nodes, clock);
        clocks = new NodeClocks(clock);
        tokens = new NodeTokens(store, nodes, jwt, clock, Duration.ofDays(30));
        admission = new NodeAdmission(nodes, tokens, clock, clocks, LIMITS);
        await(nodes.start());
    }

    public Node create(String id) {
        return await(nodes.create(NewNodeBuilder.builder().id(id).build()));
    }

    public Node register(String id) {
        return await(nodes.registered(id, registration(id, "zone-a", Map.of("disk", "ssd")), "websocket"));
    }

    public static NodeRegister registration(String id, String zone, Map<String, String> labels) {
        return registration(
                id,
                zone,
                labels,
                new SystemInfo(null, new SystemInfo.Cpu("x", 8, 4, 0.1, null), null, null, null, null, null));
    }

    public static NodeRegister registration(String id, SystemInfo system) {
        return registration(id, "zone-a", Map.of(), system);
    }

    /** A GPU of 100 bytes of memory of which 10 are in use, and one that fell off. */
    public static List<SystemInfo.Gpu> wellAndIll(String well, String ill) {
        var first = SystemInfoGpuBuilder.builder()
                .index(0)
                .uuid(well)
                .model("H200")
                .health("ok")
                .memoryTotalBytes(100L)
                .memoryUsedBytes(10L)
                .utilization(0.1)
                .temperature(40)
                .mig(false)
                .build();
        var second = SystemInfoGpuBuilder.builder()
                .index(1)
                .uuid(ill)
                .model("H200")
                .health("fell off")
                .memoryTotalBytes(100L)
                .mig(false)
                .build();
        return List.of(first, second);
    }

    private static NodeRegister registration(String id, String zone, Map<String, String> labels, SystemInfo system) {
        return NodeRegisterBuilder.builder()
                .nodeId(id)
                .name("name-of-" + id)
                .hostname("host-of-" + id)
                .agentVersion("0.1.0")
                .role("cpu")
                .zone(zone)
                .labels(labels)
                .capabilities(List.of("docker"))
                .runtimes(List.of("runc"))
                .maxParallel(4)
                .system(system)
                .build();
    }

    /** Lets time pass as it does: second by second, with a look at the nodes in each. */
    public void watchFor(Duration time) {
        for (long second = 0; second < time.toSeconds(); second++) {
            clock.pass(Duration.ofSeconds(1));
            await(silent.run());
        }
    }

    public static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        } catch (java.util.concurrent.ExecutionException cause) {
            if (cause.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException(cause.getCause());
        } catch (InterruptedException | java.util.concurrent.TimeoutException cause) {
            throw new IllegalStateException(cause);
        }
    }

    @Override
    public void close() {
        await(store.close());
        await(vertx.close());
    }
}
