package io.aiwm.protocol;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;

/**
 * Worker to controller, at once when the engine says so: what a deployment's container is doing.
 *
 * @param commandId the command that made the container
 * @param state created, running, paused, restarting, exited, dead or removed
 * @param health none, starting, healthy or unhealthy
 * @param imageId of the image that the container was made of; null where it is not known, and from older workers
 * @param tagImageId of the image that the container's image name means on the node now; null where the node has none of that
 *     name
 * @param probeFailure why a probe says that it is not well, or was restarted; null: none does
 * @param ports its published ports of this run, for the engine chooses others at each start; null where it does not run, and
 *     from older workers
 */
@RecordBuilder
public record DeploymentStatus(
        String sessionId,
        String deploymentId,
        Integer replica,
        String containerId,
        String commandId,
        String state,
        String health,
        Integer exitCode,
        Boolean oomKilled,
        Integer restarts,
        String imageId,
        String tagImageId,
        ProbeFailure probeFailure,
        List<Port> ports) {

    /** A published port, with the host port that the engine chose. @param hostIp the address of the node it is bound to */
    public record Port(int containerPort, Integer hostPort, String protocol, String hostIp) {}

    public static final String TYPE = "deployment.status";
    /** The state of a container that is not there any more. */
    public static final String REMOVED = "removed";

    /** Whether its container is not there any more. */
    public boolean removed() {
        return REMOVED.equals(state);
    }
}
