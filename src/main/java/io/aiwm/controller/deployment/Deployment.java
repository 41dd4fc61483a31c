package io.aiwm.controller.deployment;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import io.aiwm.controller.deployment.engine.EngineSpec;
import io.aiwm.controller.eventlog.Outbox;
import io.aiwm.controller.execution.Claim;
import io.aiwm.controller.execution.OnNodeLost;
import io.aiwm.controller.execution.Requires;
import io.aiwm.controller.store.ValidatedRecord;
import io.aiwm.protocol.ContainerSpec;
import io.aiwm.protocol.ProbeFailure;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/**
 * Something that shall run, as it is stored. Written by {@link Deployments} only; users see a {@link DeploymentView} of it.
 *
 * @param spec what the replicas run, or shall run when the current update is through
 * @param model what is downloaded to the node first; null: nothing
 * @param engine this and what follows as in {@link ResolvedSpec}
 * @param replicas how many containers it is to have
 * @param status what {@link DeploymentSummary} says of the instances; whoever makes the record need not give it
 * @param statusReason why it is in this state, in words, and {@code reasonCode} as a code; null when there is nothing to say
 * @param instances the replicas there are, by index
 * @param nodeIds where containers of it are; taken from the instances
 * @param modelIds of the kept models that it cannot do without, and of their versions, {@code <model>:<number>}; taken from the
 *     revisions
 * @param generation which of the revisions all replicas are to have
 * @param goodGeneration the last one that all replicas had and were ready with
 * @param revisions what ran and what runs, oldest first
 * @param update how an update proceeds; null: as {@link RolloutPolicy#DEFAULT}
 * @param autoscale how the number of replicas follows the calls; null: it does not
 * @param scaling what that decided last; null: nothing, or somebody has set the number since
 * @param rollout the update that is under way, or the end of the last one; null: there was none
 * @param deleting true: it is to be removed with all its containers; null: it is not
 * @param outbox what happened to it, until that is in the log of events
 * @param actor who asked for the newest action
 */
