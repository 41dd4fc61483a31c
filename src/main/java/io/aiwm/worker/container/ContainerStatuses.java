package io.aiwm.worker.container;

import io.aiwm.protocol.ContainerHealth;
import io.aiwm.protocol.DeploymentStatus;
import io.aiwm.protocol.DeploymentStatusBuilder;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** A deployment's container as controllers are told of it. */
final class ContainerStatuses {
    private ContainerStatuses() {}

    /**
     * Returns the status of a container that there is.
     *
     * @param container as it counts
     * @param looked as the engine has it
     * @param tagImageId the image that its name means now; null: not known
     * @param view what its probes say; null: it has none
     */
    static DeploymentStatus of(
            EngineContainer container, EngineContainer looked, boolean oom, String tagImageId, ProbeView view) {
        return DeploymentStatusBuilder.builder()
                .deploymentId(container.label(ContainerLabels.DEPLOYMENT))
                .replica(container.replica())
                .containerId(container.id())
                .commandId(container.label(ContainerLabels.COMMAND))
                .state(container.status().state())
                .health(container.status().health())
                .exitCode(container.exitCode())
                .oomKilled(oom ? Boolean.TRUE : null)
                .restarts(container.restarts())
                .imageId(container.imageId())
                .tagImageId(tagImageId)
                .probeFailure(view == null ? null : view.failure())
                .ports(looked.running() ? ports(looked) : null)
                .build();
    }

    /** In one order, for two answers of the engine about the same ports may name them in two. */
    static List<DeploymentStatus.Port> ports(EngineContainer container) {
        return container.ports().stream()
                .map(port -> new DeploymentStatus.Port(
                        port.containerPort(), port.hostPort(), port.protocol(), port.hostIp()))
                .sorted(Comparator.comparing(DeploymentStatus.Port::containerPort)
                        .thenComparing(DeploymentStatus.Port::protocol)
                        .thenComparing(DeploymentStatus.Port::hostPort))
                .toList();
    }

    /**
     * Returns the status of a container that is gone; null: it was none of a deployment.
     *
     * @param labels of it, where they are known
     * @param last what was told last; null: nothing
     */
    static DeploymentStatus removed(
            String containerId, Map<String, String> labels, DeploymentStatus last, boolean oom) {
        String deployment = last == null ? labels.get(ContainerLabels.DEPLOYMENT) : last.deploymentId();
        if (deployment == null) {
            return null;
        }
        return DeploymentStatusBuilder.builder()
                .deploymentId(deployment)
                .replica(last == null ? replica(labels) : last.replica())
                .containerId(containerId)
                .commandId(last == null ? labels.get(ContainerLabels.COMMAND) : last.commandId())
                .state(DeploymentStatus.REMOVED)
                .health(ContainerHealth.NONE.wire())
                .exitCode(last == null ? null : last.exitCode())
                .oomKilled(oom ? Boolean.TRUE : null)
                .restarts(last == null ? 0 : last.restarts())
                .build();
    }

    private static int replica(Map<String, String> labels) {
        String text = labels.getOrDefault(ContainerLabels.REPLICA, "0");
        return text.matches("\\d{1,6}") ? Integer.parseInt(text) : 0;
    }
}
