package io.aiwm.testing;

import io.aiwm.worker.hollow.HollowEvents;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What happened as the workers saw it: which commands they began, and when a controller answered them. It owes nothing to
 * the store, so it shows what a store that is wrong about its workers hides.
 */
public final class WorkerLog implements HollowEvents {
    /** Work began. */
    public record Start(String node, String command, Instant at) {}

    /** For so long a controller answered, with no more than a short pause between two answers. */
    private static final class Heard {
        final Instant from;
        final boolean registered;
        Instant to;
        boolean over;

        Heard(Instant from, boolean registered) {
            this.from = from;
            this.to = from;
            this.registered = registered;
        }
    }

    private final Duration pause;
    private final List<Start> starts = new ArrayList<>();
    private final Map<String, List<Heard>> heard = new HashMap<>();

    /** @param pause without an answer for longer than this a node is not heard */
    public WorkerLog(Duration pause) {
        this.pause = pause;
    }

    @Override
    public synchronized void began(String nodeId, String commandId) {
        starts.add(new Start(nodeId, commandId, Instant.now()));
    }

    @Override
    public synchronized void registered(String nodeId) {
        gone(nodeId);
        of(nodeId).add(new Heard(Instant.now(), true));
    }

    @Override
    public synchronized void heard(String nodeId) {
        Instant now = Instant.now();
        var all = of(nodeId);
        Heard last = all.isEmpty() ? null : all.get(all.size() - 1);
        if (last == null || last.over || last.to.plus(pause).isBefore(now)) {
            all.add(new Heard(now, false));
        } else {
            last.to = now;
        }
    }

    @Override
    public synchronized void gone(String nodeId) {
        var all = of(nodeId);
        if (!all.isEmpty()) {
            all.get(all.size() - 1).over = true;
        }
    }

    private List<Heard> of(String nodeId) {
        return heard.computeIfAbsent(nodeId, id -> new ArrayList<>());
    }

    /** Everything that began since then, oldest first. */
    public synchronized List<Start> startsSince(Instant since) {
        return starts.stream().filter(start -> !start.at().isBefore(since)).toList();
    }

    /** Whether a node that registered has been heard from {@code from} until {@code to}, but for the last {@code slack}. */
    synchronized boolean heard(String nodeId, Instant from, Instant to, Duration slack) {
        return of(nodeId).stream()
                .anyMatch(one -> !one.from.isAfter(one.registered ? from : from.minus(pause))
                        && !one.to.plus(slack).isBefore(to));
    }

    /** The first moment in a span at which the node had been heard for {@code grace} already; null: none. */
    synchronized Instant heardFor(String nodeId, Duration grace, Instant from, Instant to, Duration slack) {
        for (Heard one : of(nodeId)) {
            Instant first = one.from.plus(grace);
            Instant begin = first.isAfter(from) ? first : from;
            Instant last = one.to.plus(slack);
            if (!begin.isAfter(to) && !begin.isAfter(last) && !one.to.isBefore(first)) {
                return begin;
            }
        }
        return null;
    }
}
