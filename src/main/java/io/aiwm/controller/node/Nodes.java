package io.aiwm.controller.node;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.common.Json;
import io.aiwm.controller.gateway.Admission;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.Records;
import io.aiwm.protocol.NodeModel;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.SystemInfo;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
    private final GpuWatch gpus = new GpuWatch();
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
            var overrides = NodeOverrides.of(settings, NodeRecord.Reported.NOTHING);
            var draft = new NodeDraft(id, now());
            overrides.applyTo(draft, NodeRecord.Reported.NOTHING);
            draft.cordoned = settings.cordons();
            return records.insert(new NodeRecord(draft.done(), NodeRecord.Reported.NOTHING, overrides))
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
        LabelSelector labels = filter.labelSelector() == null ? null : LabelSelector.parse(filter.labelSelector());
        String after = filter.pageToken() == null ? "" : NodePage.afterId(filter.pageToken());
        List<Node> matching = view.nodes().stream()
                .filter(node -> filter.matches(node, labels))
                .toList();
        List<Node> rest = matching.stream()
                .filter(node -> node.id().compareTo(after) > 0)
                .limit(filter.pageSize() + 1L)
                .toList();
        boolean more = rest.size() > filter.pageSize();
        List<Node> items = rest.subList(0, more ? filter.pageSize() : rest.size());
        return new NodePage(
                items.stream().map(this::live).toList(),
                more ? NodePage.token(items.get(items.size() - 1).id()) : null,
                matching.size());
    }

    /** Sets everything an administrator may set. @param ifVersion null: any; another version: PRECONDITION */
    public Future<Node> replace(String id, NodeSettings settings, Long ifVersion) {
        return set(id, ifVersion, (old, record) -> new Change(settings, NodeOverrides.of(settings, record.reported())));
    }

    /** Changes some of what an administrator may set: a JSON merge patch of {@link NodeSettings}. */
    public Future<Node> patch(String id, JsonObject patch, Long ifVersion) {
        return set(id, ifVersion, (old, record) -> {
            var merged = Json.decode(MergePatch.apply(Json.toObject(old), patch), NodeSettings.class);
            return new Change(merged, record.overrides().patched(patch, merged, record.reported()));
        });
    }

    /** Changes a node's record; the change says false when there is nothing to do, and may refuse with a Failure. */
    Future<Node> change(String id, Predicate<NodeDraft> change) {
        return records.update(id, record -> {
                    var draft = new NodeDraft(record.node());
                    if (!change.test(draft)) {
                        return record;
                    }
                    draft.updatedAt = now();
                    return record.with(draft);
                })
                .map(record -> live(record.node()));
    }

    /** What a caller makes of a node's settings. */
    private record Change(NodeSettings settings, NodeOverrides overrides) {}

    private interface Setting {
        Change of(NodeSettings old, NodeRecord record);
    }

    private Future<Node> set(String id, Long ifVersion, Setting setting) {
        return records.update(id, record -> {
                    Node node = record.node();
                    if (ifVersion != null && ifVersion != node.version()) {
                        throw new Failure(
                                Failure.Kind.PRECONDITION,
                                "node " + id + " is at version " + node.version() + ", not " + ifVersion);
                    }
                    var old = new NodeSettings(
                            node.name(),
                            node.role(),
                            node.zone(),
                            node.labels(),
                            node.capabilities(),
                            !node.cordoned());
                    Change change = setting.of(old, record);
                    NodeSettings.refuse(change.settings.errors());
                    var draft = new NodeDraft(node);
                    change.overrides.applyTo(draft, record.reported());
                    draft.cordoned = change.settings.cordons();
                    draft.updatedAt = now();
                    return new NodeRecord(draft.done(), record.reported(), change.overrides);
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
                gpus.forget(id);
                NodeChanged.ADDRESS.publish(
                        vertx, new NodeChanged(id, record.node().version(), NodeStatus.OFFLINE, true, self));
                return null;
            });
        });
    }

    /** What the worker's registration says goes into the record; what an administrator set stays. The node is up. */
    public Future<Node> registered(String id, NodeRegister said, String transport) {
        NodeHeartbeat pulse = pulse(id);
        if (pulse != null) {
            pulse.beat(clock.instant());
        }
        List<NodeModel> models = NodeModel.bounded(said.models());
        if (pulse != null) {
            pulse.holds(models);
        }
        List<SystemInfo.Gpu> found = NodeRegistration.gpus(said);
        Map<Integer, Integer> good = found == null ? Map.of() : gpus.sampled(id, found);
        var registration = new NodeRegistration(said, transport, self, good);
        return records.update(id, record -> registration.of(record, pulse == null ? models : pulse.models(), now()))
                .map(NodeRecord::node)
                .onSuccess(node -> pulse(id).beat(clock.instant()));
    }

    /** What a node said of itself could not be written. Of a node that was deleted meanwhile nobody needs to hear that. */
    private static void untaken(String id, String what, Throwable cause) {
        if (Failure.of(cause).kind != Failure.Kind.NOT_FOUND) {
            LOG.warn("node {}: its {}: {}", id, what, cause.getMessage());
        }
    }

    /** The node's container engine came or went, so that it gains or loses the capability of its name; or its images did. */
    void engineSeen(String id, SystemInfo.ContainerEngine engine) {
        Node known = view.find(id);
        if (known == null || known.system() == null || isSame(known.system().containerEngine(), engine)) {
            return;
        }
        records.update(id, record -> {
                    Node node = record.node();
                    if (node.system() == null || isSame(node.system().containerEngine(), engine)) {
                        return record;
                    }
                    NodeRecord.Reported reported = record.reported().engine(engine);
                    var draft = new NodeDraft(node);
                    draft.system = node.system().with(engine);
                    record.overrides().applyTo(draft, reported);
                    draft.updatedAt = now();
                    return new NodeRecord(draft.done(), reported, record.overrides());
                })
                .onFailure(cause -> untaken(id, "container engine", cause));
    }

    /** A sample of the node's GPUs: one that is missing, or reports an error, is out of service, until it is well again. */
    void gpusSeen(String id, List<SystemInfo.Gpu> found) {
        Node known = view.find(id);
        if (known == null || found == null) {
            return;
        }
        Map<Integer, Integer> good = gpus.sampled(id, found);
        if (!GpuWatch.judge(known, found, good, now()).isNews(known)) {
            return;
        }
        records.update(id, record -> {
                    GpuWatch.Seen seen = GpuWatch.judge(record.node(), found, good, now());
                    if (!seen.isNews(record.node())) {
                        return record;
                    }
                    var draft = new NodeDraft(record.node());
                    draft.gpus(seen);
                    draft.updatedAt = now();
                    return record.with(draft);
                })
                .onSuccess(record -> {
                    if (!record.node().gpuFaults().equals(known.gpuFaults())) {
                        LOG.warn(
                                "node {}: GPUs out of service: {}",
                                id,
                                record.node().gpusOutOfService());
                    }
                })
                .onFailure(cause -> untaken(id, "GPUs", cause));
    }

    /**
     * What its worker says it holds now goes into the record. One write at a time, of what was said last by then: neither
     * can an older list overtake a newer one, nor a worker that says another every millisecond make as many writes.
     */
    void holds(String id, List<NodeModel> said) {
        NodeHeartbeat pulse = pulse(id);
        if (pulse == null) {
            return;
        }
        pulse.holds(NodeModel.bounded(said));
        if (pulse.writingModels.compareAndSet(false, true)) {
            change(id, draft -> {
                        boolean news = !draft.models.equals(pulse.models());
                        draft.models = pulse.models();
                        return news;
                    })
                    .onComplete(done -> {
                        pulse.writingModels.set(false);
                        if (done.failed()) {
                            untaken(id, "models", done.cause());
                        } else if (!done.result().models().equals(pulse.models())) {
                            holds(id, pulse.models());
                        }
                    });
        }
    }

    private static boolean isSame(SystemInfo.ContainerEngine one, SystemInfo.ContainerEngine other) {
        boolean reached = one != null && Boolean.TRUE.equals(one.reachable());
        return reached == Boolean.TRUE.equals(other.reachable())
                && (one == null || Objects.equals(one.images(), other.images()));
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
    Future<Void> fellSilent(Node seen, NodeStatus to, String reason, boolean held) {
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
                    var draft = new NodeDraft(node);
                    draft.status = to;
                    draft.statusReason = reason;
                    draft.heldSince = held ? now : null;
                    draft.updatedAt = now;
                    Instant heard = pulse(id) == null ? null : pulse(id).lastSeen();
                    // what was heard here may be of long before its registration elsewhere
                    boolean newer = heard != null && (node.lastSeenAt() == null || heard.isAfter(node.lastSeenAt()));
                    draft.lastSeenAt = newer ? heard : node.lastSeenAt();
                    return record.with(draft);
                })
                .onSuccess(record -> {
                    if (record.node().status() == to
                            && record.node().updatedAt().equals(now)) {
                        LOG.atLevel(Admission.isGoodbye(reason) ? Level.INFO : Level.WARN)
                                .log("node {} is {}: {}", id, to, reason);
                    }
                })
                .mapEmpty();
    }

    /** The storm is over, or it has been stopped for long, and the node did not return: from this write on its work is lost. */
    Future<Void> release(String id) {
        return change(id, draft -> {
                    boolean held = draft.heldSince != null;
                    draft.heldSince = null;
                    return held;
                })
                .mapEmpty();
    }

    /** Shows IDLE or BUSY, here and to whoever listens; nothing is written. */
    void showActivity(Node node, NodeStatus status) {
        view.show(node.id(), status);
        NodeChanged.ADDRESS.publish(vertx, new NodeChanged(node.id(), node.version(), status, false, self));
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
        NodeChanged.ADDRESS.publish(vertx, new NodeChanged(node.id(), node.version(), node.status(), false, self));
    }

    private boolean isConnected(String id) {
        NodeHeartbeat pulse = pulse(id);
        Instant seen = pulse == null || pulse.left() ? null : pulse.lastSeen();
        return seen != null && Duration.between(seen, clock.instant()).compareTo(fleet.unhealthyAfter()) < 0;
    }

    private Node live(Node node) {
        NodeView.Entry entry = view.entry(node.id());
        if (entry == null || entry.pulse().lastSeen() == null) {
            return node;
        }
        var draft = new NodeDraft(node);
        draft.lastSeenAt = entry.pulse().lastSeen().truncatedTo(ChronoUnit.MILLIS);
        if (node.status().isUp() && entry.node().status().isUp()) {
            draft.status = entry.node().status();
        }
        return draft.done();
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }
}
