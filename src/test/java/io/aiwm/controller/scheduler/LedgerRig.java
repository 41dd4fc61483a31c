package io.aiwm.controller.scheduler;

import io.aiwm.boot.Config;
import io.aiwm.controller.auth.JwtTokens;
import io.aiwm.controller.deployment.Deployment;
import io.aiwm.controller.deployment.DeploymentSweep;
import io.aiwm.controller.deployment.Deployments;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.node.ControllerPresence;
import io.aiwm.controller.node.NewNode;
import io.aiwm.controller.node.NodeAdmission;
import io.aiwm.controller.node.NodeTokens;
import io.aiwm.controller.node.Nodes;
import io.aiwm.controller.node.SilentNodes;
import io.aiwm.controller.node.Storms;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.Query;
import io.aiwm.protocol.Ids;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.SystemInfo;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * Controllers as they are put together, from nodes to deployments, over one real store; a clock turned by hand, and sweeps
 * and passes run by hand, so that what a seed does once it does again.
 */
final class LedgerRig implements AutoCloseable {
    static final double RESERVED = 0.1;
    static final int CORES = 8;
    static final long MEMORY = 1_000L << 20;
    static final long DISK = 2_000L << 20;
    static final long GPU_MEMORY = 80L << 20;
    static final int SLOTS = 6;
    static final List<String> NODES = List.of("n0", "n1", "n2");

    private static final Config.Scheduler SETTINGS = new Config.Scheduler(
            Config.Scheduler.Packing.BINPACK,
            RESERVED,
            RESERVED,
            new Config.Weights(1, 0.2, 0.1, 2, 1),
            Duration.ofMinutes(10),
            Duration.ofSeconds(30),
            true,
            3,
            Duration.ofSeconds(5),
            Duration.ofSeconds(20));

    private static final Config.Executions LIMITS = new Config.Executions(
            100,
            10_000,
            Duration.ofMinutes(5),
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            Duration.ofSeconds(4),
            Duration.ofSeconds(2));

    /** Without storms: they have tests of their own. */
    private static final Config.Fleet FLEET = new Config.Fleet(
            Duration.ofSeconds(4), Duration.ofSeconds(60), Duration.ofSeconds(10), Duration.ofSeconds(20), true, 0, 3);

    private Instant now = Instant.parse("2026-11-21T10:00:00Z");
    private final InstantSource clock = this::now;
    private final Vertx storeVertx = Vertx.vertx();
    private final DocumentStore store;
    final boolean alone;
    final List<Controller> controllers = new ArrayList<>();
    final Set<String> silent = new HashSet<>();

    /** @param store of a Vertx, not yet open */
    LedgerRig(java.util.function.Function<Vertx, DocumentStore> store, int controllers) throws InterruptedException {
        this.store = store.apply(storeVertx);
        this.alone = controllers == 1;
        await(this.store.open(List.of(
                Nodes.COLLECTION,
                NodeTokens.COLLECTION,
                Storms.COLLECTION,
                Executions.COLLECTION,
                SharedClaims.COLLECTION,
                Deployments.COLLECTION)));
        for (int i = 0; i < controllers; i++) {
            this.controllers.add(new Controller());
        }
        for (String node : NODES) {
            await(this.controllers.get(0).nodes.create(new NewNode(node, null, null, null, null, null, null, null)));
            register(node);
        }
    }

    Instant now() {
        return now;
    }

    /** One process. */
    final class Controller {
        final Vertx vertx = Vertx.vertx();
        final MortalStore mortal = new MortalStore(store);
        final Nodes nodes;
        final NodeAdmission admission;
        final SilentNodes silentNodes;
        final Scheduler scheduler = new Scheduler(SETTINGS, clock, alone);
        final Executions executions;
        final SchedulerInput input;
        final Deployments deployments;
        final DeploymentSweep sweep;
        final SharedPlaces places;
        final Passes passes;
        private volatile boolean work = true;

        Controller() throws InterruptedException {
            DocumentStore mine = mortal.open();
            nodes = new Nodes(vertx, mine, clock, FLEET, Ids.next("ctl"));
            var jwt = new JwtTokens("0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.UTF_8), clock);
            admission =
                    new NodeAdmission(nodes, new NodeTokens(mine, nodes, jwt, clock, Duration.ofDays(1)), clock, FLEET);
            silentNodes = new SilentNodes(nodes, ControllerPresence.alone(), new Storms(mine, clock), clock, FLEET);
            executions = new Executions(mine, scheduler, clock, LIMITS, alone);
            input = new SchedulerInput(executions, nodes, scheduler, clock);
            admission.onUse(scheduler::uses);
            deployments = new Deployments(mine, executions, nodes, clock, alone);
            sweep = new DeploymentSweep(deployments);
            places = alone
                    ? null
                    : new SharedPlaces(new SharedClaims(mine), scheduler, executions, deployments::holdsOn, clock);
            passes = new Passes(executions, scheduler, places);
            nodes.onLost(id -> executions.nodeLost(
                    id,
                    "node " + id + " is offline",
                    () -> nodes.find(id) == null || nodes.find(id).isLost()));
            input.onWork(() -> work = true);
            await(nodes.start()
                    .compose(started -> executions.prepare())
                    .compose(counted -> deployments.holdIn(scheduler))
                    .compose(held -> input.rebuild()));
            mortal.awaitQuiet();
        }

        /** Waits for what is under way and places what can be placed, until nothing follows from it. */
        void settle() throws InterruptedException {
            mortal.awaitQuiet();
            for (int round = 0; work && !mortal.isDead(); round++) {
                if (round > 100) {
                    throw new AssertionError("there is always something new to place");
                }
                work = false;
                if (!scheduler.isIdle()) {
                    Passes.Done done = passes.run(500);
                    mortal.awaitQuiet();
                    work |= done.more() || done.given().stream().anyMatch(one -> Boolean.FALSE.equals(one.result()));
                }
            }
        }

        void tick() {
            for (String node : NODES) {
                if (!silent.contains(node)) {
                    admission.seen(node, List.of());
                }
            }
            work = true;
            quietly(silentNodes.run());
        }

        void sweeps() {
            quietly(executions
                    .due(500)
                    .compose(due ->
                            Future.join(due.stream().map(executions::look).toList())));
            quietly(sweep.run());
        }

        /** What a controller that is not alone does every few seconds. */
        void share() throws InterruptedException {
            for (String node : NODES) {
                quietly(nodes.get(node));
            }
            quietly(deployments.holdIn(scheduler));
            mortal.awaitQuiet();
            quietly(input.rebuild());
            mortal.awaitQuiet();
            quietly(places.run());
            settle();
        }
    }

