package io.aiwm.controller.deployment;

import io.aiwm.controller.deployment.Deployment.Container;
import io.aiwm.controller.deployment.Deployment.Desired;
import io.aiwm.controller.deployment.Deployment.Model;
import io.aiwm.protocol.ContainerSpec;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** A copy of a deployment with some fields changed. The only way to a new status, which asks {@link DeploymentState}. */
final class DeploymentChange {
    /** More nodes than this are not remembered; the oldest go. A forgotten one is cleaned when it registers. */
    private static final int MAX_TRACES = 20;

    private final Deployment before;
    private long version;
    private String name;
    private ContainerSpec spec;
    private ContainerSpec previousSpec;
    private Model model;
    private Deployment.Placement placement;
    private Desired desired;
    private DeploymentState status;
    private String statusReason;
    private Container container;
    private Container seen;
    private List<String> traces;
    private String lastExecutionId;
    private String endingFirst;
    private String actor;
    private Instant updatedAt;
    private Container lost;
    private boolean pull;
    private boolean adopting;

    DeploymentChange(Deployment before) {
        this.before = before;
        version = before.version();
        name = before.name();
        spec = before.spec();
        previousSpec = before.previousSpec();
        model = before.model();
        placement = before.placement();
        desired = before.desired();
        status = before.status();
        statusReason = before.statusReason();
        container = before.container();
        seen = before.seen();
        traces = before.traces();
        lastExecutionId = before.lastExecutionId();
        endingFirst = before.endingFirst();
        actor = before.actor();
        updatedAt = before.updatedAt();
        lost = before.lost();
        pull = before.pulls();
        adopting = before.adopts();
    }

    DeploymentChange version(long next) {
        version = next;
        return this;
    }

    DeploymentChange status(DeploymentState next, String reason) {
        if (next != status && !status.mayBecome(next)) {
            throw new IllegalStateException("a deployment may not go from " + status + " to " + next);
        }
        status = next;
        statusReason = reason;
        return this;
    }

    DeploymentChange named(String next) {
        name = next;
        return this;
    }

    DeploymentChange spec(ContainerSpec next, ContainerSpec previous) {
        spec = next;
        previousSpec = previous;
        return this;
    }

    DeploymentChange model(Model next) {
        model = next;
        return this;
    }

    DeploymentChange placement(Deployment.Placement next) {
        placement = next;
        return this;
    }

    /** What its user wants from now on; what a lost node still has is not it. */
    DeploymentChange desired(Desired next) {
        desired = next;
        lost = null;
        adopting = false;
        return this;
    }

    DeploymentChange container(Container next) {
        container = next;
        lost = next == null ? lost : null;
        adopting = next == null && adopting;
        return this;
    }

    /** Its node is lost, and the container with it, unless it comes back before another is made. */
    DeploymentChange lost() {
        var was = container;
        container(null).traced(List.of(was.nodeId()));
        lost = was;
        return this;
    }

    DeploymentChange seen(Container next) {
        seen = next;
        return this;
    }

    DeploymentChange traces(List<String> next) {
        traces = List.copyOf(next);
        return this;
    }

    /** Adds nodes where a container may have been left, except the one where the current container is. */
    DeploymentChange traced(List<String> nodes) {
        var all = new LinkedHashSet<>(traces);
        all.addAll(nodes);
        all.removeIf(node -> container != null && node.equals(container.nodeId()));
        traces = all.stream()
                .filter(Objects::nonNull)
                .skip(Math.max(0, all.size() - MAX_TRACES))
                .collect(Collectors.toUnmodifiableList());
        return this;
    }

    /** @param first an execution that must have ended before; null: none */
    DeploymentChange execution(String next, String first, String who) {
        lastExecutionId = next;
        endingFirst = first;
        actor = who;
        seen = null;
        pull = false;
        adopting = false;
        return this;
    }

    /** From here on the end of the newest action means that the lost container counts again. */
    DeploymentChange adopting() {
        adopting = true;
        return this;
    }

    /** Whether that execution pulls the image also where the node has one of that name. */
    DeploymentChange pull(boolean always) {
        pull = always;
        return this;
    }

    DeploymentChange endedFirst() {
        endingFirst = null;
        return this;
    }

    DeploymentChange at(Instant now) {
        updatedAt = now;
        return this;
    }

    Deployment done() {
        return new Deployment(
                before.id(),
                version,
                name,
                spec,
                previousSpec,
                model,
                placement,
                before.replicas(),
                desired,
                status,
                statusReason,
                container,
                seen,
                traces,
                lastExecutionId,
                endingFirst,
                actor,
                before.createdAt(),
                updatedAt,
                lost,
                pull ? true : null,
                adopting ? true : null);
    }
}
