package io.aiwm.protocol;

/**
 * Worker to controller, at once when the engine says so: what a deployment's container is doing.
 *
 * @param commandId the command that made the container
 * @param state created, running, paused, restarting, exited, dead or removed
 * @param health none, starting, healthy or unhealthy
 */
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
        Integer restarts) {
    public static final String TYPE = "deployment.status";
}
