package io.aiwm.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.worker.hollow.HollowNodes;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * Three controllers, hollow nodes spread over them, work that keeps coming, and something that goes wrong meanwhile. What
 * became of it is read from the records of all executions, from what the workers wrote down themselves and from how every
 * controller showed every node at every moment; nobody's counters are believed.
 */
public final class Chaos implements AutoCloseable {
    /** What goes wrong. */
    public enum Fault {
        /** All nodes register in the same moment: at the start, and once more with work under way. */
        REGISTRATION,
        /** Controllers are killed one after the other, and each is started again a few seconds later. */
        KILLS,
        /** A controller stands still with its connections open (SIGSTOP), and goes on. */
        STOP,
        /** A controller is cut off the other two; the store and the nodes stay within reach of all. */
        CUT,
        /** Two controllers do not reach each other; the third reaches both. */
        CUT_BETWEEN,
        /** Most nodes are cut off at the same moment, work on, and return. */
        STORM,
        /** Controllers are stopped in order and started again, one after the other. */
        ROLLING;

        /** How scripts name it. */
        public String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        public boolean needsNamespaces() {
            return this == CUT || this == CUT_BETWEEN;
        }

        /** No worker is out of reach for so long that its work may be begun elsewhere. */
        private boolean beginsNothingAgain() {
            return this != KILLS && this != STOP;
        }
    }

    /**
     * How much and how long.
     *
     * @param jobs at least; they come until the fault is over. Each takes a whole node for {@code workMillis}
     * @param lasts how long a stop, a cut or a storm lasts
     * @param kills how many
     * @param killEvery from one kill to the next, if the one killed before is back by then
     * @param downFor from a kill to the start
     * @param patience for the work to end once everything is well
     */
    public record Size(
            int nodes,
            int jobs,
            double jobsPerSecond,
            int workMillis,
            Duration lasts,
            int kills,
            Duration killEvery,
            Duration downFor,
            Duration patience,
            ThreeControllers.Pace pace) {

        /**
         * So that all of them fit in a few minutes. All but a rolling restart have the same pace. A fault lasts longer than the
         * silence after which a node is taken for lost, and than the one after which a member is.
         */
        public static Size small(Fault fault) {
            return new Size(
                    50,
                    200,
                    12,
                    2_000,
                    Duration.ofSeconds(12),
                    3,
                    Duration.ofSeconds(6),
                    Duration.ofSeconds(2),
                    Duration.ofSeconds(60),
                    ThreeControllers.Pace.ofSeconds(1, 3, fault == Fault.ROLLING ? 30 : 8));
        }

        /** The long form. */
        public static Size large(Fault fault) {
            return new Size(
                    50,
                    2_000,
                    20,
                    2_000,
                    Duration.ofSeconds(60),
                    6,
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(3),
                    Duration.ofMinutes(4),
                    ThreeControllers.Pace.ofSeconds(1, 5, fault == Fault.ROLLING ? 60 : 20));
        }
    }

    /**
     * What came of it.
     *
     * @param accepted jobs that a controller acknowledged
     * @param lost of those, how many are in the store no more
     * @param open of those, how many have not ended
     * @param twice command ids that workers began more than once
     * @param again jobs that workers began more than once, under whatever id
     * @param mostBegun how often the job was begun that was begun most often
     * @param upAfter seconds from the end of the fault until every controller shows every node as up; null: not within the
     *     time that an operator is not asked for
     * @param endedAfter seconds from the end of the fault until no job is open; null: not within patience
     */
    public record Report(
            Fault fault,
            int nodes,
            int jobs,
            int accepted,
            int attempts,
            int lost,
            int open,
            int twice,
            int again,
            int mostBegun,
            int offlineWhileHeard,
            Double upAfter,
            Double endedAfter,
            double seconds,
            List<String> violations) {

        public JsonObject toJson() {
            return new JsonObject()
                    .put("peer", "aiwm")
                    .put("mode", "chaos-" + fault.word())
                    .put("controllers", ThreeControllers.COUNT)
                    .put("nodes", nodes)
                    .put("jobs", jobs)
                    .put("accepted", accepted)
                    .put("attempts", attempts)
                    .put("lost", lost)
                    .put("open", open)
                    .put("twice", twice)
                    .put("begun_again", again)
                    .put("most_begun", mostBegun)
                    .put("offline_while_heard", offlineWhileHeard)
                    .put("up_after_s", upAfter)
                    .put("ended_after_s", endedAfter)
                    .put("wall_s", seconds)
                    .put("violations", violations.size());
        }
    }

    /** All nodes are up within this time after healing, and no operator is asked. */
    private static final Duration UP_AGAIN = Duration.ofSeconds(30);

    private static final Duration STEADY = Duration.ofSeconds(3);
    private static final Duration ANSWER = Duration.ofSeconds(5);
    private static final Duration RETRY = Duration.ofMillis(200);
    private static final int CLIENTS = 16;
    private static final double SHARE_OF_STORM = 0.8;

