package io.aiwm.controller.deployment;

import io.aiwm.controller.deployment.Deployment.Container;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** A copy of a replica with some fields changed. The only way to a new status, which asks {@link ReplicaState}. */
final class ReplicaChange {
    /** More nodes than this are not remembered; the oldest go. A forgotten one is cleaned when it registers. */
    private static final int MAX_TRACES = 20;

    private final Deployment of;
    private final ReplicaBuilder next;
    private Instant now;

    ReplicaChange(Instance before) {
        of = before.of();
        next = ReplicaBuilder.builder(before.replica());
    }

    /** Another status about which there is nothing to say. */
    ReplicaChange status(ReplicaState value) {
        return status(value, null);
    }

    /** @param reason null: there is nothing to say */
    ReplicaChange status(ReplicaState value, ReasonCode.Reason reason) {
        var state = next.state();
        if (value != state && !state.mayBecome(value)) {
            throw new IllegalStateException("a replica may not go from " + state + " to " + value);
        }
        next.state(value)
                .statusReason(reason == null ? null : reason.text())
                .reasonCode(reason == null ? null : reason.code());
        return this;
    }

    /** The update that is under way is done: its container is of the spec that was asked for. */
    ReplicaChange reached() {
        next.generation(next.toGeneration() == null ? next.generation() : next.toGeneration());
        return keeps();
    }

    /** It is not being updated, and stays what it is. */
    ReplicaChange keeps() {
        next.toGeneration(null);
        return this;
    }

    /** Its container is replaced by one of that generation. */
    ReplicaChange towards(int generation) {
        next.toGeneration(generation);
        return this;
    }

    /** The next container that is made for it is of that generation. */
    ReplicaChange generation(int value) {
        next.generation(value);
        next.toGeneration(null);
        return this;
    }

    /** Somebody wants something of it from now on; what a lost node still has is not it, and failures do not count. */
    ReplicaChange wanted() {
        next.lost(null);
        next.adopting(null);
        next.restart(null);
        next.failures(null);
        next.retryAt(null);
        return this;
    }

    ReplicaChange restart(Replica.RestartWish value) {
        next.restart(value);
        return this;
    }

    /** @param at when it is started again; null: not by itself */
    ReplicaChange failed(int times, Instant at) {
        next.failures(times == 0 ? null : times);
        next.retryAt(at);
        return this;
    }

    /** Another one, or one that has ended, does not sleep. */
    ReplicaChange container(Container value) {
        boolean same = value != null
                && next.container() != null
                && value.commandId().equals(next.container().commandId())
                && ReplicaTransitions.runs(value);
        next.container(value);
        next.asleep(same ? next.asleep() : null);
        next.lost(value == null ? next.lost() : null);
        if (value != null) {
            next.adopting(null);
        }
        return this;
    }

    /** Its node is lost, and the container with it, unless it comes back before another is made. */
    ReplicaChange lost() {
        var was = next.container();
        container(null).traced(List.of(was.nodeId()));
        next.lost(was);
        return this;
    }

    /** Whether its engine has given its GPUs back. */
    ReplicaChange asleep(boolean is) {
        next.asleep(is ? true : null);
        return this;
    }

    ReplicaChange seen(Container value) {
        next.seen(value);
        return this;
    }

    ReplicaChange traces(List<String> value) {
        next.traces(List.copyOf(value));
        return this;
    }

    /** Adds nodes where a container may have been left, except the one where the current container is. */
    ReplicaChange traced(List<String> nodes) {
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
    ReplicaChange execution(String value, String first, String who) {
        next.lastExecutionId(value);
        next.endingFirst(first);
        next.actor(who);
        next.seen(null);
        next.pull(null);
        next.adopting(null);
        return this;
    }

    /** From here on the end of the newest action means that the lost container counts again. */
    ReplicaChange adopting() {
        next.adopting(true);
        return this;
    }

    /** Whether that execution pulls the image also where the node has one of that name. */
    ReplicaChange pull(boolean always) {
        next.pull(always ? true : null);
        return this;
    }

    ReplicaChange endedFirst() {
        next.endingFirst(null);
        return this;
    }

    ReplicaChange at(Instant when) {
        now = when;
        return this;
    }

    Instance done() {
        Replica before = of.instance(next.index()).replica();
        boolean other = before.state() != next.state();
        if (now != null && (other || before.isUnwell() != next.build().isUnwell())) {
            next.since(now);
            if (other && next.state() == ReplicaState.RUNNING) {
                next.readyAt(now);
            }
        }
        var deployment =
                now == null ? of : DeploymentBuilder.builder(of).updatedAt(now).build();
        return new Instance(deployment, next.build());
    }
}
