package io.aiwm.controller.node;

import io.aiwm.boot.Config;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds the nodes that fell silent, and makes good what hints between controllers have lost. To be run about as often as
 * {@link #every} says: a run that comes very late means that this process itself stood still (a stopped machine, a long
 * pause), and then no node is blamed for the silence.
 */
public final class SilentNodes {
    private static final Duration REFRESH_EVERY = Duration.ofSeconds(30);
    /** How far clocks of controllers may differ before a change is missed. */
    private static final Duration REFRESH_MARGIN = Duration.ofMinutes(2);

    private final Nodes nodes;
    private final InstantSource clock;
    private final Config.Fleet fleet;
    private final Liveness liveness;
    private Instant watchingSince;
    private Instant lastRun;
    private Instant lastRefresh;

    public SilentNodes(Nodes nodes, InstantSource clock, Config.Fleet fleet) {
        this.nodes = nodes;
        this.clock = clock;
        this.fleet = fleet;
        this.liveness = new Liveness(fleet.unhealthyAfter(), fleet.offlineAfter());
        this.watchingSince = clock.instant();
        this.lastRefresh = watchingSince;
    }

    /** How often to run: a second, or less where the limits are short. */
    public Duration every() {
        Duration quarter = fleet.unhealthyAfter().dividedBy(4);
        return quarter.compareTo(Duration.ofSeconds(1)) < 0 ? quarter : Duration.ofSeconds(1);
    }

    /** One look at every node. Never two at once. */
    public Future<Void> run() {
        Instant now = clock.instant();
        boolean first = lastRun == null;
        if (!first
                && Duration.between(lastRun, now)
                                .compareTo(fleet.unhealthyAfter().dividedBy(2))
                        > 0) {
            watchingSince = now;
        }
        lastRun = now;
        if (first) {
            // who went offline while no controller, or the one that saw it, could tell of it
            nodes.view().nodes().stream()
                    .filter(node -> node.status() == NodeStatus.OFFLINE)
                    .forEach(node -> nodes.view().tellLost(node.id()));
        }
        nodes.sync().share();
        return Future.join(judge(now)).<Void>mapEmpty().compose(done -> refresh(now));
    }

    private List<Future<?>> judge(Instant now) {
        var writes = new ArrayList<Future<?>>();
        for (NodeView.Entry entry : nodes.view().entries()) {
            Node node = entry.node();
            Pulse pulse = entry.pulse();
            var signs = new Liveness.Signs(pulse.lastSeen(), pulse.left(), pulse.active(), pulse.lastBusy());
            NodeStatus status = liveness.of(node.status(), signs, watchingSince, now);
            if (status == node.status()) {
                continue;
            }
            if (status.isUp() && node.status().isUp()) {
                nodes.showActivity(node, status);
            } else {
                NodeStatus stored = status.isUp() ? NodeStatus.IDLE : status;
                writes.add(nodes.fellSilent(node.id(), node.status(), stored, reason(status, pulse, now)));
            }
        }
        return writes;
    }

    private String reason(NodeStatus status, Pulse pulse, Instant now) {
        return switch (status) {
            case PENDING, IDLE, BUSY -> null;
            case UNHEALTHY, OFFLINE -> {
                if (pulse.left()) {
                    yield pulse.whyLeft();
                }
                Instant since = pulse.lastSeen() == null || pulse.lastSeen().isBefore(watchingSince)
                        ? watchingSince
                        : pulse.lastSeen();
                yield "not heard for " + Duration.between(since, now).toSeconds() + " s";
            }
        };
    }

    private Future<Void> refresh(Instant now) {
        if (Duration.between(lastRefresh, now).compareTo(REFRESH_EVERY) < 0) {
            return Future.succeededFuture();
        }
        Instant since = lastRefresh.minus(REFRESH_MARGIN);
        return nodes.sync().refresh(since).onSuccess(done -> lastRefresh = now);
    }
}