    private final ThreeControllers controllers;
    private final Size size;
    private final Vertx vertx = Vertx.vertx();
    private final WorkerLog workers;
    private final List<AiwmClient> apis;
    private final List<HollowNodes> groups = new ArrayList<>();
    private final List<String> nodeIds = new ArrayList<>();
    private final List<String> atStart = new ArrayList<>();
    private int runs;

    /**
     * Connects the nodes, each to one controller; returns when every controller shows all of them as up. What went wrong on
     * the way is told by the report of {@link Fault#REGISTRATION}, and mended, so that other faults find a fleet that is well.
     */
    public Chaos(ThreeControllers controllers, Size size) throws Exception {
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
        var answer =
                apis.get(1).tryGet("/api/jobs?status=PENDING&status=QUEUED&status=ASSIGNED&status=RUNNING&pageSize=1");
        return answer != null
                && answer.status() == 200
                && answer.json().getJsonArray("items").isEmpty();
    }

    /** One fault, with work under way before, meanwhile and after. */
    public Report run(Fault fault) throws Exception {
        Instant began = Instant.now();
        try (var timeline = new FleetTimeline(controllers.over);
                var work = new Work("chaos " + ++runs + " ")) {
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
            return report(fault, began, healed, up, ended, work, timeline, violations);
        }
    }

    private void doIt(Fault fault, List<String> violations) {
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

    /**
     * Work that clients submit at a steady pace, to one controller after the other, until there was enough of it and the
     * fault is over. What is not answered is asked again under the same key.
     */
    private final class Work implements AutoCloseable {
        final Set<String> made = ConcurrentHashMap.newKeySet();
        final ConcurrentLinkedQueue<String> refused = new ConcurrentLinkedQueue<>();
        final AtomicInteger asked = new AtomicInteger();
        final String prefix;
        private final String keys;
        private final ScheduledExecutorService clients = Executors.newScheduledThreadPool(CLIENTS);
        private final ScheduledExecutorService pace = Executors.newSingleThreadScheduledExecutor();
        private volatile boolean healed;

        Work(String prefix) {
            this.prefix = prefix;
            this.keys = prefix.replace(' ', '-');
            long micros = (long) (1_000_000 / size.jobsPerSecond());
            pace.scheduleAtFixedRate(this::next, 0, micros, TimeUnit.MICROSECONDS);
        }

        private void next() {
            if (healed && asked.get() >= size.jobs()) {
                pace.shutdown();
                return;
            }
            int number = asked.getAndIncrement();
            clients.execute(() -> submit(number, 0));
        }

        void comesToAnEnd() {
            healed = true;
        }

        boolean awaitAccepted() {
            try {
                long most = 60 + (long) (size.jobs() / size.jobsPerSecond());
                Awaitility.await()
                        .atMost(most, TimeUnit.SECONDS)
                        .until(() -> pace.isShutdown() && made.size() == asked.get());
                return true;
            } catch (ConditionTimeoutException never) {
                return false;
            }
        }

        private void later(int number, int attempt) {
            clients.schedule(() -> submit(number, attempt), RETRY.toMillis(), TimeUnit.MILLISECONDS);
        }

        private void submit(int number, int attempt) {
            var requirements = new JsonObject()
                    .put("cpu", HollowFleet.CORES)
                    .put("memoryBytes", 64 << 20)
                    .put("labelSelector", "hollow=true");
            var body = new JsonObject()
                    .put("name", prefix + number)
                    .put("image", "hollow")
                    .put("maxRetries", 3)
                    .put("requirements", requirements);
            try {
                var answer = apis.get((number + attempt) % apis.size())
                        .call("POST", "/api/jobs", body, "Idempotency-Key", keys + number);
                if (answer.status() == 201) {
                    made.add(answer.json().getString("id"));
                    return;
                }
                if (answer.status() != 503 && answer.status() != 409) {
                    refused.add(prefix + number + " was answered " + answer.status() + " " + answer.text());
                }
            } catch (AiwmClient.Unreachable down) {
                // the next controller is asked
            }
            later(number, attempt + 1);
        }

        /** A fault comes when work is under way on most nodes. */
        void awaitBegun() {
            int some = Math.min(size.jobs() / 4, size.nodes());
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> made.size() >= some);
        }

        boolean awaitEnded() {
            try {
                Awaitility.await()
                        .atMost(size.patience())
                        .pollInterval(Duration.ofMillis(300))
                        .until(Chaos.this::isIdle);
                return true;
            } catch (ConditionTimeoutException late) {
                return false;
            }
        }

        @Override
        public void close() {
            pace.shutdownNow();
            clients.shutdownNow();
        }
    }

