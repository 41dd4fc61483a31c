package io.aiwm.testing;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * How each controller showed each node, looked at four times a second, each controller on its own: a status that was wrong
 * for a second is found too. A controller that does not answer shows nothing.
 */
public final class FleetTimeline implements AutoCloseable {
    private static final Duration EVERY = Duration.ofMillis(250);
    private static final Duration ANSWER = Duration.ofSeconds(2);
    /** What is shown may be this much older than what is so. */
    private static final Duration LATE = Duration.ofMillis(500);
    /** After a registration every controller shows it within this time. */
    private static final Duration TOLD = Duration.ofSeconds(5);

    /** Those that can be given no work. */
    static final String NOT_UP = "/api/nodes?status=PENDING&status=UNHEALTHY&status=OFFLINE&pageSize=1000";

    /** A node was shown as not up for a while. */
    private static final class Span {
        final String controller;
        final String node;
        final String status;
        final String reason;
        /** When it was last shown otherwise; null: never before. */
        final Instant before;

        final Instant from;
        Instant to;

        Span(String controller, JsonObject node, Instant before, Instant from) {
            this.controller = controller;
            this.node = node.getString("id");
            this.status = node.getString("status");
            this.reason = node.getString("statusReason");
            this.before = before;
            this.from = from;
            this.to = from;
        }
    }

    private static final class View {
        final Map<String, Span> open = new HashMap<>();
        Instant last;
        Instant lastNotUp = Instant.MIN;
    }

    private final List<Span> spans = new ArrayList<>();
    private final List<View> views = new ArrayList<>();
    private final ScheduledExecutorService pollers;
    private int looks;

    public FleetTimeline(List<AiwmClient> controllers) {
        pollers = Executors.newScheduledThreadPool(controllers.size());
        for (int i = 0; i < controllers.size(); i++) {
            var api = controllers.get(i).impatient(ANSWER);
            String name = "controller " + i;
            var view = new View();
            views.add(view);
            pollers.scheduleWithFixedDelay(() -> look(api, name, view), 0, EVERY.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void look(AiwmClient api, String name, View view) {
        var answer = api.tryGet(NOT_UP);
        if (answer != null && answer.status() == 200) {
            note(name, view, answer.json(), Instant.now());
        }
    }

    private synchronized void note(String name, View view, JsonObject page, Instant now) {
        looks++;
        var open = new HashMap<String, Span>();
        for (Object each : page.getJsonArray("items")) {
            var node = (JsonObject) each;
            String id = node.getString("id");
            Span span = view.open.get(id);
            if (span == null || !span.status.equals(node.getString("status"))) {
                span = new Span(name, node, view.last, now);
                spans.add(span);
            }
            span.to = now;
            open.put(id, span);
        }
        if (!open.isEmpty()) {
            view.lastNotUp = now;
        }
        view.open.clear();
        view.open.putAll(open);
        view.last = now;
    }

    /** Whether each controller has answered lately and for so long has shown all nodes as up. */
    synchronized boolean allUpFor(Duration time, Instant since) {
        Instant now = Instant.now();
        return views.stream()
                .allMatch(view -> view.last != null
                        && !view.last.isBefore(now.minus(ANSWER))
                        && !view.last.isBefore(since.plus(time))
                        && view.lastNotUp.isBefore(now.minus(time)));
    }

    /** When some controller last showed some node as not up; null: not since then. */
    synchronized Instant lastNotUp(Instant since) {
        return views.stream()
                .map(view -> view.lastNotUp)
                .filter(at -> at.isAfter(since))
                .max(Instant::compareTo)
                .orElse(null);
    }

    /** What was shown as OFFLINE although its worker was answered all the while. */
    synchronized List<String> offlineWhileHeard(WorkerLog workers, ThreeControllers.Pace pace) {
        var wrong = new ArrayList<String>();
        Duration beats = pace.heartbeat().multipliedBy(2);
        for (Span span : spans) {
            if (!span.status.equals("OFFLINE")) {
                continue;
            }
            Duration half = pace.offlineAfter().dividedBy(2);
            if (span.before != null && workers.heard(span.node, span.before.minus(LATE), span.from, half)) {
                wrong.add(span.controller + " took " + span.node + " for OFFLINE at " + span.from + " (" + span.reason
                        + ") while it was heard");
                continue;
            }
            Instant since = workers.heardFor(span.node, TOLD, span.from, span.to, beats);
            if (since != null) {
                wrong.add(span.controller + " showed " + span.node + " as OFFLINE (" + span.reason + ") from " + since
                        + " to " + span.to + " while it was heard");
            }
        }
        return wrong;
    }

    synchronized int looks() {
        return looks;
    }

    /** Looks no more; what was seen stays. */
    void end() {
        pollers.shutdownNow();
    }

    @Override
    public void close() {
        end();
    }
}
