package io.aiwm.worker.container;

import io.aiwm.common.KeyedQueue;
import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.ContainerSpec;
import io.aiwm.protocol.DeploymentCommand;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.worker.command.Command;
import io.aiwm.worker.command.CommandFailure;
import io.aiwm.worker.command.CommandHandler;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * What each {@code deployment.*} command does. Output of create, update, restart, sleep and wake, and of stop where there was a
 * container: {@code {containerId, commandId, name, imageId, state, exitCode, ports: [{containerPort, hostPort, protocol, hostIp}]}};
 * of delete: {@code {removed: [containerId]}}.
 */
public final class DeploymentHandlers {
    private final Engine engine;
    private final ContainerPlan.Planner planner;
    private final BindAddress bindAddress;
    private final ContainerOwner owner;
    private final KeyedQueue turns;
    private final Images images;
    private final Replicas replicas;
    private final Readiness readiness;
    private final ContainerReplacement placing;
    private final ModelVolumes models;
    private final EngineSleep sleeping;

    /**
     * @param models what containers mount of them
     * @param turns of the deployments, which {@link ContainerProbes} take too
     */
    public DeploymentHandlers(
            Engine engine,
            ContainerPlan.Planner planner,
            BindAddress bindAddress,
            ContainerOwner owner,
            ModelVolumes models,
            KeyedQueue turns,
            Readiness readiness) {
        this.engine = engine;
        this.planner = planner;
        this.bindAddress = bindAddress;
        this.owner = owner;
        this.models = models;
        this.turns = turns;
        this.images = new Images(engine);
        this.replicas = new Replicas(engine, owner);
        this.readiness = readiness;
        this.placing = new ContainerReplacement(engine, replicas, readiness, turns);
        this.sleeping = new EngineSleep(engine, replicas, readiness, turns, readiness.engines());
    }

    /** All of them, for the command runner. */
    public List<CommandHandler> all() {
        return List.of(
                handler(CommandNames.DEPLOYMENT_CREATE, this::create),
                handler(CommandNames.DEPLOYMENT_STOP, this::stop),
                handler(CommandNames.DEPLOYMENT_RESTART, this::restart),
                handler(CommandNames.DEPLOYMENT_UPDATE, this::update),
                handler(CommandNames.DEPLOYMENT_DELETE, this::delete),
                handler(CommandNames.DEPLOYMENT_SLEEP, sleeping::sleep),
                handler(CommandNames.DEPLOYMENT_WAKE, sleeping::wake));
    }

    private Future<JsonObject> create(DeploymentCommand asked, Command command) {
        return bindAddress.settle(asked).compose(request -> made(request, command));
    }

    private Future<JsonObject> made(DeploymentCommand request, Command command) {
        ContainerPlan plan = planner.plan(owner, command.id(), request);
        return before(request)
                .compose(before -> before.isPresent()
                        ? goOn(before.get(), plan, request, command)
                        : images.provide(plan.spec(), command)
                                .compose(provided ->
                                        withModels(plan, command, whole -> placing.replace(whole, request, command))))
                .map(EngineContainer::output);
    }

    /** The container that a start goes on with; empty where there is none. */
    private Future<Optional<EngineContainer>> before(DeploymentCommand request) {
        return request.madeBy() == null
                ? Future.succeededFuture(Optional.empty())
                : replicas.of(request)
                        .map(found -> found.stream()
                                .filter(container -> request.madeBy().equals(container.label(ContainerLabels.COMMAND)))
                                .findFirst());
    }

    /** Starts it as it is, unless it is not what is asked for any more. */
    private Future<EngineContainer> goOn(
            EngineContainer before, ContainerPlan plan, DeploymentCommand request, Command command) {
        if (plan.isSpecOf(before) && !"always".equals(plan.spec().pullPolicy())) {
            return placing.again(before, request, command);
        }
        return images.provide(plan.spec(), command)
                .compose(provided -> isWanted(before, plan))
                .compose(same -> same
                        ? placing.again(before, request, command)
                        : withModels(plan, command, whole -> placing.swap(whole, request, command)));
    }

    /** With all models that it mounts on this node; none of them goes before the container is there. */
    private Future<EngineContainer> withModels(
            ContainerPlan plan, Command command, Function<ContainerPlan, Future<EngineContainer>> work) {
        if (plan.modelVolumes().isEmpty()) {
            return work.apply(plan);
        }
        var wanted =
                plan.modelVolumes().stream().map(ContainerSpec.Volume::model).toList();
        return models.provide(wanted, command)
                .compose(provided -> work.apply(plan.providedWith(provided.paths()))
                        .onComplete(done -> provided.release().run()));
    }

