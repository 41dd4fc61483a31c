package io.aiwm.controller.deployment;

import io.aiwm.common.Json;
import io.aiwm.controller.execution.NewExecution;
import io.aiwm.controller.execution.OnNodeLost;
import io.aiwm.controller.execution.Requires;
import io.aiwm.controller.execution.StepSpec;
import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.ContainerSettings;
import io.aiwm.protocol.ContainerSpec;
import io.aiwm.protocol.DeploymentCommand;
import io.aiwm.protocol.NodeModel;
import io.aiwm.protocol.NodeRegister;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Which execution a deployment's record asks for. Pure: the same record always gives the same plan, so that whoever finds
 * a record without its execution (a sweep, another controller) makes the one that was meant.
 *
 * <pre>
 * create, start  [model.download] deployment.create [proxy.configure]
 * update         [model.download] deployment.update [proxy.configure]
 * move           [model.download] deployment.create, both elsewhere, [proxy.configure] [deployment.delete of the old one]
 * stop, restart  deployment.stop | deployment.restart
 * restart that pulls the image  deployment.update [proxy.configure]
 * delete         deployment.delete on every node that may hold a container
 * </pre>
 */
public final class DeploymentPlans {
    static final String CATEGORY = "deployment";
    static final String RESOURCE_TYPE = "deployment";
    /** How long a container may take to end by itself. */
    static final long GRACE_MS = 10_000;
    /** After the first attempt, for failures that may pass (network, engine restarting, node lost). */
    static final int RETRIES = 2;

    private static final Requires ENGINE =
            new Requires(null, null, null, null, null, List.of(NodeRegister.CONTAINER_ENGINE), null, null);

    /** Commands that make a container, so that the deployment holds what its node promised. */
    private static final Set<String> MAKERS = Set.of(CommandNames.DEPLOYMENT_CREATE, CommandNames.DEPLOYMENT_UPDATE);

    private DeploymentPlans() {}

    /** Whose claim on a node's resources it is, for as long as its container is wanted. */
    static String claimId(String deploymentId) {
        return deploymentId + "/0";
    }

