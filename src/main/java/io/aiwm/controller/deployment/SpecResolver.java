package io.aiwm.controller.deployment;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.controller.deployment.engine.EngineTemplates;
import io.aiwm.controller.deployment.engine.ServedModel;
import io.aiwm.controller.model.ModelEstimates;
import io.aiwm.controller.model.ModelOnNodes;
import io.aiwm.controller.model.ModelSources;
import io.aiwm.controller.model.ModelState;
import io.aiwm.controller.model.ModelVersion;
import io.aiwm.controller.model.Models;
import io.aiwm.controller.node.MergePatch;
import io.aiwm.controller.secret.RegistryPasswords;
import io.aiwm.protocol.ContainerSpec;
import io.aiwm.protocol.ContainerSpecBuilder;
import io.aiwm.protocol.NodeModel;
import io.aiwm.protocol.Probes;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Makes what containers are made of: looks up which version of its model a request means now, lets the engine make a spec, and
 * puts the fields that were asked for in place of those that were made.
 */
public final class SpecResolver {
    /** For a controller without models. */
    public static final SpecResolver WITHOUT_MODELS =
            new SpecResolver(null, null, null, RegistryPasswords.WITHOUT_SECRETS);

    private static final String LATEST = "latest";

    private final Models models;
    private final ModelEstimates estimates;
    private final EngineTemplates templates;
    private final RegistryPasswords registries;

    public SpecResolver(
            Models models, ModelEstimates estimates, EngineTemplates templates, RegistryPasswords registries) {
        this.models = models;
        this.estimates = estimates;
        this.templates = templates;
        this.registries = registries;
    }

    /** A model that was looked up. @param version null: AIWM does not keep it */
    private record Found(DeploymentModel model, ModelVersion version) {}

    /**
     * What the containers of a request, which was checked, are made of. Fails with UNPROCESSABLE naming the field when there is no
     * such version or secret, or the engine cannot serve it, or what was made is no good container.
     */
    Future<ResolvedSpec> made(DeploymentRequest request) {
        return registries
                .check(request.spec() == null ? null : request.spec().registryAuth(), "/spec/registryAuth")
                .compose(readable -> container(request));
    }

    private Future<ResolvedSpec> container(DeploymentRequest request) {
        if (!request.isMade()) {
            return Future.succeededFuture(ResolvedSpec.plainly(request));
        }
        if (models == null) {
            return Future.failedFuture(
                    Failure.unprocessable("/model", "cannot be had: this controller keeps no models"));
        }
        return found(request.model())
                .compose(found -> request.engine() == null
                        ? Future.succeededFuture(new ResolvedSpec(request.spec(), found.model, null, null, null))
                        : memory(request, found).map(memory -> withEngine(request, found, memory)));
    }

    private Future<Found> found(DeploymentModel asked) {
        if (asked == null || !asked.isKept()) {
            return Future.succeededFuture(new Found(asked, null));
        }
        String which = asked.name() == null ? asked.id() : asked.name();
        String pointer = asked.name() == null ? "/model/id" : "/model/name";
        String version = Objects.requireNonNullElse(asked.version(), LATEST);
        return models.get(which)
                .recover(cause -> none(cause, pointer, "names a model that there is not: " + which))
                .compose(model -> models.version(model, version)
                        .recover(cause -> none(
                                cause,
                                "/model/version",
                                LATEST.equals(version)
                                        ? "means the latest that is READY, and model " + model.name() + " has none"
                                        : "names a version that model " + model.name() + " does not have: " + version))
                        .map(found -> new Found(pinned(asked, model, usable(found)), found)));
    }

    /** Fails with UNPROCESSABLE when the version that was found is being deleted, or is gone. */
    Future<Void> stillThere(ResolvedSpec made) {
        DeploymentModel model = made.model();
        return model == null || !model.isKept()
                ? Future.succeededFuture()
                : models.get(model.id())
                        .compose(found -> models.version(found, Integer.toString(model.number())))
                        .recover(cause -> none(cause, "/model", "was deleted at this moment"))
                        .mapEmpty();
    }

    private static ModelVersion usable(ModelVersion version) {
        if (version.state() != ModelState.READY) {
            throw Failure.unprocessable(
                    "/model/version",
                    "names version " + version.number() + ", which is " + version.state() + ", not READY");
        }
        if (version.files().size() > ModelSources.MOST_FILES) {
            throw Failure.unprocessable(
                    "/model/version",
                    "names a version of " + version.files().size() + " files; nodes take " + ModelSources.MOST_FILES
                            + " at most");
        }
        return version;
    }

    private static DeploymentModel pinned(
            DeploymentModel asked, io.aiwm.controller.model.Model model, ModelVersion version) {
        return new DeploymentModel(
                model.id(), null, ModelOnNodes.digest(version), model.name(), asked.version(), version.number());
    }

    private static <T> Future<T> none(Throwable cause, String pointer, String what) {
        return Future.failedFuture(
                Failure.of(cause).kind == Failure.Kind.NOT_FOUND ? Failure.unprocessable(pointer, what) : cause);
    }

