package io.aiwm.controller.node;

import io.aiwm.protocol.NodeModel;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.SystemInfo;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What a worker's registration makes of its node's record. What an administrator set stays. Pure.
 *
 * @param controllerId who took the registration: the controller that hears the node from now on
 * @param goodSamples of each GPU it has, how many samples in a row were good
 */
record NodeRegistration(NodeRegister said, String transport, String controllerId, Map<Integer, Integer> goodSamples) {

    /** The node is up: no other write leads out of OFFLINE. */
    NodeRecord of(NodeRecord record, List<NodeModel> models, Instant now) {
        Node node = record.node();
        NodeRecord.Reported reported = record.reported().then(said);
        var draft = NodeBuilder.builder(node);
        record.overrides().applyTo(draft, reported);
        draft.runtimes(said.runtimes());
        draft.maxParallel(said.maxParallel());
        draft.hostname(said.hostname());
        draft.agentVersion(said.agentVersion());
        draft.transport(transport);
        draft.controllerId(controllerId);
        draft.system(said.system() == null ? node.system() : said.system());
        List<SystemInfo.Gpu> found = gpus(said);
        GpuWatch.Seen seen = found == null
                ? new GpuWatch.Seen(GpuWatch.gpus(node), node.gpuFaults())
                : GpuWatch.judge(node, found, goodSamples, now);
        seen.applyTo(draft);
        draft.heldSince(null);
        draft.models(models);
        draft.modelServer(said.modelServer());
        draft.status(NodeStatus.IDLE);
        draft.statusReason(null).reasonCode(null);
        draft.registeredAt(now);
        draft.lastSeenAt(now);
        draft.updatedAt(now);
        return new NodeRecord(draft.build(), reported, record.overrides());
    }

    /** Null: it did not say. */
    static List<SystemInfo.Gpu> gpus(NodeRegister said) {
        return said.system() == null ? null : said.system().gpus();
    }
}
