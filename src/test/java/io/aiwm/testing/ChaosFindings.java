package io.aiwm.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What became of the work and the nodes, from the records, from what workers wrote down and from what controllers showed. */
final class ChaosFindings {
    private final ThreeControllers controllers;
    private final ChaosSize size;
    private final WorkerLog workers;
    private final ChaosWork work;
    private final FleetTimeline timeline;

    ChaosFindings(
            ThreeControllers controllers, ChaosSize size, WorkerLog workers, ChaosWork work, FleetTimeline timeline) {
        this.controllers = controllers;
        this.size = size;
        this.workers = workers;
        this.work = work;
        this.timeline = timeline;
    }

    ChaosReport report(
            ChaosFault fault, Instant began, Instant healed, Instant up, Instant ended, List<String> violations) {
        var history = new FleetHistory(HollowFleet.CORES);
        var found = new HashMap<String, JsonObject>();
        for (JsonObject execution : executions()) {
            if (execution.getString("name", "").startsWith(work.prefix)) {
                found.put(execution.getString("id"), execution);
                history.add(execution);
            }
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
        } else if (fault == ChaosFault.STOP) {
            byJob.values().stream()
                    .filter(starts -> starts.size() > 2)
                    .forEach(starts -> violations.add("one fault, and begun more than once again: " + starts));
        }
        var wrong = timeline.offlineWhileHeard(workers, size.pace());
        violations.addAll(wrong);
        assertThat(timeline.looks()).as("looks at the nodes").isPositive();
        return new ChaosReport(
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
}
