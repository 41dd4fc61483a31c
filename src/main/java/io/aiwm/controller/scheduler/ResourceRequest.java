package io.aiwm.controller.scheduler;

import io.aiwm.common.Amounts;
import io.aiwm.controller.execution.HostPort;
import io.aiwm.controller.execution.Placer.PlacementRequest;
import io.aiwm.controller.execution.Requires;
import io.aiwm.controller.execution.RequiresBuilder;
import io.aiwm.controller.execution.StepSpec;
import io.aiwm.controller.node.LabelSelector;
import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.NodeModel;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.SystemInfo;
import java.util.List;
import java.util.Objects;

/**
 * What one step asks of a node, read once. Steps that ask for the same share one instance, so that a queue of ten thousand of
 * a kind is decided like one.
 */
final class ResourceRequest {
    private static final Requires NOTHING = RequiresBuilder.builder().build();

    private final Requires requires;
    private final String pinnedTo;
    private final String claimId;
    private final boolean clears;
    private final List<String> avoided;
    private final Amounts amounts;
    private final int gpuCount;
    private final boolean asksForAmounts;
    private final int hash;

    /**
     * @param pinnedTo the only node it may run on; null: any
     * @param claimId whose claim it is when that outlives the step; null: the step's own
     * @param clears it only takes away what is on its node, so it goes there also when that is closed
     * @param avoided nodes on which it has failed by what is the node's own
     */
    ResourceRequest(Requires requires, String pinnedTo, String claimId, boolean clears, List<String> avoided) {
        this.requires = requires;
        this.pinnedTo = pinnedTo;
        this.claimId = claimId;
        this.clears = clears;
        this.avoided = avoided;
        this.amounts = requires == null ? Amounts.NOTHING : requires.amounts();
        this.gpuCount = gpuCount(wish().gpus());
        this.asksForAmounts = gpuCount > 0 || !amounts.isNothing();
        this.hash = requires == null && pinnedTo == null ? 0 : Objects.hash(requires, pinnedTo, claimId, clears);
    }

    static ResourceRequest of(PlacementRequest wish) {
        StepSpec step = wish.step();
        String pinnedTo = wish.pinnedTo();
        boolean clears = pinnedTo != null && CommandNames.CLEARING.contains(step.command());
        return new ResourceRequest(step.requires(), pinnedTo, step.claimId(), clears, wish.avoided());
    }

    Requires wish() {
        return requires == null ? NOTHING : requires;
    }

    String pinnedTo() {
        return pinnedTo;
    }

    String claimId() {
        return claimId;
    }

    boolean clears() {
        return clears;
    }

    List<String> avoided() {
        return avoided;
    }

    /** Everything but GPUs, which it asks for by their number and not by name. */
    Amounts amounts() {
        return amounts;
    }

    int gpuCount() {
        return gpuCount;
    }

    private static int gpuCount(Requires.Gpus gpus) {
        if (gpus == null) {
            return 0;
        }
        if (gpus.indices() != null && !gpus.indices().isEmpty()) {
            return gpus.indices().size();
        }
        return gpus.count() == null ? 0 : gpus.count();
    }

    /** Of each GPU; -1: a whole one. */
    long gpuMemoryBytes() {
        Requires.Gpus gpus = wish().gpus();
        return gpus == null || gpus.memoryBytes() == null ? -1 : gpus.memoryBytes();
    }

    boolean readsModels() {
        return requires != null
                && requires.models() != null
                && !requires.models().isEmpty();
    }

    /** The models it reads, under the names by which nodes hold them. */
    List<String> models() {
        return requires.models().stream()
                .map(NodeModel::nameOf)
                .filter(Objects::nonNull)
                .toList();
    }

    /** Ports of the node that it must have for itself. */
    List<HostPort> hostPorts() {
        return asksForPorts() ? requires.hostPorts() : List.of();
    }

    boolean asksForPorts() {
        return requires != null && requires.hostPorts() != null;
    }

    /** Whether it asks for more than a slot. A pinned step that does not is sent even to a full node, which queues it. */
    boolean asksForAmounts() {
        return asksForAmounts;
    }

    boolean queuesOnItsNode() {
        return pinnedTo != null && !asksForAmounts() && !asksForPorts();
    }

    boolean needsEngine() {
        return capabilities().contains(NodeRegister.CONTAINER_ENGINE);
    }

    /** Whether it needs the container engine of this machine, which is there and does not answer. */
    boolean misses(SystemInfo system) {
        return system != null
                && system.containerEngine() != null
                && Boolean.FALSE.equals(system.containerEngine().reachable())
                && needsEngine();
    }

    List<String> capabilities() {
        return wish().capabilities() == null ? List.of() : wish().capabilities();
    }

    List<String> withoutEngine() {
        return capabilities().stream()
                .filter(one -> !one.equals(NodeRegister.CONTAINER_ENGINE))
                .toList();
    }

    /** Null when it names none. Fails with INVALID when it cannot be read. */
    LabelSelector labels() {
        return wish().labelSelector() == null ? null : LabelSelector.parse(wish().labelSelector());
    }

    @Override
    public boolean equals(Object other) {
        return this == other
                || (other instanceof ResourceRequest that
                        && hash == that.hash
                        && Objects.equals(requires, that.requires)
                        && Objects.equals(pinnedTo, that.pinnedTo)
                        && Objects.equals(claimId, that.claimId)
                        && clears == that.clears
                        && avoided.equals(that.avoided));
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
