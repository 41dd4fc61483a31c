package io.aiwm.controller.deployment;

import static java.util.Objects.requireNonNull;

import io.aiwm.controller.execution.Claim;
import io.aiwm.controller.execution.OnNodeLost;
import io.aiwm.controller.execution.Requires;
import io.aiwm.controller.store.Checked;
import io.aiwm.protocol.ContainerSpec;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.List;

/**
 * Something that shall run, as stored in collection {@code deployments}. Written by {@link Deployments} only; what users
 * see of it is {@link DeploymentView}.
 *
 * @param spec what runs, or shall run when the current update is through
 * @param previousSpec what ran before the update that is under way; null when there is none
 * @param model what is downloaded to the node first; null: nothing
 * @param replicas 1; more comes later
 * @param statusReason why it is in this state, in words; null when there is nothing to say
 * @param container the container that counts; null while there is none. Reports of any other change nothing
 * @param seen what was reported of the container that the open execution is making; null otherwise
 * @param traces other nodes where an execution of this deployment may have left a container
 * @param lastExecutionId of the newest action. Stored before that execution is made, so that a sweep can make it
 * @param endingFirst an execution that must have ended before the last one is made; null when there is none
 * @param actor who asked for the newest action
 * @param lost the container that counted when its node was lost, until one is made elsewhere or its user wants something
 *     else: when the node brings it back before that, it counts again. Null: none
 * @param adopting true: the newest action is being cancelled because the lost container counts again; null: it is not
 * @param reasonCode what {@code statusReason} says, as a code; null when there is nothing to say
 * @param pull true: the newest action pulls the image also where the node has one of that name; null: as {@code spec} says
 */
@RecordBuilder
public record Deployment(
        String id,
        long version,
        String name,
        ContainerSpec spec,
        ContainerSpec previousSpec,
        Model model,
        Placement placement,
        int replicas,
        Desired desired,
        DeploymentState status,
        String statusReason,
        Container container,
        Container seen,
        List<String> traces,
        String lastExecutionId,
        String endingFirst,
        String actor,
        Instant createdAt,
        Instant updatedAt,
        Container lost,
        Boolean pull,
        Boolean adopting,
        ReasonCode reasonCode)
        implements Checked {

    @Override
    public void check() {
        requireNonNull(id, "id");
        requireNonNull(name, "name");
        requireNonNull(requireNonNull(spec, "spec").image(), "spec.image");
        requireNonNull(desired, "desired");
        requireNonNull(status, "status");
        requireNonNull(createdAt, "createdAt");
    }

    public Deployment {
        traces = traces == null ? List.of() : List.copyOf(traces);
        // a record from before there were codes
        reasonCode = reasonCode == null ? ReasonCode.ofWords(statusReason) : reasonCode;
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
     */
    public record Placement(String nodeId, Requires requires, OnNodeLost onNodeLost) {
        public Placement {
            onNodeLost = onNodeLost == null ? OnNodeLost.RESCHEDULE : onNodeLost;
        }
    }

    /**
     * @param id of a model that AIWM keeps; null for one that is only downloaded
     * @param url where it is downloaded from
     * @param sha256 64 hexadecimal digits; null: not verified
     */
    public record Model(String id, String url, String sha256) {}

    /**
     * One container, as its worker last reported it.
     *
     * @param commandId the command that made it
     * @param state created, running, paused, restarting, exited, dead or removed
     * @param health none, starting, healthy or unhealthy
     * @param claim what the node promised it; null: nothing
     * @param image what it was made of; null where its worker does not say
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
            Image image) {

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

        Container with(Image other) {
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

    /**
     * The image of a container, by the ids that its engine has for images.
     *
     * @param id of what it was made of
     * @param tagId of what its name in the spec means on its node now; null where that is not known
     */
    public record Image(String id, String tagId) {
        /** Whether the name means another image by now; null where that is not known. */
        Boolean moved() {
            return tagId == null ? null : !tagId.equals(id);
        }
    }

    /** A published port, with the host port the engine chose. */
    public record Port(int containerPort, Integer hostPort, String protocol, String hostIp) {}

    /** Where its container is; null while there is none. */
    public String nodeId() {
        return container == null ? null : container.nodeId();
    }

    /** Why it is in its status; null when there is nothing to say. */
    ReasonCode.Reason reason() {
        return statusReason == null ? null : new ReasonCode.Reason(reasonCode, statusReason);
    }

    /** Whether the newest action pulls the image whatever the node has. */
    boolean pulls() {
        return Boolean.TRUE.equals(pull);
    }

    boolean adopts() {
        return Boolean.TRUE.equals(adopting);
    }

    DeploymentChange change() {
        return new DeploymentChange(this);
    }

    Deployment withVersion(long next) {
        return change().version(next).done();
    }
}
