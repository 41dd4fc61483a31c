package io.aiwm.worker.container;

import io.aiwm.protocol.ContainerHealth;
import io.aiwm.protocol.ProbeFailure;
import io.aiwm.protocol.Probes;

/** A container with probes, as {@link ContainerProbes} knows it. */
final class ProbedContainer {
    final String id;
    final Probes probes;
    final ProbeRestarts restarts = new ProbeRestarts();
    EngineContainer seen;
    /** Of the run that is watched; null while it does not run. */
    ProbeState state;

    boolean taken;
    boolean restarting;
    int restarted;
    /** When the run before the last restart was started: what is still seen of it is old. */
    String before;

    ProbeFailure last;
    long timer = -1;

    ProbedContainer(String id, Probes probes) {
        this.id = id;
        this.probes = probes;
    }

    /** Returns what its probes say now. What was said of earlier runs is forgotten once this one is decided. */
    ProbeView view() {
        if (state != null && state.isDecided()) {
            taken = false;
            last = state.health() == ContainerHealth.UNHEALTHY ? last : null;
        }
        var trouble = state == null ? null : state.trouble();
        ProbeFailure failure =
                trouble == null ? last : new ProbeFailure(trouble.kind().wire(), trouble.reason());
        return new ProbeView(
                seen.run().startedAt(),
                state == null ? ContainerHealth.NONE : state.health(),
                failure,
                restarted,
                restarting,
                taken && seen.state() == EngineState.RUNNING,
                before);
    }
}
