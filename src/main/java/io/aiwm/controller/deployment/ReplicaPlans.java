package io.aiwm.controller.deployment;

import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.NewExecution;
import io.aiwm.controller.execution.NewExecutionBuilder;
import io.aiwm.controller.execution.StepSpec;
import io.aiwm.protocol.CommandNames;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;

/**
 * Which execution a replica asks for. Pure: the same record always gives the same plan, so that whoever finds
 * a record without its execution (a sweep, another controller) makes the one that was meant.
 *
 * <pre>
 * create, start  [model.download] deployment.create [proxy.configure]
 * update         [model.download] deployment.update [proxy.configure]
 * move           [model.download] deployment.create, both elsewhere, [proxy.configure] [deployment.delete of the old one]
 * stop, restart  deployment.stop | deployment.restart
 * sleep, wake    deployment.sleep | deployment.wake
 * restart that pulls the image  deployment.update [proxy.configure]
 * delete         deployment.delete on every node that may hold a container
 * </pre>
 */
public final class ReplicaPlans {
    static final String CATEGORY = "deployment";
    static final String RESOURCE_TYPE = "deployment";
    /** How long a container may take to end by itself. */
    static final long GRACE_MS = 10_000;
    /** After the first attempt, for failures that may pass (network, engine restarting, node lost). */
    static final int RETRIES = 2;

    private ReplicaPlans() {}

    /** Whose claim on a node's resources it is, for as long as its container is wanted. */
    static String claimId(String deploymentId, int replica) {
        return deploymentId + "/" + replica;
    }

    static String claimId(Instance instance) {
        return claimId(instance.id(), instance.index());
    }

    /** Which replica an execution of a deployment is about. */
    static int replicaOf(Execution execution) {
        return execution.steps().stream()
                .map(step -> step.spec().data().getInteger("replica"))
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(0);
    }

    /** The plan for a replica in a transitional state. Its id is the record's {@code lastExecutionId}. */
    static NewExecution of(Instance deployment) {
        return switch (deployment.status()) {
            case PENDING, DEPLOYING -> execution(deployment, "create", create(deployment));
            case UPDATING -> execution(deployment, "update", update(deployment));
            case MOVING -> execution(deployment, "move", move(deployment));
            case STOPPING ->
                execution(
                        deployment,
                        "stop",
                        deployment.container() == null
                                ? delete(deployment) // it had no container yet, so whatever is there is half made
                                : one(deployment, CommandNames.DEPLOYMENT_STOP));
            case RESTARTING ->
                execution(
                        deployment,
                        "restart",
                        deployment.pulls()
                                ? restartPulling(deployment)
                                : one(deployment, CommandNames.DEPLOYMENT_RESTART));
            case SLEEPING -> execution(deployment, "sleep", one(deployment, CommandNames.DEPLOYMENT_SLEEP));
            case WAKING -> execution(deployment, "wake", one(deployment, CommandNames.DEPLOYMENT_WAKE));
            case DELETING -> execution(deployment, "delete", delete(deployment));
            case RUNNING, DEGRADED, STOPPED, ASLEEP, FAILED ->
                throw new IllegalStateException(deployment.id() + " is " + deployment.status() + ": nothing to plan");
        };
    }

    /**
     * A not yet started execution under an id whose maker was overtaken. It is cancelled at once; after that nobody can
     * make a real one of that id.
     */
    static NewExecution neverToRun(Instance deployment, String executionId) {
        var step = new ReplicaSteps(deployment).add("overtaken", CommandNames.DEPLOYMENT_DELETE, "none", null, false);
        return NewExecutionBuilder.builder()
                .id(executionId)
                .name("overtaken action of " + deployment.name())
                .category(CATEGORY)
                .type("overtaken")
                .resourceType(RESOURCE_TYPE)
                .resourceId(deployment.id())
                .steps(step.list)
                .build();
    }

    private static NewExecution execution(Instance deployment, String type, List<StepSpec> steps) {
        return NewExecutionBuilder.builder()
                .id(deployment.lastExecutionId())
                .name(type + " " + deployment.name()
                        + (deployment.index() == 0 ? "" : " replica " + deployment.index()))
                .category(CATEGORY)
                .type(type)
                .resourceType(RESOURCE_TYPE)
                .resourceId(deployment.id())
                .timeoutMs(NewExecution.UNLIMITED.toMillis())
                .start(true)
                .steps(steps)
                .build();
    }

    private static List<StepSpec> create(Instance deployment) {
        var steps = new ReplicaSteps(deployment);
        String wish = deployment.placement().nodeId();
        // a start goes back to the node of the container before, with all that it kept: image, model and volumes are
        // there
        String pinned = deployment.nodeId() == null ? wish : deployment.nodeId();
        steps.download(pinned, null);
        Integer same = steps.list.isEmpty() ? null : 0;
        int create = steps.list.size();
        steps.add("start container", CommandNames.DEPLOYMENT_CREATE, same == null ? pinned : null, same, false);
        steps.proxy(create);
        return steps.list;
    }

    private static List<StepSpec> update(Instance deployment) {
        var steps = new ReplicaSteps(deployment);
        steps.download(deployment.nodeId(), null);
        int update = steps.list.size();
        steps.add("replace container", CommandNames.DEPLOYMENT_UPDATE, deployment.nodeId(), null, false);
        steps.proxy(update);
        return steps.list;
    }

    /**
     * As an update, for it may make a container. Its model was downloaded when the one there is was made. To workers which do
     * not know such a restart it is an update that pulls, so they take the new image too.
     */
    private static List<StepSpec> restartPulling(Instance deployment) {
        var steps = new ReplicaSteps(deployment);
        steps.add("pull image, restart container", CommandNames.DEPLOYMENT_UPDATE, deployment.nodeId(), null, false);
        steps.proxy(0);
        return steps.list;
    }

    /**
     * The new container first. The old one's removal names the command that made it, so that it never hits the new one,
     * wherever that came to be; when its node is gone it is left for the node's return.
     */
    private static List<StepSpec> move(Instance deployment) {
        var steps = new ReplicaSteps(deployment);
        steps.download(null, null);
        Integer same = steps.list.isEmpty() ? null : 0;
        int create = steps.list.size();
        steps.add("start container elsewhere", CommandNames.DEPLOYMENT_CREATE, null, same, false);
        steps.proxy(create);
        steps.leave(deployment.container(), create);
        return steps.list;
    }

    private static List<StepSpec> one(Instance deployment, String command) {
        String name = command.substring(command.indexOf('.') + 1) + " container";
        return new ReplicaSteps(deployment).add(name, command, deployment.nodeId(), null, false).list;
    }

    private static List<StepSpec> delete(Instance deployment) {
        var steps = new ReplicaSteps(deployment);
        for (String node : holders(deployment)) {
            steps.parallel("remove container on " + node, CommandNames.DEPLOYMENT_DELETE, node);
        }
        return steps.list;
    }

    /** Nodes that may hold a container of this deployment, the current one first. */
    static List<String> holders(Instance deployment) {
        var nodes = new LinkedHashSet<String>();
        if (deployment.nodeId() != null) {
            nodes.add(deployment.nodeId());
        }
        nodes.addAll(deployment.traces());
        return List.copyOf(nodes);
    }
}
