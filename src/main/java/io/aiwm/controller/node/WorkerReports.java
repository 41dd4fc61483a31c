package io.aiwm.controller.node;

import io.aiwm.common.Failure;
import io.aiwm.controller.store.Records;
import io.aiwm.protocol.NodeModel;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.SystemInfo;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes into a node's record what its worker says about it: registration, container engine, GPUs and models. */
final class WorkerReports {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerReports.class);

    private final Nodes nodes;
    private final Records<NodeRecord> records;
    private final GpuWatch gpus = new GpuWatch();

    WorkerReports(Nodes nodes, Records<NodeRecord> records) {
        this.nodes = nodes;
        this.records = records;
    }

    /** Forgets what was sampled of a node that is deleted. */
    void forget(String id) {
        gpus.forget(id);
    }

    /** What the worker's registration says goes into the record; what an administrator set stays. The node is up. */
    Future<Node> registered(String id, NodeRegister said, String transport) {
        NodeHeartbeat pulse = nodes.pulse(id);
        if (pulse != null) {
            pulse.beat(nodes.instant());
        }
        List<NodeModel> models = NodeModel.bounded(said.models());
        if (pulse != null) {
            pulse.holds(models);
        }
        List<SystemInfo.Gpu> found = NodeRegistration.gpus(said);
        Map<Integer, Integer> good = found == null ? Map.of() : gpus.sampled(id, found);
        var registration = new NodeRegistration(said, transport, nodes.controllerId(), good);
        return records.update(
                        id, record -> registration.of(record, pulse == null ? models : pulse.models(), nodes.now()))
                .map(NodeRecord::node)
                .onSuccess(node -> nodes.pulse(id).beat(nodes.instant()));
    }

    /** What a node said of itself could not be written. Of a node that was deleted meanwhile nobody needs to hear that. */
    private static void untaken(String id, String what, Throwable cause) {
        if (Failure.of(cause).kind != Failure.Kind.NOT_FOUND) {
            LOG.warn("node {}: its {}: {}", id, what, cause.getMessage());
        }
    }

    /** The node's container engine came or went, so that it gains or loses the capability of its name; or its images did. */
    void engineSeen(String id, SystemInfo.ContainerEngine engine) {
        Node known = nodes.find(id);
        if (known == null || known.system() == null || isSame(known.system().containerEngine(), engine)) {
            return;
        }
        records.update(id, record -> {
                    Node node = record.node();
                    if (node.system() == null || isSame(node.system().containerEngine(), engine)) {
                        return record;
                    }
                    NodeRecord.Reported reported = record.reported().engine(engine);
                    var draft = NodeBuilder.builder(node);
                    draft.system(node.system().with(engine));
                    record.overrides().applyTo(draft, reported);
                    draft.updatedAt(nodes.now());
                    return new NodeRecord(draft.build(), reported, record.overrides());
                })
                .onFailure(cause -> untaken(id, "container engine", cause));
    }

    /** A sample of the node's GPUs: one that is missing, or reports an error, is out of service, until it is well again. */
    void gpusSeen(String id, List<SystemInfo.Gpu> found) {
        Node known = nodes.find(id);
        if (known == null || found == null) {
            return;
        }
        Map<Integer, Integer> good = gpus.sampled(id, found);
        if (!GpuWatch.judge(known, found, good, nodes.now()).isNews(known)) {
            return;
        }
        records.update(id, record -> {
                    GpuWatch.Seen seen = GpuWatch.judge(record.node(), found, good, nodes.now());
                    if (!seen.isNews(record.node())) {
                        return record;
                    }
                    var draft = NodeBuilder.builder(record.node());
                    seen.applyTo(draft);
                    draft.updatedAt(nodes.now());
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
        NodeHeartbeat pulse = nodes.pulse(id);
        if (pulse == null) {
            return;
        }
        pulse.holds(NodeModel.bounded(said));
        writeModels(id, pulse);
    }

    /** Writes what was said last. Says nothing itself: what is said while this looks would be overwritten. */
    private void writeModels(String id, NodeHeartbeat pulse) {
        if (pulse.writingModels.compareAndSet(false, true)) {
            nodes.change(id, draft -> {
                        List<NodeModel> last = pulse.models();
                        boolean news = !draft.models().equals(last);
                        draft.models(last);
                        return news;
                    })
                    .onComplete(done -> {
                        pulse.writingModels.set(false);
                        if (done.failed()) {
                            untaken(id, "models", done.cause());
                        } else if (!done.result().models().equals(pulse.models())) {
                            writeModels(id, pulse);
                        }
                    });
        }
    }

    private static boolean isSame(SystemInfo.ContainerEngine one, SystemInfo.ContainerEngine other) {
        boolean reached = one != null && Boolean.TRUE.equals(one.reachable());
        return reached == Boolean.TRUE.equals(other.reachable())
                && (one == null || Objects.equals(one.images(), other.images()));
    }
}
