package io.aiwm.controller.node;

import io.aiwm.common.Failure;
import io.aiwm.controller.gateway.AbsenceReason;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

/** Keeps this controller's view of the nodes like the store and like the other controllers' views. Writes nothing. */
final class NodeSync {
    private final Vertx vertx;
    private final Records<NodeRecord> records;
    private final NodeView view;
    private final InstantSource clock;
    private final Duration offlineAfter;
    private final String self;
    private BiConsumer<String, CurrentUsage> useListener = (id, use) -> {};

    NodeSync(
            Vertx vertx,
            Records<NodeRecord> records,
            NodeView view,
            InstantSource clock,
            Duration offlineAfter,
            String self) {
        this.vertx = vertx;
        this.records = records;
        this.view = view;
        this.clock = clock;
        this.offlineAfter = offlineAfter;
        this.self = self;
    }

    /** Calls back with what another controller heard of a node's use. Before the start. */
    void onUse(BiConsumer<String, CurrentUsage> listener) {
        useListener = listener;
    }

    Future<Void> start() {
        return NodeChangeMessage.ADDRESS
                .listen(vertx, this::heard)
                .completion()
                .compose(done -> NodePresence.ADDRESS.listen(vertx, this::seen).completion())
                .compose(done -> reload(Instant.EPOCH));
    }

    /** Reads what changed since then, and everything when a node seems to have come or gone unnoticed. */
    Future<Void> refresh(Instant since) {
        return reload(since)
                .compose(found -> records.count(List.of()))
                .compose(count -> count == view.size() ? Future.succeededFuture() : reload(Instant.EPOCH));
    }

    /** Tells the other controllers which nodes are heard here. */
    void share() {
        if (!vertx.isClustered()) {
            return;
        }
        Instant now = clock.instant();
        Instant oldest = now.minus(offlineAfter);
        var seen = new ArrayList<NodePresence.Seen>();
        for (NodeView.Entry entry : view.entries()) {
            NodeHeartbeat pulse = entry.pulse();
            Instant last = pulse.lastSeen();
            if (pulse.heardHere() && last != null && last.isAfter(oldest)) {
                AbsenceReason left = pulse.whyLeft();
                seen.add(new NodePresence.Seen(
                        entry.node().id(),
                        Duration.between(last, now).toMillis(),
                        pulse.active(),
                        left == null ? null : left.text(),
                        left == null ? null : left.code(),
                        pulse.takeUntoldUse()));
            }
        }
        if (!seen.isEmpty()) {
            NodePresence.ADDRESS.publish(vertx, new NodePresence(self, seen));
        }
    }

    /** Reads what changed since then, by the clocks of those who wrote it. */
    Future<Void> reload(Instant since) {
        boolean everything = since.equals(Instant.EPOCH);
        Query query = Query.where(
                everything
                        ? new Query.Condition[0]
                        : new Query.Condition[] {Query.Condition.gte(NodeRecord.UPDATED_AT, since.toString())});
        var found = new HashMap<String, Node>();
        List<String> knownBefore = view.ids();
        var there = new HashSet<String>();
        return pages(query, found, there).map(done -> {
            found.values().forEach(view::put);
            if (everything) {
                // only those known before the reading began: one made since is not gone
                knownBefore.stream()
                        .filter(id -> !found.containsKey(id) && !there.contains(id))
                        .forEach(view::remove);
            }
            return null;
        });
    }

    /** @param there which cannot be read: they stay as they were known */
    private Future<Void> pages(Query query, Map<String, Node> found, Set<String> there) {
        return records.find(query).compose(page -> {
            page.items().forEach(record -> found.put(record.node().id(), record.node()));
            there.addAll(page.unreadable());
            return page.nextCursor() == null
                    ? Future.succeededFuture()
                    : pages(query.after(page.nextCursor()), found, there);
        });
    }

    private void heard(NodeChangeMessage hint) {
        if (hint.by().equals(self)) {
            return;
        }
        Node known = view.find(hint.nodeId());
        if (!hint.deleted() && known != null && known.version() >= hint.version()) {
            if (known.status() != hint.status()
                    && known.status().isUp()
                    && hint.status().isUp()) {
                view.show(hint.nodeId(), hint.status());
            }
            return;
        }
        // the hint is not believed, not even a deletion: the store is read
        records.get(hint.nodeId()).onComplete(read -> {
            if (read.succeeded()) {
                view.put(read.result().node());
            } else if (Failure.of(read.cause()).kind == Failure.Kind.NOT_FOUND) {
                view.remove(hint.nodeId());
            }
        });
    }

    private void seen(NodePresence batch) {
        if (batch.by().equals(self)) {
            return;
        }
        Instant now = clock.instant();
        for (NodePresence.Seen seen : batch.nodes()) {
            NodeView.Entry entry = view.entry(seen.id());
            if (entry != null) {
                entry.pulse().heardElsewhere(now.minusMillis(Math.max(0, seen.ageMs())), seen.active(), seen.absence());
                if (seen.use() != null && !entry.pulse().heardHere()) {
                    useListener.accept(seen.id(), seen.use());
                }
            }
        }
    }
}