    /** The plan for a deployment in a transitional state. Its id is the record's {@code lastExecutionId}. */
    static NewExecution of(Deployment deployment) {
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
            case DELETING -> execution(deployment, "delete", delete(deployment));
            case RUNNING, DEGRADED, STOPPED, FAILED ->
                throw new IllegalStateException(deployment.id() + " is " + deployment.status() + ": nothing to plan");
        };
    }

    /**
     * A not yet started execution under an id whose maker was overtaken. It is cancelled at once; after that nobody can
     * make a real one of that id.
     */
    static NewExecution neverToRun(Deployment deployment, String executionId) {
        var step = new Steps(deployment).add("overtaken", CommandNames.DEPLOYMENT_DELETE, "none", null, false);
        return new NewExecution(
                executionId,
                "overtaken action of " + deployment.name(),
                CATEGORY,
                "overtaken",
                RESOURCE_TYPE,
                deployment.id(),
                null,
                null,
                false,
                step.list);
    }

    private static NewExecution execution(Deployment deployment, String type, List<StepSpec> steps) {
        return new NewExecution(
                deployment.lastExecutionId(),
                type + " " + deployment.name(),
                CATEGORY,
                type,
                RESOURCE_TYPE,
                deployment.id(),
                null,
                NewExecution.UNLIMITED.toMillis(),
                true,
                steps);
    }

    private static List<StepSpec> create(Deployment deployment) {
        var steps = new Steps(deployment);
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

    private static List<StepSpec> update(Deployment deployment) {
        var steps = new Steps(deployment);
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
    private static List<StepSpec> restartPulling(Deployment deployment) {
        var steps = new Steps(deployment);
        steps.add("pull image, restart container", CommandNames.DEPLOYMENT_UPDATE, deployment.nodeId(), null, false);
        steps.proxy(0);
        return steps.list;
    }

    /**
     * The new container first. The old one's removal names the command that made it, so that it never hits the new one,
     * wherever that came to be; when its node is gone it is left for the node's return.
     */
    private static List<StepSpec> move(Deployment deployment) {
        var steps = new Steps(deployment);
        steps.download(null, null);
        Integer same = steps.list.isEmpty() ? null : 0;
        int create = steps.list.size();
        steps.add("start container elsewhere", CommandNames.DEPLOYMENT_CREATE, null, same, false);
        steps.proxy(create);
        steps.leave(deployment.container(), create);
        return steps.list;
    }

    private static List<StepSpec> one(Deployment deployment, String command) {
        String name = command.substring(command.indexOf('.') + 1) + " container";
        return new Steps(deployment).add(name, command, deployment.nodeId(), null, false).list;
    }

    private static List<StepSpec> delete(Deployment deployment) {
        var steps = new Steps(deployment);
        for (String node : holders(deployment)) {
            steps.parallel("remove container on " + node, CommandNames.DEPLOYMENT_DELETE, node);
        }
        return steps.list;
    }

    /** Nodes that may hold a container of this deployment, the current one first. */
    static List<String> holders(Deployment deployment) {
        var nodes = new LinkedHashSet<String>();
        if (deployment.nodeId() != null) {
            nodes.add(deployment.nodeId());
        }
        nodes.addAll(deployment.traces());
        return List.copyOf(nodes);
    }

    /** Steps in the making; each depends on the one before unless it is {@link #parallel}. */
    private static final class Steps {
        final List<StepSpec> list = new ArrayList<>(4);
        private final Deployment deployment;

        Steps(Deployment deployment) {
            this.deployment = deployment;
        }

        Steps add(String name, String command, String nodeId, Integer sameNodeAs, boolean optional) {
            return put(name, command, data(command), nodeId, sameNodeAs, optional, afterLast());
        }

        void parallel(String name, String command, String nodeId) {
            put(name, command, data(command), nodeId, null, false, List.of());
        }

        void download(String nodeId, Integer sameNodeAs) {
            var model = deployment.model();
            if (model != null) {
                var data = Json.toObject(model).put("deploymentId", deployment.id());
                put("download model", CommandNames.MODEL_DOWNLOAD, data, nodeId, sameNodeAs, false, afterLast());
            }
        }

        /** Optional: a deployment runs even where its proxy cannot be told. A no-op on nodes without the proxy role. */
        void proxy(int container) {
            var data = new JsonObject()
                    .put("deploymentId", deployment.id())
                    .put("deploymentName", deployment.name())
                    .put("replica", 0);
            put("configure proxy", CommandNames.PROXY_CONFIGURE, data, null, container, true, afterLast());
        }

        /** Depends on the new container itself too: after an optional step alone it would follow also where nothing was made. */
        void leave(Deployment.Container old, int create) {
            list.add(new StepSpec(
                    list.size(),
                    "remove the container before",
                    CommandNames.DEPLOYMENT_DELETE,
                    Json.toObject(new DeploymentCommand(
                            null, deployment.id(), deployment.name(), 0, null, GRACE_MS, old.commandId())),
                    List.of(create, list.size() - 1),
                    true,
                    old.nodeId(),
                    null,
                    null,
                    null,
                    RETRIES,
                    OnNodeLost.FAIL));
        }

        private Steps put(
                String name,
                String command,
                JsonObject data,
                String nodeId,
                Integer sameNodeAs,
                boolean optional,
                List<Integer> dependsOn) {
            boolean placed = nodeId == null && sameNodeAs == null;
            boolean makes = MAKERS.contains(command);
            boolean prepares = placed && command.equals(CommandNames.MODEL_DOWNLOAD);
            list.add(new StepSpec(
                    list.size(),
                    name,
                    command,
                    data,
                    dependsOn,
                    optional,
                    nodeId,
                    sameNodeAs,
                    placed ? needs() : makes ? amounts() : null,
                    null,
                    optional ? 0 : RETRIES,
                    placed ? deployment.placement().onNodeLost() : OnNodeLost.WAIT,
                    null,
                    false,
                    null,
                    makes || prepares ? claimId(deployment.id()) : null));
            return this;
        }

        private List<Integer> afterLast() {
            return list.isEmpty() ? List.of() : List.of(list.size() - 1);
        }

        private Requires needs() {
            ContainerSpec spec = deployment.spec();
            Requires wish = deployment.placement().requires();
            Double cpu = wish != null && wish.cpu() != null ? wish.cpu() : spec.cpu();
            Long memory = wish != null && wish.memoryBytes() != null ? wish.memoryBytes() : spec.memoryBytes();
            Requires.Gpus gpus = wish != null && wish.gpus() != null ? wish.gpus() : gpus(spec);
            String runtime = wish != null && wish.runtime() != null ? wish.runtime() : spec.runtime();
            return new Requires(
                    cpu,
                    memory,
                    gpus,
                    wish == null ? null : wish.zone(),
                    wish == null ? null : wish.labelSelector(),
                    known(capabilities(wish)),
                    runtime,
                    wish == null ? null : wish.role(),
                    models(wish),
                    wish == null ? null : wish.diskBytes(),
                    HostPorts.fixed(spec));
        }

        /** On a node that is settled already, only what it must have free counts. */
        private Requires amounts() {
            Requires all = needs();
            return new Requires(
                    all.cpu(),
                    all.memoryBytes(),
                    all.gpus(),
                    null,
                    null,
                    known(ENGINE.capabilities()),
                    null,
                    null,
                    null,
                    all.diskBytes(),
                    all.hostPorts());
        }

        /** Its own model, and those it was said to read: where they are, nothing need be downloaded. */
        private List<String> models(Requires wish) {
            var all = new LinkedHashSet<String>();
            var own = deployment.model();
            String name = own == null ? null : NodeModel.nameOf(NodeModel.nameOf(null, own.id(), own.url()));
            if (name != null) {
                all.add(name);
            }
            if (wish != null && wish.models() != null) {
                all.addAll(wish.models());
            }
            return all.isEmpty() ? null : List.copyOf(all);
        }

        /** A worker of a version before would make the container without what it does not know. */
        private List<String> known(List<String> capabilities) {
            return deployment.spec().needsSettings() ? ContainerSettings.withCapability(capabilities) : capabilities;
        }

        private static List<String> capabilities(Requires wish) {
            if (wish == null || wish.capabilities() == null) {
                return ENGINE.capabilities();
            }
            var all = new LinkedHashSet<>(ENGINE.capabilities());
            all.addAll(wish.capabilities());
            return List.copyOf(all);
        }

        private static Requires.Gpus gpus(ContainerSpec spec) {
            if (spec.gpus() == null) {
                return null;
            }
            Integer count = spec.gpus().indices() == null
                    ? spec.gpus().count()
                    : Integer.valueOf(spec.gpus().indices().size());
            return new Requires.Gpus(
                    count == null ? 1 : count, null, null, spec.gpus().indices());
        }

        private JsonObject data(String command) {
            boolean makes =
                    command.equals(CommandNames.DEPLOYMENT_CREATE) || command.equals(CommandNames.DEPLOYMENT_UPDATE);
            boolean starts = command.equals(CommandNames.DEPLOYMENT_CREATE);
            var before = deployment.status() == DeploymentState.MOVING ? null : deployment.container();
            var spec = deployment.pulls() ? deployment.spec().alwaysPulled() : deployment.spec();
            var data = new DeploymentCommand(
                    null,
                    deployment.id(),
                    deployment.name(),
                    0,
                    makes ? spec : null,
                    starts && before == null ? null : GRACE_MS,
                    starts && before != null ? before.commandId() : null);
            boolean restarts = makes && deployment.status() == DeploymentState.RESTARTING;
            return Json.toObject(restarts ? data.asRestart() : data);
        }
    }
}
