package io.aiwm.controller.deployment;

import io.aiwm.common.Json;
import io.aiwm.controller.deployment.engine.EngineSpec;
import io.aiwm.controller.deployment.engine.EngineTemplates;
import io.aiwm.controller.execution.OnNodeLost;
import io.aiwm.controller.execution.Requires;
import io.aiwm.controller.execution.RequiresBuilder;
import io.aiwm.controller.execution.StepSpec;
import io.aiwm.controller.execution.StepSpecBuilder;
import io.aiwm.controller.model.GpuShares;
import io.aiwm.controller.model.ModelOnNodes;
import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.ContainerSpec;
import io.aiwm.protocol.DeploymentCommandBuilder;
import io.aiwm.protocol.ModelCommand;
import io.aiwm.protocol.NodeModel;
import io.aiwm.protocol.NodeRegister;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Steps in the making; each depends on the one before unless it is {@link #parallel}. */
final class ReplicaSteps {
    private static final Requires ENGINE = RequiresBuilder.builder()
            .capabilities(List.of(NodeRegister.CONTAINER_ENGINE))
            .build();

    /** Commands that make a container, so that the deployment holds what its node promised. */
    private static final Set<String> MAKERS = Set.of(CommandNames.DEPLOYMENT_CREATE, CommandNames.DEPLOYMENT_UPDATE);

    /** Commands that stop a container which others stand in for. */
    private static final Set<String> DRAINED = Set.of(
            CommandNames.DEPLOYMENT_UPDATE,
            CommandNames.DEPLOYMENT_RESTART,
            CommandNames.DEPLOYMENT_DELETE,
            CommandNames.DEPLOYMENT_SLEEP);

    /** So long every gateway takes to hear that it gets no calls any more. */
    private static final int HEARD_SECONDS = 2;

    final List<StepSpec> list = new ArrayList<>(4);
    private final Instance deployment;

    ReplicaSteps(Instance deployment) {
        this.deployment = deployment;
    }

    ReplicaSteps add(String name, String command, String nodeId, Integer sameNodeAs, boolean optional) {
        return put(name, command, data(command), nodeId, sameNodeAs, optional, afterLast());
    }

    void parallel(String name, String command, String nodeId) {
        put(name, command, data(command), nodeId, null, false, List.of());
    }

    void download(String nodeId, Integer sameNodeAs) {
        var model = deployment.model();
        if (model != null) {
            JsonObject data = (model.isKept()
                            ? ModelOnNodes.wanted(model.name(), model.id(), model.number(), model.sha256())
                            : Json.toObject(model))
                    .put("deploymentId", deployment.id());
            put("download model", CommandNames.MODEL_DOWNLOAD, data, nodeId, sameNodeAs, false, afterLast());
        }
    }

    /** Optional: a deployment runs even where its proxy cannot be told. A no-op on nodes without the proxy role. */
    void proxy(int container) {
        var data = new JsonObject()
                .put("deploymentId", deployment.id())
                .put("deploymentName", deployment.name())
                .put("replica", deployment.index());
        put("configure proxy", CommandNames.PROXY_CONFIGURE, data, null, container, true, afterLast());
    }

    /** Depends on the new container itself too: after an optional step alone it would follow also where nothing was made. */
    void leave(Deployment.Container old, int create) {
        list.add(StepSpecBuilder.builder()
                .index(list.size())
                .name("remove the container before")
                .command(CommandNames.DEPLOYMENT_DELETE)
                .data(Json.toObject(DeploymentCommandBuilder.builder()
                        .deploymentId(deployment.id())
                        .deploymentName(deployment.name())
                        .replica(deployment.index())
                        .graceMs(ReplicaPlans.GRACE_MS)
                        .madeBy(old.commandId())
                        .build()))
                .dependsOn(List.of(create, list.size() - 1))
                .optional(true)
                .nodeId(old.nodeId())
                .maxRetries(ReplicaPlans.RETRIES)
                .onNodeLost(OnNodeLost.FAIL)
                .build());
    }

    private ReplicaSteps put(
            String name,
            String command,
            JsonObject data,
            String nodeId,
            Integer sameNodeAs,
            boolean optional,
            List<Integer> dependsOn) {
        boolean placed = nodeId == null && sameNodeAs == null;
        boolean makes = MAKERS.contains(command);
        boolean wakes = command.equals(CommandNames.DEPLOYMENT_WAKE);
        boolean prepares = placed && command.equals(CommandNames.MODEL_DOWNLOAD);
        list.add(StepSpecBuilder.builder()
                .index(list.size())
                .name(name)
                .command(command)
                .data(data)
                .dependsOn(dependsOn)
                .optional(optional)
                .nodeId(nodeId)
                .sameNodeAs(sameNodeAs)
                .requires(
                        placed
                                ? needs()
                                : makes ? amounts() : wakes ? SleepingReplicas.again(amounts(), deployment) : null)
                .maxRetries(optional ? 0 : ReplicaPlans.RETRIES)
                .onNodeLost(placed ? deployment.placement().onNodeLost() : OnNodeLost.WAIT)
                .claimId(makes || prepares || wakes ? ReplicaPlans.claimId(deployment) : null)
                .build());
        return this;
    }

    private List<Integer> afterLast() {
        return list.isEmpty() ? List.of() : List.of(list.size() - 1);
    }

    private Requires needs() {
        ContainerSpec spec = deployment.spec();
        Requires wish = deployment.placement().requires();
        Double cpu = wish != null && wish.cpu() != null ? wish.cpu() : spec.cpu();
        Long memory = wish != null && wish.memoryBytes() != null ? wish.memoryBytes() : memory(spec);
        Requires.Gpus gpus = shared(wish != null && wish.gpus() != null ? wish.gpus() : gpus(spec));
        String runtime = wish != null && wish.runtime() != null ? wish.runtime() : spec.runtime();
        return (wish == null ? RequiresBuilder.builder() : RequiresBuilder.builder(wish))
                .cpu(cpu)
                .memoryBytes(memory)
                .gpus(gpus)
                .capabilities(known(capabilities(wish)))
                .runtime(runtime)
                .models(models(wish))
                .hostPorts(HostPorts.fixed(spec))
                .maxPerNode(deployment.placement().maxPerNode())
                .build();
    }

    /** By the estimate where there is one: the limit that was made of it is higher. */
    private Long memory(ContainerSpec spec) {
        ModelMemory estimate = deployment.memory();
        return estimate == null || estimate.memoryBytes() == null ? spec.memoryBytes() : estimate.memoryBytes();
    }

    private Requires.Gpus shared(Requires.Gpus gpus) {
        ModelMemory estimate = deployment.memory();
        EngineSpec engine = deployment.engine();
        return GpuShares.of(
                gpus, engine == null ? null : engine.type(), estimate == null ? null : estimate.gpuMemoryBytes());
    }

    /** On a node that is settled already, only what it must have free counts. */
    private Requires amounts() {
        Requires all = needs();
        return RequiresBuilder.builder()
                .cpu(all.cpu())
                .memoryBytes(all.memoryBytes())
                .gpus(all.gpus())
                .capabilities(known(ENGINE.capabilities()))
                .diskBytes(all.diskBytes())
                .hostPorts(all.hostPorts())
                .build();
    }

    /** What it asks for of GPUs; null: nothing. */
    Requires.Gpus gpus() {
        return needs().gpus();
    }

    /** Its own model, and those it was said to read: where they are, nothing need be downloaded. */
    private List<String> models(Requires wish) {
        var all = new LinkedHashSet<String>();
        var own = deployment.model();
        String name = own == null
                ? null
                : own.isKept()
                        ? ModelOnNodes.name(own.name(), own.id())
                        : NodeModel.nameOf(NodeModel.nameOf(null, own.id(), own.url()));
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
        List<String> all = deployment.spec().withCapabilities(capabilities);
        boolean keeps = deployment.model() != null && deployment.model().isKept();
        return !keeps || all.contains(ModelCommand.CAPABILITY)
                ? all
                : Stream.concat(all.stream(), Stream.of(ModelCommand.CAPABILITY))
                        .toList();
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
        var before = deployment.status() == ReplicaState.MOVING ? null : deployment.container();
        var spec = deployment.pulls() ? deployment.spec().alwaysPulled() : deployment.spec();
        var data = DeploymentCommandBuilder.builder()
                .deploymentId(deployment.id())
                .deploymentName(deployment.name())
                .replica(deployment.index())
                .spec(makes ? spec : null)
                .graceMs(starts && before == null ? null : ReplicaPlans.GRACE_MS)
                .madeBy(starts && before != null ? before.commandId() : null)
                .build();
        boolean restarts = makes && deployment.status() == ReplicaState.RESTARTING;
        Integer deadline = deployment.of().policy().healthDeadlineSeconds();
        var limited = makes && deadline != null ? data.readyWithin(deadline * 1_000L) : data;
        int drain = DRAINED.contains(command) && isServing() ? drain(command) : 0;
        var drained = drain == 0 ? limited : limited.drainedFor(drain * 1_000L);
        var settled = starts && hasRunBefore() ? drained.settledAfter(0) : drained;
        boolean turns = command.equals(CommandNames.DEPLOYMENT_SLEEP) || command.equals(CommandNames.DEPLOYMENT_WAKE);
        var reached = turns ? settled.at(EngineTemplates.port(deployment.engine())) : settled;
        return Json.toObject(restarts ? reached.asRestart() : reached);
    }

    /** What made room got no calls before; of what was idle one may just be on its way. */
    private int drain(String command) {
        int asked = deployment.of().policy().drain();
        Scaling why = deployment.of().scaling();
        boolean quiet = why != null && why.code() == Scaling.Code.MADE_ROOM;
        return command.equals(CommandNames.DEPLOYMENT_SLEEP) && !quiet ? Math.max(HEARD_SECONDS, asked) : asked;
    }

    /**
     * Whether nothing of it is on trial: containers of this spec have been ready, none takes the place of another, and this one has
     * not failed just before. Should it end soon after its start, its worker's report says so.
     */
    private boolean hasRunBefore() {
        return deployment.status() != ReplicaState.MOVING
                && !deployment.of().isRolling()
                && deployment.replica().failed() == 0
                && deployment.of().revision(deployment.replica().aim()).hasRun();
    }

    /** Whether somebody may still be on the way to its container although others of the deployment serve from now on. */
    private boolean isServing() {
        return deployment.container() != null
                && ReplicaTransitions.runs(deployment.container())
                && !deployment.of().isDeleting();
    }
}