    private Report report(
            Fault fault,
            Instant began,
            Instant healed,
            Instant up,
            Instant ended,
            Work work,
            FleetTimeline timeline,
            List<String> violations) {
        var history = new FleetHistory(HollowFleet.CORES);
        var found = new HashMap<String, JsonObject>();
        for (JsonObject execution : executions()) {
            if (execution.getString("name", "").startsWith(work.prefix)) {
                found.put(execution.getString("id"), execution);
                history.add(execution);
            }
        }
        if (fault == Fault.REGISTRATION) {
            violations.addAll(atStart);
        }
        violations.addAll(work.refused);
        violations.addAll(history.violations(HollowFleet.SLOTS));
        var lost = new HashSet<>(work.made);
        lost.removeAll(found.keySet());
        lost.forEach(id -> violations.add(id + " was accepted and is lost"));
        found.keySet().stream()
                .filter(id -> !work.made.contains(id))
                .forEach(id -> violations.add(id + " is there and was never acknowledged"));
        int open = (int) found.values().stream()
                .filter(one -> one.getInstant("finishedAt") == null
                        && !List.of("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT")
                                .contains(one.getString("status")))
                .count();

        var byCommand = new TreeMap<String, List<WorkerLog.Start>>();
        var byJob = new TreeMap<String, List<WorkerLog.Start>>();
        for (WorkerLog.Start start : workers.startsSince(began)) {
            String job = start.command().substring(0, start.command().indexOf('.'));
            if (!found.containsKey(job) && !lost.contains(job)) {
                continue;
            }
            byCommand.computeIfAbsent(start.command(), id -> new ArrayList<>()).add(start);
            byJob.computeIfAbsent(job, id -> new ArrayList<>()).add(start);
        }
        byCommand.values().stream()
                .filter(starts -> starts.size() > 1)
                .forEach(starts -> violations.add("a worker began a command twice: " + starts));
        byCommand.keySet().stream()
                .filter(command -> !isKnown(command, found))
                .forEach(command -> violations.add("a worker began " + command + ", which is in no record"));
        reasons(found, violations);
        int most = byJob.values().stream().mapToInt(List::size).max().orElse(0);
        if (fault.beginsNothingAgain()) {
            byJob.values().stream()
                    .filter(starts -> starts.size() > 1)
                    .forEach(starts -> violations.add("begun again, and no worker had been out of reach: " + starts));
        } else if (fault == Fault.STOP) {
            byJob.values().stream()
                    .filter(starts -> starts.size() > 2)
                    .forEach(starts -> violations.add("one fault, and begun more than once again: " + starts));
        }
        var wrong = timeline.offlineWhileHeard(workers, size.pace());
        violations.addAll(wrong);
        assertThat(timeline.looks()).as("looks at the nodes").isPositive();
        return new Report(
                fault,
                size.nodes(),
                work.asked.get(),
                work.made.size(),
                history.attempts(),
                lost.size(),
                open,
                (int) byCommand.values().stream()
                        .filter(starts -> starts.size() > 1)
                        .count(),
                (int) byJob.values().stream()
                        .filter(starts -> starts.size() > 1)
                        .count(),
                most,
                wrong.size(),
                up == null ? null : seconds(healed, up),
                ended == null ? null : seconds(healed, ended),
                seconds(began, Instant.now()),
                violations);
    }

    private List<JsonObject> executions() {
        var all = new ArrayList<JsonObject>();
        var api = controllers.over.get(1);
        String token = null;
        do {
            var page = api.expect(
                    200,
                    api.get("/api/executions?pageSize=500&category=job"
                            + (token == null ? "" : "&pageToken=" + token)));
            page.getJsonArray("items").forEach(each -> all.add((JsonObject) each));
            token = page.getString("nextPageToken");
        } while (token != null);
        return all;
    }

    private static boolean isKnown(String command, Map<String, JsonObject> found) {
        String[] parts = command.split("\\.");
        var execution = found.get(parts[0]);
        return execution != null
                && execution
                                .getJsonArray("steps")
                                .getJsonObject(Integer.parseInt(parts[1]))
                                .getJsonArray("attempts")
                                .size()
                        >= Integer.parseInt(parts[2]);
    }

    /** A second attempt after a lost node is told in the audit, before it begins. */
    private void reasons(Map<String, JsonObject> found, List<String> violations) {
        for (var each : found.entrySet()) {
            var attempts =
                    each.getValue().getJsonArray("steps").getJsonObject(0).getJsonArray("attempts");
            long lost = attempts.stream()
                    .map(one -> ((JsonObject) one).getJsonObject("error"))
                    .filter(error -> error != null && "lost".equals(error.getString("category")))
                    .count();
            if (lost == 0) {
                continue;
            }
            var api = controllers.over.get(1);
            JsonArray audit = api.expect(200, api.get("/api/executions/" + each.getKey() + "/audit"))
                    .getJsonArray("items");
            long told = audit.stream()
                    .filter(one -> "superseded-unconfirmed".equals(((JsonObject) one).getString("event")))
                    .count();
            if (told < lost && attempts.size() > told + 1) {
                violations.add(each.getKey() + " lost " + lost + " attempts and its audit tells of " + told);
            }
        }
    }

    private static double seconds(Instant from, Instant to) {
        return Math.round(Duration.between(from, to).toMillis() / 100.0) / 10.0;
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
