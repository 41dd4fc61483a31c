package io.aiwm.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.worker.hollow.HollowNodes;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * Three controllers, hollow nodes spread over them, work that keeps coming, and something that goes wrong meanwhile. What
 * became of it is read from the records of all executions, from what the workers wrote down themselves and from how every
 * controller showed every node at every moment; nobody's counters are believed.
 */
public final class Chaos implements AutoCloseable {
    /** All nodes are up within this time after healing, and no operator is asked. */
    private static final Duration UP_AGAIN = Duration.ofSeconds(30);

    private static final Duration STEADY = Duration.ofSeconds(3);
    private static final Duration ANSWER = Duration.ofSeconds(5);
    private static final double SHARE_OF_STORM = 0.8;

    private final ThreeControllers controllers;
    private final ChaosSize size;
    private final Vertx vertx = Vertx.vertx();
    private final WorkerLog workers;
    private final List<AiwmClient> apis;
    private final List<HollowNodes> groups = new ArrayList<>();
    private final List<String> nodeIds = new ArrayList<>();
    private final List<String> atStart = new ArrayList<>();
    private int runs;

    /**
     * Connects the nodes, each to one controller; returns when every controller shows all of them as up. What went wrong on
     * the way is told by the report of {@link ChaosFault#REGISTRATION}, and mended, so that other faults find a fleet that is well.
     */
    public Chaos(ThreeControllers controllers, ChaosSize size) throws Exception {
        this.controllers = controllers;
        this.size = size;
        this.workers = new WorkerLog(size.pace().heartbeat().multipliedBy(5).dividedBy(2));
        this.apis = controllers.over.stream().map(api -> api.impatient(ANSWER)).toList();
        try (var timeline = new FleetTimeline(controllers.over)) {
            for (int group = 0; group < ThreeControllers.COUNT; group++) {
                connect(group);
            }
            for (HollowNodes group : groups) {
                group.ready().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
            }
            if (awaitUp(timeline, Instant.now()) == null) {
                atStart.add("at the start not all nodes came up: " + stormAndNodes());
            }
            timeline.end();
            atStart.addAll(timeline.offlineWhileHeard(workers, size.pace()));
            mend();
        } catch (RuntimeException | Error | ExecutionException | TimeoutException cause) {
            close();
            throw cause;
        }
    }

    /** An operator and a restart of every connection bring up what does not come up by itself. */
    private void mend() {
        for (int attempt = 0; !isWell(); attempt++) {
            assertThat(attempt)
                    .as("attempts to bring all nodes up: %s", stormAndNodes())
                    .isLessThan(10);
            askOperator();
            var down = notUp();
            groups.forEach(group -> group.reconnect(down));
            try {
                Awaitility.await().atMost(Duration.ofSeconds(10)).until(this::isWell);
            } catch (ConditionTimeoutException notYet) {
                System.err.println("not up yet: " + stormAndNodes());
            }
        }
    }

    private Set<String> notUp() {
        var all = new HashSet<String>();
        for (AiwmClient api : apis) {
            var answer = api.tryGet(FleetTimeline.NOT_UP);
            if (answer != null && answer.status() == 200) {
                answer.json().getJsonArray("items").forEach(node -> all.add(((JsonObject) node).getString("id")));
            }
        }
        return all;
    }

    private void connect(int group) {
        var api = controllers.over.get(group);
        Map<String, String> tokens = new LinkedHashMap<>();
        for (int i = group; i < size.nodes(); i += ThreeControllers.COUNT) {
            String id = "hollow-%03d".formatted(i);
            api.expect(201, api.post("/api/nodes", new JsonObject().put("id", id)));
            tokens.put(
                    id,
                    api.expect(201, api.post("/api/nodes/" + id + "/token", new JsonObject()))
                            .getString("token"));
        }
        nodeIds.addAll(tokens.keySet());
        groups.add(
                HollowNodes.start(vertx, URI.create(controllers.nodesAt(group)), tokens, size.workMillis(), workers));
    }

    private static int up(AiwmClient api) {
        var answer = api.tryGet("/api/nodes?status=IDLE&status=BUSY&pageSize=1000");
        return answer == null || answer.status() != 200
                ? -1
                : answer.json().getJsonArray("items").size();
    }

    /** Whether every controller answers and shows all nodes as up, so that another fault may come. */
    public boolean isWell() {
        return apis.stream().allMatch(api -> up(api) == size.nodes());
    }

    /** Whether no work is open. */
    public boolean isIdle() {
        return ChaosWork.isIdle(apis);
    }

