package io.aiwm.controller.node;

import io.aiwm.boot.Config;
import io.aiwm.common.IsolatedForEach;
import io.aiwm.controller.gateway.AbsenceReason;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.LoggerFactory;

/**
 * Finds the nodes that fell silent, and makes good what hints between controllers have lost. To be run about as often as
 * {@link #every} says: a run that comes very late means that this process itself stood still (a stopped machine, a long
 * pause), and then no node is blamed for the silence.
 */
public final class SilentNodes {
    private static final Duration REFRESH_EVERY = Duration.ofSeconds(30);
    /** How far clocks of controllers may differ before a change is missed. */
    private static final Duration REFRESH_MARGIN = Duration.ofMinutes(2);
    /** The same for what is read every few seconds; a change that it misses waits for the next refresh. */
    private static final Duration NEWS_MARGIN = Duration.ofSeconds(10);

    private final IsolatedForEach each = new IsolatedForEach(LoggerFactory.getLogger(SilentNodes.class), "node");
    private final Nodes nodes;
    private final InstantSource clock;
    private final Config.Fleet fleet;
    private final ControllerPresence presence;
    private final NodeWatch watch;
    private final Storms storms;
    private final StormGuard guard;

    private volatile boolean stormy;
    private Instant watchingSince;
    private Instant lastRun;
    private Instant lastRefresh;
    private Instant lastNews;
    /** The same by the monotonic clock: it paces, whatever happens to the time of day. */
    private long lastNewsNanos;

    public SilentNodes(
            Nodes nodes, ControllerPresence presence, Storms storms, InstantSource clock, Config.Fleet fleet) {
        this.nodes = nodes;
        this.clock = clock;
        this.fleet = fleet;
        this.presence = presence;
        this.storms = storms;
        Duration lateAfter = lateAfter(fleet);
        this.watch = new NodeWatch(
                nodes.controllerId(), presence, new Liveness(fleet.unhealthyAfter(), fleet.offlineAfter()), lateAfter);
        this.guard = new StormGuard(fleet.stormShare(), fleet.stormMinNodes(), fleet.offlineAfter(), lateAfter);
        this.watchingSince = clock.instant();
        this.lastRefresh = watchingSince;
        this.lastNews = watchingSince;
        this.lastNewsNanos = presence.now();
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
        Future<Void> judged = Future.join(judge(now)).mapEmpty();
        return judged.transform(ended -> refresh(now).compose(read -> judged));
    }

    private List<Future<?>> judge(Instant now) {
        var writes = new ArrayList<Future<?>>();
        boolean due = false;
        boolean held = false;
        for (NodeView.Entry entry : nodes.view().entries()) {
            Node node = entry.node();
            held |= node.heldSince() != null;
            if (node.status() == NodeStatus.OFFLINE && entry.pulse().isServedHere()) {
                nodes.view().tellWrittenOff(node.id());
            }
            NodeStatus status = watch.status(entry, watchingSince, now);
            if (status == node.status()) {
                continue;
            }
            if (status.isUp() && node.status().isUp()) {
                nodes.showActivity(node, status);
            } else if (status == NodeStatus.OFFLINE) {
                due = true;
            } else {
                NodeStatus stored = status.isUp() ? NodeStatus.IDLE : status;
                AbsenceReason reason = watch.reason(entry, status, watchingSince, now);
                writes.add(each.one(node.id(), () -> nodes.fellSilent(node, stored, reason, false)));
            }
        }
        if (due || held || stormy) {
            writes.add(due ? readNews(now).compose(read -> offline(now)) : offline(now));
        }
        return writes;
    }

    /**
     * Whether their work is lost, or held, stands in the same write as that they are OFFLINE: nobody sees one without the
     * other.
     */
    private Future<Void> offline(Instant now) {
        List<NodeView.Entry> due = nodes.view().entries().stream()
                .filter(entry -> entry.node().status() != NodeStatus.OFFLINE)
                .filter(entry -> watch.status(entry, watchingSince, now) == NodeStatus.OFFLINE)
                .toList();
        List<StormGuard.Sign> signs = nodes.view().entries().stream()
                .map(entry -> watch.sign(entry, watchingSince, now))
                .toList();
        return storms.judge(guard, signs, !due.isEmpty()).compose(storm -> {
            stormy = storm.active();
            var writes = new ArrayList<Future<?>>();
            due.forEach(entry -> writes.add(each.one(
                    entry.node().id(),
                    () -> nodes.fellSilent(
                            entry.node(),
                            NodeStatus.OFFLINE,
                            watch.reason(entry, NodeStatus.OFFLINE, watchingSince, now),
                            storm.active() || watch.mayReturn(entry, fleet.offlineAfter(), now)))));
            if (!storm.active()) {
                nodes.view().entries().stream()
                        .filter(entry -> entry.node().heldSince() != null)
                        .filter(entry -> !watch.mayReturn(entry, fleet.offlineAfter(), now))
                        .map(entry -> entry.node().id())
                        .forEach(id -> writes.add(each.one(id, () -> nodes.release(id))));
            }
            return Future.join(writes).mapEmpty();
        });
    }

    private Future<Void> refresh(Instant now) {
        if (Duration.between(lastRefresh, now).compareTo(REFRESH_EVERY) >= 0) {
            Instant since = lastRefresh.minus(REFRESH_MARGIN);
            return nodes.sync().refresh(since).onSuccess(done -> lastRefresh = now);
        }
        return presence.now() - lastNewsNanos < presence.every().toNanos() ? Future.succeededFuture() : readNews(now);
    }

    /** What other controllers wrote in the last moments, should their hints be lost; the rest is {@link #refresh}'s. */
    private Future<Void> readNews(Instant now) {
        if (presence.isAlone()) {
            return Future.succeededFuture();
        }
        long begun = presence.now();
        Instant since = lastNews.isBefore(now) ? lastNews : now;
        return nodes.sync().reload(since.minus(NEWS_MARGIN)).onSuccess(done -> {
            lastNews = now;
            lastNewsNanos = begun;
        });
    }
}
