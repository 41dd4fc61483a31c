package io.aiwm.controller.notification;

import io.aiwm.common.RateLimitedLog;
import io.aiwm.controller.eventlog.ClusterEvent;
import io.aiwm.controller.eventlog.EventFilter;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.LoggerFactory;

/** Makes deliveries of events: for each event and each target that a rule names for it, one. Used on one context. */
final class Dispatch {
    private static final RateLimitedLog LOG = RateLimitedLog.failures(LoggerFactory.getLogger(Dispatch.class));
    /** What is told as one is gathered for so long. */
    static final Duration GATHER = Duration.ofSeconds(3);

    private static final Duration READ_EVERY = Duration.ofSeconds(1);

    private record Filtered(EventFilter filter, List<String> targets) {}

    private final Rules rules;
    private final Targets targets;
    private final Deliveries deliveries;
    private final InstantSource clock;
    private Map<String, Target> known = Map.of();
    private List<Filtered> filters = List.of();
    private Instant readAt = Instant.MIN;
    /** Something was set here. */
    private volatile boolean changed;

    Dispatch(Rules rules, Targets targets, Deliveries deliveries, InstantSource clock) {
        this.rules = rules;
        this.targets = targets;
        this.deliveries = deliveries;
        this.clock = clock;
        // what was set before a change counts for it; other controllers find it within a second
        rules.onChange(() -> changed = true);
        targets.onChange(() -> changed = true);
    }

    /** Reads rules and targets, at most once a second. */
    Future<Void> read() {
        Instant now = clock.instant();
        if (!changed && now.isBefore(readAt.plus(READ_EVERY)) && !now.isBefore(readAt)) {
            return Future.succeededFuture();
        }
        changed = false;
        return targets.all()
                .compose(all -> rules.all().map(set -> {
                    known = all.stream()
                            .collect(Collectors.toMap(Target::id, one -> one, (one, same) -> one, LinkedHashMap::new));
                    filters = set.stream()
                            .filter(Rule::enabled)
                            .map(Dispatch::filtered)
                            .toList();
                    readAt = now;
                    return null;
                }));
    }

    private static Filtered filtered(Rule rule) {
        return new Filtered(Rules.filter(rule), rule.targets());
    }

    /** As they were read last, by name. */
    Map<String, Target> targets() {
        return known;
    }

    /** Stores the deliveries of these events. @return for which targets there are some, and from when on they are due */
    Future<Map<String, Instant>> deliver(List<ClusterEvent> events) {
        var due = new LinkedHashMap<String, Instant>();
        var all = new ArrayList<Delivery>();
        Instant now = clock.instant();
        for (ClusterEvent event : events) {
            for (String name : targetsOf(event)) {
                Target target = known.get(name);
                Instant at = target.fold() ? now.plus(GATHER) : now;
                all.add(Delivery.of(target, Notice.of(event), now, at));
                due.putIfAbsent(name, at);
            }
        }
        return deliveries.add(all).compose(added -> {
            Future<Void> done = Future.succeededFuture();
            for (String name : due.keySet()) {
                done = done.compose(before -> deliveries.bound(name).mapEmpty());
            }
            return done.map(due);
        });
    }

    private Set<String> targetsOf(ClusterEvent event) {
        var names = new LinkedHashSet<String>();
        for (Filtered one : filters) {
            if (one.filter.takes(event)) {
                names.addAll(one.targets);
            }
        }
        names.removeIf(name -> {
            boolean gone = !known.containsKey(name);
            if (gone) {
                LOG.failed("a rule names a target that there is not", name);
            }
            return gone;
        });
        return names;
    }
}
