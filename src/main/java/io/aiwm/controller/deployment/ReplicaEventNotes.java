package io.aiwm.controller.deployment;

import io.aiwm.controller.deployment.Deployment.Container;
import io.aiwm.controller.eventlog.EventBuilder;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * What happened to one replica between two versions of its deployment. Pure.
 *
 * @param before null: it is new
 */
record ReplicaEventNotes(Replica before, Replica after) {

    void tell(Consumer<EventBuilder> to) {
        if (before == null) {
            to.accept(event("replica.added", "its container is about to be made"));
            return;
        }
        if (before.state() != after.state()) {
            changed(to);
        } else if (isPlacedAnew()) {
            to.accept(lost());
        } else if (isLeftAlone()) {
            to.accept(crashLoop());
        } else if (after.statusReason() != null
                && !Objects.equals(before.reasonCode(), after.reasonCode())
                && after.state() == ReplicaState.DEGRADED) {
            to.accept(event("replica.degraded", after.statusReason()));
        }
        int more = restarts(after.container()) - restarts(before.container());
        if (more > 0 && isSameContainer()) {
            to.accept(event(
                    "replica.restarted",
                    "the engine has restarted it, " + restarts(after.container())
                            + (restarts(after.container()) == 1 ? " time" : " times") + " by now"));
        }
    }

    private void changed(Consumer<EventBuilder> to) {
        switch (after.state()) {
            case RUNNING -> to.accept(ready());
            case DEGRADED -> to.accept(event("replica.degraded", words("something is wrong with it")));
            case FAILED ->
                to.accept(
                        after.reasonCode() == ReasonCode.CRASH_LOOP
                                ? crashLoop()
                                : event("replica.failed", words("it does not run")));
            case STOPPED -> to.accept(event("replica.stopped", words("it was stopped")));
            case DEPLOYING ->
                to.accept(
                        isPlacedAnew() ? lost() : event("replica.starting", words("its container is made or started")));
            case RESTARTING ->
                to.accept(event("replica.restarting", words("it is restarted")).actor(after.actor()));
            case UPDATING -> to.accept(event("replica.updating", "it gets generation " + after.aim()));
            case MOVING -> to.accept(event("replica.moving", words("it is made on another node")));
            case ASLEEP ->
                to.accept(
                        event("replica.asleep", "its engine sleeps on node " + after.nodeId() + ", its GPUs are free"));
            case WAKING -> to.accept(event("replica.waking", "it waits for the GPUs it had on node " + after.nodeId()));
            case PENDING, STOPPING, SLEEPING, DELETING -> {}
        }
    }

    private EventBuilder ready() {
        String node = " on node " + after.nodeId();
        return switch (before.state()) {
            case UPDATING ->
                after.generation() != before.generation()
                        ? event("replica.replaced", "it is ready with generation " + after.generation() + node)
                        : event("replica.ready", words("it runs as before" + node));
            case MOVING ->
                Objects.equals(before.nodeId(), after.nodeId())
                        ? event("replica.ready", words("it stays" + node))
                        : event("replica.moved", "from node " + before.nodeId() + " to node " + after.nodeId());
            case RESTARTING -> event("replica.restarted", "it is ready again" + node);
            case WAKING -> event("replica.ready", "its engine is awake again" + node);
            case SLEEPING -> event("replica.ready", words("it stays awake" + node));
            case PENDING, DEPLOYING, RUNNING, DEGRADED, STOPPING, STOPPED, ASLEEP, DELETING, FAILED ->
                event("replica.ready", "it is ready" + node);
        };
    }

    /** It is deployed on another node, because its own is lost. */
    private EventBuilder lost() {
        Container container = after.lost() == null ? before.container() : after.lost();
        String node = container == null ? before.nodeId() : container.nodeId();
        return event("replica.lost", words("node " + node + " is lost; it is deployed elsewhere"))
                .nodeId(node);
    }

    /** It is started no more; it has failed, and been told as that, before. */
    private boolean isLeftAlone() {
        return after.state() == ReplicaState.FAILED
                && after.reasonCode() == ReasonCode.CRASH_LOOP
                && before.reasonCode() != ReasonCode.CRASH_LOOP;
    }

    private EventBuilder crashLoop() {
        return event("replica.crash-loop", words("it failed again and again"));
    }

    private boolean isPlacedAnew() {
        return before.lost() == null && after.lost() != null;
    }

    private String words(String otherwise) {
        return after.statusReason() == null ? otherwise : after.statusReason();
    }

    private static int restarts(Container container) {
        return container == null || container.restarts() == null ? 0 : container.restarts();
    }

    private boolean isSameContainer() {
        return before.container() != null
                && Objects.equals(
                        before.container().containerId(), after.container().containerId());
    }

    private EventBuilder event(String code, String text) {
        return EventBuilder.builder()
                .code(code)
                .text(text)
                .replica(after.index())
                .nodeId(after.nodeId())
                .generation(after.aim())
                .reasonCode(
                        after.reasonCode() == null ? null : after.reasonCode().name());
    }
}
