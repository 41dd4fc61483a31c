package io.aiwm.controller.node;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.controller.gateway.AbsenceReason;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.Records;
import io.aiwm.protocol.NodeRegister;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The only writer of nodes, and the view of all of them in memory. Heartbeats touch {@link NodeHeartbeat}s; the store is written
 * when a node is made, set, registers, falls silent or goes, so that a fleet at work costs no writes.
 */
public final class Nodes implements NodeDirectory {
    private static final Logger LOG = LoggerFactory.getLogger(Nodes.class);

    public static final DocumentStore.Collection COLLECTION = NodeRecord.COLLECTION;

    private final Vertx vertx;
    private final InstantSource clock;
    private final Config.Fleet fleet;
    private final Records<NodeRecord> records;
    private final NodeView view;
    private final NodeSync sync;
    private final WorkerReports reports;
    private final NodeEdits edits;
    private final List<Function<String, Future<Void>>> beforeDelete = new CopyOnWriteArrayList<>();
    private final String self;

    /** @param controllerId of this process; stands in the record of each node that registers here */
    public Nodes(Vertx vertx, DocumentStore store, InstantSource clock, Config.Fleet fleet, String controllerId) {
        this.vertx = vertx;
        this.clock = clock;
        this.fleet = fleet;
        this.self = controllerId;
        this.view = new NodeView(clock, controllerId);
        this.records =
                new Records<>(store, COLLECTION.name(), NodeRecord.class, NodeRecord.SHAPE, record -> true, false);
        records.onWritten((before, after) -> written(after.node()));
        records.describe((before, after) -> NodeEventNotes.between(before, after, clock));
        this.reports = new WorkerReports(this, records);
        this.edits = new NodeEdits(this, records);
        this.sync = new NodeSync(vertx, records, view, clock, fleet.offlineAfter(), self);
    }

    /** Reads every node into memory and begins to listen to other controllers. Before any other use. */
    public Future<Void> start() {
        return sync.start();
    }

    @Override
    public Node find(String nodeId) {
        return view.find(nodeId);
    }

    @Override
    public Collection<Node> all() {
        return view.nodes();
    }

    @Override
    public void onChange(Runnable listener) {
        view.onChange(listener);
    }

    @Override
    public void onLost(Consumer<String> listener) {
        view.onLost(listener);
    }

    /** Calls back with a node that was written OFFLINE, by whomever, lost or held, or is gone: no session may serve it. */
    void onWrittenOff(Consumer<String> listener) {
        view.onWrittenOff(listener);
    }

    /** Calls back with each node that came or changed, IDLE and BUSY included, or null for one that went. Must not block. */
    public void onNode(BiConsumer<String, Node> listener) {
        view.onNode(listener);
    }

    /** What must be done before a node's record goes; if it fails, the node stays. */
    public void onDelete(Function<String, Future<Void>> duty) {
        beforeDelete.add(duty);
    }

    /** Fails with CONFLICT when the id is taken, with INVALID naming every wrong field. */
    public Future<Node> create(NewNode wanted) {
        return Future.succeededFuture(wanted).compose(node -> {
            node.check();
            String id = node.wantedId() == null ? Ids.next("node") : node.wantedId();
            NodeSettings settings = node.settings();
            var overrides = NodeOverrides.of(settings, NodeRecord.Reported.NOTHING, null);
            var draft = Node.begun(id, now());
            overrides.applyTo(draft, NodeRecord.Reported.NOTHING);
            draft.cordoned(settings.cordons());
            return records.insert(new NodeRecord(draft.build(), NodeRecord.Reported.NOTHING, overrides))
                    .map(NodeRecord::node);
        });
    }

    /** As stored, with the newest sign of life. Fails with NOT_FOUND. */
    public Future<Node> get(String id) {
        return records.get(id).map(record -> {
            view.put(record.node());
            return live(record.node());
        });
    }

    /** Served from memory, in the order of ids. Fails with INVALID when selector or page token cannot be read. */
    public NodePage list(NodeFilter filter) {
        return NodePage.of(view.nodes(), filter, this::live);
    }

    /** See {@link NodeEdits#replace}. */
    public Future<Node> replace(String id, NodeSettings settings, Long ifVersion) {
        return edits.replace(id, settings, ifVersion);
    }

    /** See {@link NodeEdits#patch}. */
    public Future<Node> patch(String id, JsonObject patch, Long ifVersion) {
        return edits.patch(id, patch, ifVersion);
    }

    /** Changes a node's record; the change says false when there is nothing to do, and may refuse with a Failure. */
    Future<Node> change(String id, Predicate<NodeBuilder> change) {
        return records.update(id, record -> {
                    var draft = NodeBuilder.builder(record.node());
                    if (!change.test(draft)) {
                        return record;
                    }
                    draft.updatedAt(now());
                    return record.with(draft);
                })
                .map(record -> live(record.node()));
    }

