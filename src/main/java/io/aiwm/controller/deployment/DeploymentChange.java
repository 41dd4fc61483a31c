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

    private final DeploymentBuilder next;

    DeploymentChange(Deployment before) {
        next = DeploymentBuilder.builder(before);
    }

    DeploymentChange version(long value) {
        next.version(value);
        return this;
    }

    /** Another status about which there is nothing to say. */
    DeploymentChange status(DeploymentState value) {
        return status(value, null);
    }

    /** @param reason null: there is nothing to say */
    DeploymentChange status(DeploymentState value, ReasonCode.Reason reason) {
        var status = next.status();
        if (value != status && !status.mayBecome(value)) {
            throw new IllegalStateException("a deployment may not go from " + status + " to " + value);
        }
        next.status(value)
                .statusReason(reason == null ? null : reason.text())
                .reasonCode(reason == null ? null : reason.code());
        return this;
    }

    DeploymentChange named(String value) {
        next.name(value);
        return this;
    }

    DeploymentChange spec(ContainerSpec value, ContainerSpec previous) {
        next.spec(value);
        next.previousSpec(previous);
        return this;
    }

    DeploymentChange model(Model value) {
        next.model(value);
        return this;
    }

    DeploymentChange placement(Deployment.Placement value) {
        next.placement(value);
        return this;
    }

    /** What its user wants from now on; what a lost node still has is not it. */
    DeploymentChange desired(Desired value) {
        next.desired(value);
        next.lost(null);
        next.adopting(null);
        return this;
    }

    DeploymentChange container(Container value) {
        next.container(value);
        next.lost(value == null ? next.lost() : null);
        if (value != null) {
            next.adopting(null);
        }
        return this;
    }

    /** Its node is lost, and the container with it, unless it comes back before another is made. */
    DeploymentChange lost() {
        var was = next.container();
        container(null).traced(List.of(was.nodeId()));
        next.lost(was);
        return this;
    }

    DeploymentChange seen(Container value) {
        next.seen(value);
        return this;
    }

    DeploymentChange traces(List<String> value) {
        next.traces(List.copyOf(value));
        return this;
    }

    /** Adds nodes where a container may have been left, except the one where the current container is. */
    DeploymentChange traced(List<String> nodes) {
        var container = next.container();
        var all = new LinkedHashSet<>(next.traces());
        all.addAll(nodes);
        all.removeIf(node -> container != null && node.equals(container.nodeId()));
        next.traces(all.stream()
                .filter(Objects::nonNull)
                .skip(Math.max(0, all.size() - MAX_TRACES))
                .collect(Collectors.toUnmodifiableList()));
        return this;
    }

    /** @param first an execution that must have ended before; null: none */
    DeploymentChange execution(String value, String first, String who) {
        next.lastExecutionId(value);
        next.endingFirst(first);
        next.actor(who);
        next.seen(null);
        next.pull(null);
        next.adopting(null);
        return this;
    }

    /** From here on the end of the newest action means that the lost container counts again. */
    DeploymentChange adopting() {
        next.adopting(true);
        return this;
    }

    /** Whether that execution pulls the image also where the node has one of that name. */
    DeploymentChange pull(boolean always) {
        next.pull(always ? true : null);
        return this;
    }

    DeploymentChange endedFirst() {
        next.endingFirst(null);
        return this;
    }

    DeploymentChange at(Instant now) {
        next.updatedAt(now);
        return this;
    }

    Deployment done() {
        return next.build();
    }
}