@RecordBuilder
@JsonDeserialize(converter = StoredDeployment.Reader.class)
public record Deployment(
        String id,
        long version,
        String name,
        ContainerSpec spec,
        DeploymentModel model,
        EngineSpec engine,
        ContainerSpec asked,
        ModelMemory memory,
        Placement placement,
        int replicas,
        Desired desired,
        DeploymentState status,
        String statusReason,
        ReasonCode reasonCode,
        List<Replica> instances,
        List<String> nodeIds,
        List<String> modelIds,
        int generation,
        int goodGeneration,
        List<Revision> revisions,
        RolloutPolicy update,
        Autoscale autoscale,
        Scaling scaling,
        Rollout rollout,
        Boolean deleting,

        @JsonInclude(value = JsonInclude.Include.CUSTOM, valueFilter = Outbox.NeverUsed.class)
        Outbox outbox,

        String actor,
        Instant createdAt,
        Instant updatedAt)
        implements ValidatedRecord {

    @Override
    public void check() {
        requireNonNull(id, "id");
        requireNonNull(name, "name");
        requireNonNull(requireNonNull(spec, "spec").image(), "spec.image");
        requireNonNull(desired, "desired");
        requireNonNull(status, "status");
        requireNonNull(createdAt, "createdAt");
        for (Replica replica : instances) {
            requireNonNull(replica.state(), "instances.state");
            requireNonNull(revision(replica.aim()), "revisions");
        }
    }

    public Deployment {
        instances = instances == null
                ? List.of()
                : instances.stream()
                        .sorted(Comparator.comparingInt(Replica::index))
                        .toList();
        outbox = outbox == null ? Outbox.EMPTY : outbox;
        revisions = revisions == null ? List.of() : Revisions.noted(List.copyOf(revisions), instances);
        nodeIds = instances.stream()
                .map(Replica::nodeId)
                .filter(Objects::nonNull)
                .distinct()
                .toList();
        modelIds = Revisions.neededModels(revisions, instances, generation, goodGeneration);
        if (desired != null) {
            var summary = DeploymentSummary.of(instances, desired, replicas, Boolean.TRUE.equals(deleting), rollout);
            status = summary.state();
            statusReason = summary.reason() == null ? null : summary.reason().text();
            reasonCode = summary.reason() == null ? null : summary.reason().code();
        }
    }

    /** What the user wants. */
    public enum Desired {
        RUNNING,
        STOPPED
    }

    /**
     * Where it may run.
     *
     * @param nodeId exactly there; null: placed
     * @param maxPerNode how many replicas one node may have; null: any number
     */
    public record Placement(String nodeId, Requires requires, OnNodeLost onNodeLost, Integer maxPerNode) {
        public Placement {
            onNodeLost = onNodeLost == null ? OnNodeLost.RESCHEDULE : onNodeLost;
        }

        public Placement(String nodeId, Requires requires, OnNodeLost onNodeLost) {
            this(nodeId, requires, onNodeLost, null);
        }
    }

    /**
     * One container, as its worker last reported it.
     *
     * @param commandId the command that made it
     * @param state created, running, paused, restarting, exited, dead or removed
     * @param health none, starting, healthy or unhealthy
     * @param claim what the node promised it; null: nothing
     * @param image what it was made of; null where its worker does not say
     * @param probeFailure the probe that fails, or for which it was restarted; null: none
     */
    @RecordBuilder
    public record Container(
            String nodeId,
            String containerId,
            String commandId,
            String state,
            String health,
            Integer exitCode,
            Boolean oomKilled,
            Integer restarts,
            List<Port> ports,
            Claim claim,
            ContainerImage image,
            ProbeFailure probeFailure) {

        /** What {@code state} means. */
        ContainerState phase() {
            return ContainerState.of(state);
        }

        /** As it is when its node is back with it. */
        Container running() {
            return but().state(ContainerState.RUNNING.wire())
                    .exitCode(null)
                    .oomKilled(null)
                    .build();
        }

        Container with(Claim promised) {
            return but().claim(promised).build();
        }

        Container with(ContainerImage other) {
            return but().image(other).build();
        }

        /** Begins a copy with some fields changed. */
        DeploymentContainerBuilder but() {
            return DeploymentContainerBuilder.builder(this);
        }

        public Container {
            ports = ports == null ? List.of() : List.copyOf(ports);
        }
    }

    /** A published port, with the host port the engine chose. */
    public record Port(int containerPort, Integer hostPort, String protocol, String hostIp) {}

    ResolvedSpec made() {
        return new ResolvedSpec(spec, model, engine, asked, memory);
    }

    /** One replica with its deployment; null where there is none of that index. */
    Instance instance(int index) {
        return instances.stream()
                .filter(replica -> replica.index() == index)
                .findFirst()
                .map(replica -> new Instance(this, replica))
                .orElse(null);
    }

    /** All of its replicas. */
    List<Instance> all() {
        return instances.stream().map(replica -> new Instance(this, replica)).toList();
    }

    /** Null when it is not known any more. */
    public Revision revision(int wanted) {
        return revisions.stream()
                .filter(one -> one.generation() == wanted)
                .findFirst()
                .orElse(null);
    }

    /** The same with this replica as it is there. */
    Deployment with(Instance changed) {
        return DeploymentBuilder.builder(this)
                .instances(instances.stream()
                        .map(replica -> replica.index() == changed.index() ? changed.replica() : replica)
                        .toList())
                .updatedAt(changed.of().updatedAt())
                .build();
    }

    /** The same without this replica. */
    Deployment without(int index) {
        return DeploymentBuilder.builder(this)
                .instances(instances.stream()
                        .filter(replica -> replica.index() != index)
                        .toList())
                .build();
    }

    /** The replica that a record of one container had; the one with the lowest index of several, null while there is none. */
    public Replica first() {
        return instances.isEmpty() ? null : instances.get(0);
    }

    /** Where the first of its containers is; null while there is none. */
    public String nodeId() {
        return nodeIds.isEmpty() ? null : nodeIds.get(0);
    }

    /** The container of its first replica; null while there is none. */
    public Container container() {
        return first() == null ? null : first().container();
    }

    /** The newest action on its first replica; null where it has none. */
    public String lastExecutionId() {
        return first() == null ? null : first().lastExecutionId();
    }

    /** Whether an action on any replica uses this execution. */
    public boolean uses(String executionId) {
        return instances.stream().anyMatch(replica -> replica.uses(executionId));
    }

    /** How many of its replicas take traffic. */
    public int ready() {
        return (int) instances.stream().filter(Replica::isReady).count();
    }

    // not public: it would be stored as a second value of the field
    boolean isDeleting() {
        return Boolean.TRUE.equals(deleting);
    }

    /** Whether an update is under way. */
    boolean isRolling() {
        return rollout != null && rollout.isUnderWay();
    }

    /** The same, in a name by which it is not stored. */
    public boolean hasUpdateUnderWay() {
        return isRolling();
    }

    boolean isPaused() {
        return rollout != null && rollout.isPaused();
    }

    RolloutPolicy policy() {
        return update == null ? RolloutPolicy.DEFAULT : update;
    }

    Deployment withVersion(long next) {
        return DeploymentBuilder.builder(this).version(next).build();
    }
}
