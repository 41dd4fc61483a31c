package io.aiwm.controller.drain;

import io.aiwm.controller.deployment.Deployment;
import io.aiwm.controller.deployment.Deployments;
import io.aiwm.controller.deployment.Replica;
import io.aiwm.controller.drain.DrainItem.Kind;
import io.aiwm.controller.drain.DrainItem.State;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.OnNodeLost;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.execution.StepState;
import io.aiwm.controller.node.Node;
import io.aiwm.protocol.CommandId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What is on a node that is being drained, and what is to be done about it now. Pure: values in, findings out; looking
 * twice finds the same.
 *
 * <p>Steps and jobs may finish until the deadline; then, or at once when forced, they are evicted. What can run nowhere
 * else (pinned to the node, on the node of an earlier step, or told to wait for a lost node) is evicted only when forced,
 * and then waits for the node. Replicas of deployments move at once, the new container first; one that may not move is
 * stopped only when forced.
 *
 * @param items what is still there
 * @param evict attempts to take away now
 * @param move ids of deployments whose replicas here are to move
 * @param stop ids of deployments whose replicas here are to be stopped
 * @param stuck executions that make a deployment here and got no further than their first step
 */
record DrainPlan(
        List<DrainItem> items, List<CommandId> evict, Set<String> move, Set<String> stop, List<Execution> stuck) {
    private static final String DEPLOYMENT = "deployment";
    private static final String AWAITS_NODE = "waits for the return of its node, which is offline";

    /** @param open executions with an attempt on the node. @param deployed deployments with a container there */
    static DrainPlan at(Node node, List<Execution> open, List<Deployment> deployed, Instant now) {
        var look = new DrainPlan(
                new ArrayList<>(), new ArrayList<>(), new LinkedHashSet<>(), new LinkedHashSet<>(), new ArrayList<>());
        open.forEach(execution -> look.execution(node, execution, now));
        deployed.forEach(deployment -> look.deployment(node, deployment));
        return look;
    }

    /** Whether nothing holds the drain any more. On a lost node, what waits for its return does not. */
    boolean done(Node node) {
        return stuck.isEmpty() && items.stream().allMatch(item -> node.isLost() && item.state() == State.BLOCKED);
    }

    int count(State state) {
        return (int) items.stream().filter(item -> item.state() == state).count();
    }

    private void execution(Node node, Execution execution, Instant now) {
        for (Step step : execution.steps()) {
            if (step.status().isOpenAttempt() && step.nodeId().equals(node.id())) {
                attempt(node, execution, step, now);
            } else if (step.status() == StepState.QUEUED
                    && DEPLOYMENT.equals(execution.resourceType())
                    && node.id().equals(nodeOf(execution, step.spec().sameNodeAs()))) {
                stuck.add(execution);
            }
        }
    }

    private void attempt(Node node, Execution execution, Step step, Instant now) {
        // what a deployment's own action does on this very node is short, and ends what is here rather than begins it
        boolean stays = step.spec().nodeId() != null
                || step.spec().sameNodeAs() != null
                || step.spec().onNodeLost() == OnNodeLost.WAIT;
        boolean action = stays && DEPLOYMENT.equals(execution.resourceType());
        boolean leaving = step.current().eviction() != null || execution.cancelAsked();
        boolean goes =
                node.drain().evicts(now) && !action && (!stays || node.drain().force());
        boolean stuckHere = stays && (!action || node.isLost());
        State state = leaving || goes ? State.MIGRATING : stuckHere ? State.BLOCKED : State.RUNNING;
        items.add(new DrainItem(
                Execution.JOB.equals(execution.category()) ? Kind.JOB : Kind.STEP,
                execution.id(),
                step.spec().index(),
                name(execution, step),
                state,
                state == State.BLOCKED
                        ? action ? AWAITS_NODE : "can run nowhere else; it is left to finish unless the drain is forced"
                        : null));
        if (goes && !leaving) {
            evict.add(new CommandId(execution.id(), step.spec().index(), step.attempt()));
        }
    }

    private static String name(Execution execution, Step step) {
        return execution.steps().size() == 1 || step.spec().name() == null
                ? execution.name()
                : execution.name() + ": " + step.spec().name();
    }

    private static String nodeOf(Execution execution, Integer stepIndex) {
        return stepIndex == null ? null : execution.steps().get(stepIndex).nodeId();
    }

    private void deployment(Node node, Deployment deployment) {
        deployment.instances().stream()
                .filter(replica -> node.id().equals(replica.nodeId()))
                .forEach(replica -> replica(node, deployment, replica));
    }

    private void replica(Node node, Deployment deployment, Replica replica) {
        String id = deployment.id();
        switch (replica.state()) {
            case RUNNING, DEGRADED -> {
                if (Deployments.movable(deployment)) {
                    move.add(id);
                    item(deployment, replica, State.MIGRATING, replica.statusReason());
                } else if (node.drain().force()) {
                    stop.add(id);
                    item(deployment, replica, State.MIGRATING, "is being stopped");
                } else {
                    item(
                            deployment,
                            replica,
                            State.BLOCKED,
                            "may run on no other node; stop it, or force the drain, which stops it");
                }
            }
            case MOVING -> item(deployment, replica, State.MIGRATING, replica.statusReason());
            case STOPPING, DELETING -> action(node, deployment, replica, State.MIGRATING);
            case ASLEEP -> {
                move.add(id);
                item(deployment, replica, State.MIGRATING, "sleeps, and is removed");
            }
            case PENDING, DEPLOYING, RESTARTING, UPDATING, SLEEPING, WAKING ->
                action(node, deployment, replica, State.RUNNING);
            case STOPPED, FAILED -> {
                // nothing of it runs
            }
        }
    }

    /** An action on this node waits when the node is lost. */
    private void action(Node node, Deployment deployment, Replica replica, State state) {
        String is = "is " + replica.state();
        item(
                deployment,
                replica,
                node.isLost() ? State.BLOCKED : state,
                node.isLost() ? is + " and " + AWAITS_NODE : is);
    }

    private void item(Deployment deployment, Replica replica, State state, String reason) {
        String name = deployment.instances().size() == 1
                ? deployment.name()
                : deployment.name() + " replica " + replica.index();
        items.add(new DrainItem(Kind.DEPLOYMENT, deployment.id(), null, name, state, reason));
    }
}
