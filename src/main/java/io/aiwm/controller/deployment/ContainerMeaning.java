package io.aiwm.controller.deployment;

import io.aiwm.controller.deployment.Deployment.Container;
import io.aiwm.controller.deployment.ReasonCode.Reason;
import io.aiwm.protocol.ContainerHealth;

/** What the state of a container means for its replica. @param reason null: there is nothing to say */
record ContainerMeaning(ReplicaState state, Reason reason) {

    /** Whether nothing is wrong with the container: it is ready, or has just been started. */
    boolean isGood() {
        return state == ReplicaState.RUNNING || (reason != null && reason.code() == ReasonCode.STARTING);
    }

    static ContainerMeaning of(Container container) {
        return switch (container.phase()) {
            case PAUSED ->
                new ContainerMeaning(ReplicaState.DEGRADED, ReasonCode.CONTAINER_PAUSED.because("container is paused"));
            case RESTARTING ->
                new ContainerMeaning(
                        ReplicaState.DEGRADED,
                        container.probeFailure() != null
                                ? probeFails(container)
                                : ReasonCode.CONTAINER_RESTARTING.because(
                                        ended(container) + "; the engine restarts it"));
            case EXITED ->
                Integer.valueOf(0).equals(container.exitCode())
                        ? new ContainerMeaning(
                                ReplicaState.STOPPED,
                                ReasonCode.CONTAINER_ENDED.because("container ended by itself without an error"))
                        : new ContainerMeaning(
                                ReplicaState.FAILED, ReasonCode.CONTAINER_ENDED.because(ended(container)));
            case DEAD, REMOVED ->
                new ContainerMeaning(
                        ReplicaState.FAILED,
                        ReasonCode.CONTAINER_REMOVED.because("container was removed from node " + container.nodeId()));
            case CREATED -> new ContainerMeaning(ReplicaState.DEGRADED, starting());
            case RUNNING -> {
                Reason why = notReady(container);
                yield new ContainerMeaning(why == null ? ReplicaState.RUNNING : ReplicaState.DEGRADED, why);
            }
        };
    }

    /** Null where it is ready. */
    private static Reason notReady(Container container) {
        return switch (ContainerHealth.of(container.health())) {
            case NONE, HEALTHY -> null;
            case STARTING -> container.probeFailure() == null ? starting() : probeFails(container);
            case UNHEALTHY ->
                container.probeFailure() == null
                        ? ReasonCode.UNHEALTHY.because("health check fails")
                        : probeFails(container);
        };
    }

    private static Reason starting() {
        return ReasonCode.STARTING.because("container has been started and is not ready yet");
    }

    private static Reason probeFails(Container container) {
        var failure = container.probeFailure();
        int restarts = container.restarts() == null ? 0 : container.restarts();
        return ReasonCode.ofProbe(failure.probe())
                .because(failure.probe() + " probe fails: " + failure.reason()
                        + (restarts == 0 ? "" : "; restarted " + restarts + (restarts == 1 ? " time" : " times")));
    }

    private static String ended(Container container) {
        String code =
                container.exitCode() == null ? "container ended" : "container exited with " + container.exitCode();
        return Boolean.TRUE.equals(container.oomKilled()) ? code + " (out of memory)" : code;
    }
}
