package io.aiwm.controller.node;

import io.aiwm.boot.Config;
import io.aiwm.controller.gateway.Admission;
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
    private final Storms storms;
    private final StormGuard guard;
    /** Silence after which a node is late for certain, and may have vanished with one that is OFFLINE. */
    private final Duration lateAfter;

    private volatile boolean stormy;
    private Instant watchingSince;
    private Instant lastRun;
    private Instant lastRefresh;

    public SilentNodes(Nodes nodes, Storms storms, InstantSource clock, Config.Fleet fleet) {
        this.nodes = nodes;
        this.clock = clock;
        this.fleet = fleet;
        this.liveness = new Liveness(fleet.unhealthyAfter(), fleet.offlineAfter());
        this.storms = storms;
        this.lateAfter = lateAfter(fleet);
        this.guard = new StormGuard(fleet.stormShare(), fleet.stormMinNodes(), fleet.offlineAfter(), lateAfter);
        this.watchingSince = clock.instant();
        this.lastRefresh = watchingSince;
    }

    /** Those that vanish together were last heard up to a heartbeat apart. */
    private static Duration lateAfter(Config.Fleet fleet) {
        Duration together = fleet.offlineAfter().minus(fleet.heartbeatInterval());
        Duration late = together.compareTo(fleet.unhealthyAfter()) < 0 ? together : fleet.unhealthyAfter();
        Duration least = fleet.heartbeatInterval().multipliedBy(3).dividedBy(2);
        return late.compareTo(least) < 0 ? least : late;
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
                    .filter(Node::isLost)
                    .forEach(node -> nodes.view().tellLost(node.id()));
        }
        nodes.sync().share();
        return Future.join(judge(now)).<Void>mapEmpty().compose(done -> refresh(now));
    }

    private record Due(Node node, String reason) {}

    private List<Future<?>> judge(Instant now) {
        var writes = new ArrayList<Future<?>>();
        var due = new ArrayList<Due>();
        boolean held = false;
        for (NodeView.Entry entry : nodes.view().entries()) {
            Node node = entry.node();
            Pulse pulse = entry.pulse();
            held |= node.heldSince() != null;
            var signs = new Liveness.Signs(pulse.lastSeen(), pulse.left(), pulse.active(), pulse.lastBusy());
            NodeStatus status = liveness.of(node.status(), signs, watchingSince, now);
            if (status == node.status()) {
                continue;
            }
            if (status.isUp() && node.status().isUp()) {
                nodes.showActivity(node, status);
            } else if (status == NodeStatus.OFFLINE) {
                due.add(new Due(node, reason(status, pulse, now)));
            } else {
                NodeStatus stored = status.isUp() ? NodeStatus.IDLE : status;
                writes.add(nodes.fellSilent(node.id(), node.status(), stored, reason(status, pulse, now), false));
            }
        }
        if (!due.isEmpty() || held || stormy) {
            writes.add(offline(due, now));
        }
        return writes;
    }

    /** Whether their work is lost, or held, stands in the same write as that they are OFFLINE: nobody sees one without the other. */
    private Future<Void> offline(List<Due> due, Instant now) {
        return storms.judge(guard, signs(now), !due.isEmpty()).compose(storm -> {
            stormy = storm.active();
            var writes = new ArrayList<Future<?>>();
            due.forEach(one -> writes.add(nodes.fellSilent(
                    one.node().id(), one.node().status(), NodeStatus.OFFLINE, one.reason(), storm.active())));
            if (!storm.active()) {
                nodes.view().nodes().stream()
                        .filter(node -> node.heldSince() != null)
                        .forEach(node -> writes.add(nodes.release(node.id())));
            }
            return Future.join(writes).mapEmpty();
        });
    }

    private List<StormGuard.Sign> signs(Instant now) {
        return nodes.view().entries().stream().map(entry -> sign(entry, now)).toList();
    }

    private StormGuard.Sign sign(NodeView.Entry entry, Instant now) {
        Node node = entry.node();
        Pulse pulse = entry.pulse();
        boolean held = node.heldSince() != null;
        return switch (node.status()) {
            case PENDING -> new StormGuard.Sign(node.id(), false, null, false);
            case OFFLINE -> {
                boolean inOrder = Admission.GOODBYE.equals(node.statusReason());
                yield new StormGuard.Sign(node.id(), false, inOrder ? null : node.lastSeenAt(), held);
            }
            case IDLE, BUSY, UNHEALTHY -> {
                Instant since = Liveness.silentSince(pulse.lastSeen(), watchingSince);
                boolean late = Duration.between(since, now).compareTo(lateAfter) >= 0;
                boolean here = !late && !pulse.left();
                yield new StormGuard.Sign(node.id(), here, here || pulse.saidGoodbye() ? null : since, held);
            }
        };
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