    /** Null: memory was asked for, or there is no model to estimate. Never fails for what the files do not say. */
    private Future<ModelMemory> memory(DeploymentRequest request, Found found) {
        boolean said = request.spec() != null && request.spec().memoryBytes() != null;
        if (said || found.version == null) {
            return Future.succeededFuture();
        }
        return estimates
                .estimated(found.version, request.engine().asEstimate(request.gpus()))
                .map(estimate -> new ModelMemory(
                        hostBytes(estimate.memoryBytes(), request, found.version),
                        estimate.gpuMemoryBytes().isEmpty() ? null : estimate.gpuMemoryBytes(),
                        null))
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.UNPROCESSABLE
                        ? Future.succeededFuture(ModelMemory.unknown(cause.getMessage()))
                        : Future.failedFuture(cause));
    }

    /** With its weights, where they go to the host while it sleeps. */
    private static Long hostBytes(Long estimated, DeploymentRequest request, ModelVersion version) {
        return estimated == null || !request.engine().sleeps() || request.gpus() == 0
                ? estimated
                : (Long) (estimated
                        + version.files().stream()
                                .mapToLong(ModelVersion.File::sizeBytes)
                                .sum());
    }

    private ResolvedSpec withEngine(DeploymentRequest request, Found found, ModelMemory memory) {
        ContainerSpec made = templates.container(request.engine(), served(found), request.gpus());
        Long limit = memory == null ? null : memory.limit(made.shmBytes());
        var sized = ContainerSpecBuilder.builder(made).memoryBytes(limit).build();
        ContainerSpec spec = merged(fitting(sized, request.spec()), request.spec());
        var mistakes = ContainerRules.mistakes(spec);
        if (!mistakes.isEmpty()) {
            throw new Failure(
                    Failure.Kind.UNPROCESSABLE,
                    mistakes.get(0).pointer() + ": " + mistakes.get(0).detail(),
                    mistakes);
        }
        return new ResolvedSpec(spec, found.model, request.engine(), request.spec(), memory);
    }

    private static ServedModel served(Found found) {
        if (found.model == null) {
            return null;
        }
        if (found.version == null) {
            String name = NodeModel.nameOf(NodeModel.nameOf(null, found.model.id(), found.model.url()));
            if (name == null) {
                throw Failure.unprocessable("/model/url", "ends with no name of a file; say one as id");
            }
            return ServedModel.ofFile(name);
        }
        JsonObject info = found.version.info();
        return ServedModel.ofVersion(
                found.model.name(),
                ModelOnNodes.name(found.model.name(), found.model.id()),
                Integer.toString(found.version.number()),
                found.version.files().stream().map(ModelVersion.File::path).toList(),
                found.version.format(),
                info == null ? null : info.getInteger("contextLength"));
    }

    /** What was made, with no more in memory than was asked for. */
    private static ContainerSpec fitting(ContainerSpec made, ContainerSpec asked) {
        boolean less = asked != null
                && asked.memoryBytes() != null
                && made.shmBytes() != null
                && made.shmBytes() > asked.memoryBytes();
        return less
                ? ContainerSpecBuilder.builder(made)
                        .shmBytes(asked.memoryBytes())
                        .build()
                : made;
    }

    /** What was asked for counts, field by field; further volumes come beside that of the model. */
    private static ContainerSpec merged(ContainerSpec made, ContainerSpec asked) {
        if (asked == null) {
            return made;
        }
        var ours = Json.toObject(made);
        withoutReplacedProbes(ours.getJsonObject("probes"), asked.probes());
        var spec = Json.decode(MergePatch.apply(ours, withoutEmptyProbes(Json.toObject(asked))), ContainerSpec.class);
        if (made.volumes() == null || asked.volumes() == null) {
            return spec;
        }
        var volumes = new ArrayList<>(made.volumes());
        volumes.removeIf(own -> targets(asked.volumes()).contains(own.target()));
        volumes.addAll(asked.volumes());
        return ContainerSpecBuilder.builder(spec).volumes(volumes).build();
    }

    /** A probe of another kind takes the place of the one that was made; an empty one takes it away. */
    private static void withoutReplacedProbes(JsonObject made, Probes asked) {
        if (made == null || asked == null) {
            return;
        }
        JsonObject probes = Json.toObject(asked);
        for (String name : List.copyOf(made.fieldNames())) {
            JsonObject probe = probes.getJsonObject(name);
            if (probe != null && probe.isEmpty()) {
                made.remove(name);
            } else if (probe != null && Probes.KINDS.stream().anyMatch(probe::containsKey)) {
                Probes.KINDS.stream()
                        .filter(kind -> !probe.containsKey(kind))
                        .forEach(made.getJsonObject(name)::remove);
            }
        }
    }

    private static JsonObject withoutEmptyProbes(JsonObject asked) {
        JsonObject probes = asked.getJsonObject("probes");
        if (probes != null) {
            List.copyOf(probes.fieldNames()).stream()
                    .filter(name -> probes.getJsonObject(name).isEmpty())
                    .forEach(probes::remove);
        }
        return asked;
    }

    private static List<String> targets(List<ContainerSpec.Volume> volumes) {
        return volumes.stream()
                .filter(Objects::nonNull)
                .map(ContainerSpec.Volume::target)
                .filter(Objects::nonNull)
                .toList();
    }
}