    /** Fails with NOT_FOUND, or with CONFLICT while its worker is connected and {@code force} is false. */
    public Future<Void> delete(String id, boolean force) {
        return records.get(id).compose(record -> {
            if (!force && isConnected(id)) {
                return Future.failedFuture(Failure.conflict(
                        "the worker of node " + id + " is connected; stop it first, or delete with force=true"));
            }
            Future<Void> ready = Future.succeededFuture();
            for (Function<String, Future<Void>> duty : beforeDelete) {
                ready = ready.compose(done -> duty.apply(id));
            }
            return ready.compose(done -> records.delete(id)).map(done -> {
                view.remove(id);
                reports.forget(id);
                NodeChangeMessage.ADDRESS.publish(
                        vertx, new NodeChangeMessage(id, record.node().version(), NodeStatus.OFFLINE, true, self));
                return null;
            });
        });
    }

    /** See {@link WorkerReports#registered}. */
    public Future<Node> registered(String id, NodeRegister said, String transport) {
        return reports.registered(id, said, transport);
    }

    /** Takes what the node's worker says about it. */
    WorkerReports reports() {
        return reports;
    }

    /** The node's pulse, to be kept by its session; null when there is no such node. */
    public NodeHeartbeat pulse(String id) {
        NodeView.Entry entry = view.entry(id);
        return entry == null ? null : entry.pulse();
    }

    /**
     * Writes a status that silence brought. Does nothing when the node has moved on meanwhile, or has registered again.
     *
     * @param seen as it was when it was judged
     * @param held whether the work of a node that is OFFLINE now is not taken as lost
     */
    Future<Void> fellSilent(Node seen, NodeStatus to, AbsenceReason why, boolean held) {
        String id = seen.id();
        Instant now = now();
        return records.update(id, record -> {
                    Node node = record.node();
                    boolean same = node.status() == seen.status()
                            || (node.status().isUp() && seen.status().isUp());
                    if (!same || !node.isSameRegistration(seen)) {
                        view.put(node); // another controller was first
                        return record;
                    }
                    var draft = NodeBuilder.builder(node);
                    draft.status(to);
                    draft.statusReason(why == null ? null : why.text());
                    draft.reasonCode(why == null ? null : why.code());
                    draft.heldSince(held ? now : null);
                    draft.updatedAt(now);
                    Instant heard = pulse(id) == null ? null : pulse(id).lastSeen();
                    // what was heard here may be of long before its registration elsewhere
                    boolean newer = heard != null && (node.lastSeenAt() == null || heard.isAfter(node.lastSeenAt()));
                    draft.lastSeenAt(newer ? heard : node.lastSeenAt());
                    return record.with(draft);
                })
                .onSuccess(record -> {
                    if (record.node().status() == to
                            && record.node().updatedAt().equals(now)) {
                        boolean inOrder = record.node().reasonCode() == AbsenceReason.Code.STOPPED;
                        LOG.atLevel(inOrder ? Level.INFO : Level.WARN)
                                .log("node {} is {}: {}", id, to, record.node().statusReason());
                    }
                })
                .mapEmpty();
    }

    /** The storm is over, or it has been stopped for long, and the node did not return: from this write on its work is lost. */
    Future<Void> release(String id) {
        return change(id, draft -> {
                    boolean held = draft.heldSince() != null;
                    draft.heldSince(null);
                    return held;
                })
                .mapEmpty();
    }

    /** Shows IDLE or BUSY, here and to whoever listens; nothing is written. */
    void showActivity(Node node, NodeStatus status) {
        view.show(node.id(), status);
        NodeChangeMessage.ADDRESS.publish(vertx, new NodeChangeMessage(node.id(), node.version(), status, false, self));
    }

    String controllerId() {
        return self;
    }

    NodeView view() {
        return view;
    }

    NodeSync sync() {
        return sync;
    }

    private void written(Node node) {
        view.put(node);
        NodeChangeMessage.ADDRESS.publish(
                vertx, new NodeChangeMessage(node.id(), node.version(), node.status(), false, self));
    }

    private boolean isConnected(String id) {
        NodeHeartbeat pulse = pulse(id);
        Instant seen = pulse == null || pulse.left() ? null : pulse.lastSeen();
        return seen != null && Duration.between(seen, clock.instant()).compareTo(fleet.unhealthyAfter()) < 0;
    }

    /** As stored, with the newest sign of life. */
    Node live(Node node) {
        NodeView.Entry entry = view.entry(node.id());
        if (entry == null || entry.pulse().lastSeen() == null) {
            return node;
        }
        var draft = NodeBuilder.builder(node);
        draft.lastSeenAt(entry.pulse().lastSeen().truncatedTo(ChronoUnit.MILLIS));
        if (node.status().isUp() && entry.node().status().isUp()) {
            draft.status(entry.node().status());
        }
        return draft.build();
    }

    Instant instant() {
        return clock.instant();
    }

    /** The present as records keep it, in milliseconds. */
    Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }
}