    private static void quietly(Future<?> future) {
        future.otherwiseEmpty();
    }

    void settle() throws InterruptedException {
        for (Controller controller : controllers) {
            controller.settle();
        }
    }

    /** All that the process had in memory is gone, and what it was about to do is not done. */
    void replace(int index) throws InterruptedException {
        Controller old = controllers.get(index);
        old.mortal.awaitQuiet();
        old.mortal.dieAfter(0);
        await(old.vertx.close());
        var fresh = new Controller();
        controllers.set(index, fresh);
        // the first it does: what ended without anybody having heard of it
        quietly(fresh.sweep.run());
        fresh.mortal.awaitQuiet();
    }

    /** Lets time pass, with what time brings. Nodes that are silent stay so. */
    void pass(Duration time) throws InterruptedException {
        long left = time.toMillis();
        while (left > 0) {
            long step = Math.min(left, 4_000);
            now = now.plusMillis(step);
            left -= step;
            for (Controller controller : controllers) {
                controller.tick();
                controller.mortal.awaitQuiet();
            }
        }
        for (Controller controller : controllers) {
            controller.sweeps();
            controller.settle();
        }
    }

    void register(String node) throws InterruptedException {
        silent.remove(node);
        for (Controller controller : controllers) {
            controller.admission.seen(node, List.of());
            if (controller == controllers.get(0)) {
                quietly(controller.nodes.registered(node, registration(node), "websocket"));
            } else {
                quietly(controller.nodes.get(node));
            }
            controller.mortal.awaitQuiet();
            controller.admission.seen(node, List.of());
        }
    }

    private static NodeRegister registration(String node) {
        var gpus = IntStream.range(0, 2)
                .mapToObj(i -> new SystemInfo.Gpu(
                        i, "u" + i, "NVIDIA H200", "ok", GPU_MEMORY, 0L, 0.0, 30, null, null, null, null, null, null))
                .toList();
        var system = new SystemInfo(
                null,
                new SystemInfo.Cpu("x", CORES, CORES, null, null),
                new SystemInfo.Memory(MEMORY, 0L, MEMORY, 0L),
                List.of(new SystemInfo.Disk("/", "ext4", DISK, 0L, true)),
                gpus,
                List.of(),
                null);
        return new NodeRegister(
                node,
                null,
                node,
                node,
                "0.1.0",
                "gpu",
                "a",
                Map.of(),
                List.of(NodeRegister.CONTAINER_ENGINE),
                List.of("runc"),
                SLOTS,
                system,
                null,
                null,
                null);
    }

    /** As they are stored, oldest first. */
    Map<String, Execution> executions() {
        var read = new ArrayList<Execution>();
        String cursor = null;
        do {
            var page = await(new Executions(store, wish -> null, clock, LIMITS, false)
                    .find(Query.all().after(cursor)));
            read.addAll(page.items());
            cursor = page.nextCursor();
        } while (cursor != null);
        // some ids differ from run to run, and must not decide what a seed draws
        read.sort(Comparator.comparing(Execution::createdAt)
                .thenComparing(one -> one.resourceId() == null ? one.id() : one.resourceId()));
        var all = new LinkedHashMap<String, Execution>();
        read.forEach(one -> all.put(one.id(), one));
        return all;
    }

    List<Deployment> deployments() {
        var reader = new Executions(store, wish -> null, clock, LIMITS, false);
        return await(new Deployments(store, reader, controllers.get(0).nodes, clock, false).find(Query.all()))
                .items();
    }

    /** Claims as the record of each node has them. */
    Map<String, List<NodeClaims.Held>> claims() {
        var all = new LinkedHashMap<String, List<NodeClaims.Held>>();
        await(new SharedClaims(store).each(node -> all.put(node.id(), node.claims())));
        return all;
    }

    static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
    }

    @Override
    public void close() {
        for (Controller controller : controllers) {
            controller.mortal.dieAfter(0);
            await(controller.vertx.close());
        }
        await(store.close());
        await(storeVertx.close());
    }
}