    /** Whether it is of this spec, and of the image that the tag in it names now. */
    private Future<Boolean> isWanted(EngineContainer container, ContainerPlan plan) {
        return !plan.isSpecOf(container)
                ? Future.succeededFuture(false)
                : engine.imageId(ImageNames.withTag(plan.spec().image()))
                        .map(image -> image.filter(container.imageId()::equals).isPresent());
    }

    private Future<JsonObject> update(DeploymentCommand asked, Command command) {
        return bindAddress.settle(asked).compose(request -> updated(request, command));
    }

    private Future<JsonObject> updated(DeploymentCommand request, Command command) {
        ContainerPlan plan = planner.plan(owner, command.id(), request);
        return images.provide(plan.spec(), command)
                .compose(provided ->
                        Boolean.TRUE.equals(request.restart()) ? isThere(plan, request) : Future.succeededFuture(false))
                .compose(there -> there
                        ? restart(request, command)
                        : withModels(
                                        plan,
                                        command,
                                        whole -> readiness
                                                .drained(request, command)
                                                .compose(quiet -> placing.update(whole, request, command)))
                                .map(EngineContainer::output));
    }

    /** Whether the one container of the deployment is what a restart that pulls is to leave. One of this very command is new. */
    private Future<Boolean> isThere(ContainerPlan plan, DeploymentCommand request) {
        return replicas.of(request)
                .compose(found -> found.size() != 1
                                || plan.commandId().equals(found.get(0).label(ContainerLabels.COMMAND))
                        ? Future.succeededFuture(false)
                        : isWanted(found.get(0), plan));
    }

    /** Nothing there is as good as stopped. */
    private Future<JsonObject> stop(DeploymentCommand request, Command command) {
        return turns.take(
                request.deploymentId(),
                () -> replicas.of(request)
                        .compose(found -> replicas.stop(found, Replicas.grace(request))
                                .map(stopped -> found.isEmpty()
                                        ? new JsonObject()
                                        : found.get(0)
                                                .output()
                                                .put("state", "exited")
                                                .put("ports", new JsonArray()))));
    }

    /** Also starts one that was stopped; the ports the engine chose may be others afterwards. */
    private Future<JsonObject> restart(DeploymentCommand request, Command command) {
        return readiness.drained(request, command).compose(quiet -> restarted(request, command));
    }

    private Future<JsonObject> restarted(DeploymentCommand request, Command command) {
        return turns.take(
                        request.deploymentId(),
                        () -> ContainerReplacement.unlessCancelled(command)
                                .compose(go -> replicas.of(request))
                                .compose(found -> {
                                    if (found.isEmpty()) {
                                        return Future.failedFuture(new CommandFailure(
                                                ErrorCategory.NOT_FOUND,
                                                "deployment " + request.deploymentId()
                                                        + " has no container on this node; start it"));
                                    }
                                    return Future.join(found.stream()
                                                    .map(container -> engine.mayRun(container)
                                                            .compose(may -> engine.restart(
                                                                    container.id(), Replicas.grace(request))))
                                                    .toList())
                                            .map(found);
                                }))
                .compose(restarted -> Future.join(restarted.stream()
                                .map(container -> readiness.of(container.id(), command))
                                .toList())
                        .map(all -> all.<EngineContainer>resultAt(0).output()));
    }

    /** Nothing there is as good as deleted. Named volumes stay: they hold data. */
    private Future<JsonObject> delete(DeploymentCommand request, Command command) {
        return readiness.drained(request, command).compose(quiet -> deleted(request));
    }

    private Future<JsonObject> deleted(DeploymentCommand request) {
        return turns.take(
                request.deploymentId(),
                () -> replicas.of(request)
                        .map(found -> found.stream()
                                .filter(container -> request.madeBy() == null
                                        || request.madeBy().equals(container.label(ContainerLabels.COMMAND)))
                                .toList())
                        .compose(found -> replicas.remove(found, Replicas.grace(request))
                                .map(gone -> new JsonObject()
                                        .put(
                                                "removed",
                                                new JsonArray(found.stream()
                                                        .map(EngineContainer::id)
                                                        .toList())))));
    }

    private static CommandHandler handler(
            String name, BiFunction<DeploymentCommand, Command, Future<JsonObject>> work) {
        return new CommandHandler() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public Future<JsonObject> run(Command command) {
                try {
                    return work.apply(Replicas.read(command), command);
                } catch (CommandFailure refused) {
                    return Future.failedFuture(refused);
                }
            }
        };
    }
}