    /** One fault, with work under way before, meanwhile and after. */
    public ChaosReport run(ChaosFault fault) throws Exception {
        Instant began = Instant.now();
        try (var timeline = new FleetTimeline(controllers.over);
                var work = new ChaosWork(apis, size, "chaos " + ++runs + " ")) {
            work.awaitBegun();
            var violations = new ArrayList<String>();
            doIt(fault, violations);
            Instant healed = Instant.now();
            work.comesToAnEnd();
            Instant up = awaitUp(timeline, healed);
            if (up == null) {
                violations.add(
                        "after " + Duration.between(healed, Instant.now()).toSeconds()
                                + " s not all nodes were up; an operator had to resolve it: " + stormAndNodes());
                mend();
            }
            if (!work.awaitAccepted()) {
                violations.add(work.asked.get() - work.made.size() + " jobs were not accepted by any controller");
            }
            Instant ended = work.awaitEnded() ? Instant.now() : null;
            timeline.end();
            if (fault == ChaosFault.REGISTRATION) {
                violations.addAll(atStart);
            }
            return new ChaosFindings(controllers, size, workers, work, timeline)
                    .report(fault, began, healed, up, ended, violations);
        }
    }

    private void doIt(ChaosFault fault, List<String> violations) {
        switch (fault) {
            case REGISTRATION -> groups.forEach(group -> group.reconnect(Set.copyOf(nodeIds)));
            case KILLS -> {
                for (int kill = 0; kill < size.kills(); kill++) {
                    AiwmProcess one = controllers.all.get(kill % ThreeControllers.COUNT);
                    Instant next = Instant.now().plus(size.killEvery());
                    one.kill9();
                    lasts(size.downFor());
                    one.startAndWait();
                    if (kill < size.kills() - 1) {
                        lasts(Duration.between(Instant.now(), next));
                    }
                }
            }
            case STOP -> {
                controllers.all.get(0).suspend();
                lasts(size.lasts());
                controllers.all.get(0).resume();
            }
            case CUT -> {
                namespaces().cut(0);
                lasts(size.lasts());
                namespaces().heal(0);
            }
            case CUT_BETWEEN -> {
                namespaces().cutBetween(0, 1);
                lasts(size.lasts());
                namespaces().healBetween(0, 1);
            }
            case STORM -> {
                var most = Set.copyOf(nodeIds.subList(0, (int) (SHARE_OF_STORM * nodeIds.size())));
                groups.forEach(group -> group.cutOff(most));
                lasts(size.lasts());
                groups.forEach(group -> group.restore(most));
            }
            case ROLLING -> {
                for (AiwmProcess one : controllers.all) {
                    one.stop();
                    one.startAndWait();
                    try {
                        Awaitility.await().atMost(UP_AGAIN).until(this::isWell);
                    } catch (ConditionTimeoutException never) {
                        violations.add(one + " was started again and " + UP_AGAIN.toSeconds()
                                + " s later not all nodes were up: " + stormAndNodes());
                        mend();
                    }
                }
            }
        }
    }

    private Namespaces namespaces() {
        return (Namespaces) controllers.places;
    }

    /** A fault's own duration. */
    private static void lasts(Duration time) {
        try {
            TimeUnit.MILLISECONDS.sleep(Math.max(0, time.toMillis()));
        } catch (InterruptedException cause) {
            Thread.currentThread().interrupt();
            throw new AssertionError(cause);
        }
    }

    /** The moment from which all nodes were up and stayed so; null where it did not come. */
    private static Instant awaitUp(FleetTimeline timeline, Instant healed) {
        try {
            Awaitility.await()
                    .atMost(UP_AGAIN.plus(STEADY).plus(STEADY))
                    .pollInterval(Duration.ofMillis(100))
                    .until(() -> timeline.allUpFor(STEADY, healed));
        } catch (ConditionTimeoutException never) {
            return null;
        }
        Instant last = timeline.lastNotUp(healed);
        return last == null ? healed : last;
    }

    private String stormAndNodes() {
        var stats = apis.get(0).tryGet("/api/cluster/stats");
        return stats == null
                ? "nobody answers"
                : stats.json().getJsonObject("nodes").getJsonObject("byStatus").encode() + ", storm "
                        + stats.json().getJsonObject("storm").encode();
    }

    /** What is held is given free, so that it is seen whether at least then all work ends. */
    private void askOperator() {
        for (AiwmClient api : apis) {
            try {
                api.post("/api/cluster/storm/resolve", new JsonObject());
            } catch (AiwmClient.Unreachable down) {
                System.err.println("not reached by the operator: " + down.getMessage());
            }
        }
    }

    @Override
    public void close() {
        groups.forEach(HollowNodes::stop);
        vertx.close()
                .toCompletionStage()
                .toCompletableFuture()
                .orTimeout(30, TimeUnit.SECONDS)
                .join();
    }
}
