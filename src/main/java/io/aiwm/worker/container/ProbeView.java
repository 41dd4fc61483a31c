package io.aiwm.worker.container;

import io.aiwm.protocol.ContainerHealth;
import io.aiwm.protocol.ProbeFailure;

/**
 * What the probes say of a container at one moment.
 *
 * @param startedAt of the run that they have seen; null: none
 * @param failure the probe that fails, or for which the container was restarted last, until it is well; null: none
 * @param restarts how often it was restarted for them
 * @param restarting it is being restarted now
 * @param silent it ran already when it was first seen, and they cannot tell yet: what was told before still holds
 * @param runBefore when the run was started for whose probes it was restarted last; null: it was not
 */
record ProbeView(
        String startedAt,
        ContainerHealth health,
        ProbeFailure failure,
        int restarts,
        boolean restarting,
        boolean silent,
        String runBefore) {

    /** Before they have seen it. */
    static final ProbeView UNSEEN = new ProbeView(null, ContainerHealth.NONE, null, 0, false, false, null);

    /**
     * The container as it counts with this.
     *
     * @param unseen how it is while they have not seen this run of it
     */
    EngineContainer over(EngineContainer container, ContainerHealth unseen) {
        EngineContainer counted = container.withRestarts(container.restarts() + restarts);
        if (restarting || container.isRun(runBefore)) { // the second: it was looked at before its restart
            return counted.restarting(container.exitCode());
        }
        if (container.state() != EngineState.RUNNING) {
            return counted;
        }
        return counted.withHealth(both(container.health(), container.isRun(startedAt) ? health : unseen));
    }

    /** Both must be well. */
    static ContainerHealth both(ContainerHealth one, ContainerHealth other) {
        if (one == ContainerHealth.UNHEALTHY || other == ContainerHealth.UNHEALTHY) {
            return ContainerHealth.UNHEALTHY;
        }
        if (one == ContainerHealth.STARTING || other == ContainerHealth.STARTING) {
            return ContainerHealth.STARTING;
        }
        return one == ContainerHealth.NONE ? other : one;
    }
}
