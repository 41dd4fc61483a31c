package io.aiwm.worker.container;

import io.aiwm.boot.Config;
import io.aiwm.common.Json;
import io.aiwm.common.Sha256;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.ContainerSpec;
import io.aiwm.protocol.DeploymentCommand;
import io.aiwm.protocol.ModelCommand;
import io.aiwm.protocol.ResourceClaim;
import io.soabase.recordbuilder.core.RecordBuilder;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * One container to be made: the checked spec and everything the worker adds to it. There is no other way to a plan than
 * {@link Planner}, which asks the policy; so nothing can be made that it did not see.
 *
 * @param owner whose it is; also names the volumes
 * @param environment the user's and ours
 * @param models where on this machine the models are that it mounts, by where it has them; see {@link #providedWith}
 * @param taken anonymous volumes of the container before that it goes on with: their names by where it has them
 * @param job what is different for a job; null for a deployment
 */
@RecordBuilder
public record ContainerPlan(
        ContainerOwner owner,
        ContainerSpec spec,
        Map<String, String> labels,
        Map<String, String> environment,
        Map<String, String> taken,
        Map<String, String> models,
        Limits limits,
        JobBox job) {

    /** @param memoryBytes 0: none. @param cpu cores; 0: none */
    public record Limits(long memoryBytes, double cpu) {}

    /**
     * The tighter box of a job: no capabilities at all, and one volume of its own to write to.
     *
     * @param volume the engine's name of it
     * @param logBytes how much of its log the engine must keep
     * @param reads whether it is given something to its standard input
     */
    public record JobBox(String workDir, String volume, long logBytes, boolean reads) {}

    public ContainerPlan {
        labels = Map.copyOf(labels);
        environment = Map.copyOf(environment);
        taken = Map.copyOf(taken);
        models = Map.copyOf(models);
    }

    /** One that takes nothing over, and whose models are not here yet. @param job null: of a deployment */
    static ContainerPlan fresh(
            ContainerOwner owner,
            ContainerSpec spec,
            Map<String, String> labels,
            Map<String, String> environment,
            Limits limits,
            JobBox job) {
        return ContainerPlanBuilder.builder()
                .owner(owner)
                .spec(spec)
                .labels(labels)
                .environment(environment)
                .taken(Map.of())
                .models(Map.of())
                .limits(limits)
                .job(job)
                .build();
    }

    /** The only name that a container of this command can have. */
    public String name() {
        return owner.containerName(commandId());
    }

    public String commandId() {
        return labels.get(ContainerLabels.COMMAND);
    }

    public String specHash() {
        return labels.get(ContainerLabels.SPEC_HASH);
    }

    /** Whether the container is of this spec, and can be started. */
    boolean isSpecOf(EngineContainer container) {
        String hash = container.label(ContainerLabels.SPEC_HASH);
        return container.state() != EngineState.DEAD
                && (specHash().equals(hash) || Planner.hashWithPullPolicy(spec).equals(hash));
    }

    ContainerPlan replacing(String containerId) {
        var more = new LinkedHashMap<>(labels);
        more.put(ContainerLabels.REPLACES, containerId);
        return ContainerPlanBuilder.builder(this).labels(more).build();
    }

    /** The same with what another container kept in anonymous volumes, except where the spec mounts something. */
    ContainerPlan takingOver(EngineContainer before) {
        var volumes = new LinkedHashMap<>(before.volumes());
        if (spec.volumes() != null) {
            spec.volumes().forEach(volume -> volumes.remove(volume.target()));
        }
        return ContainerPlanBuilder.builder(this).taken(volumes).build();
    }

    /** The volumes that are models. */
    List<ContainerSpec.Volume> modelVolumes() {
        return modelVolumes(spec);
    }

    private static List<ContainerSpec.Volume> modelVolumes(ContainerSpec spec) {
        return spec.volumes() == null
                ? List.of()
                : spec.volumes().stream()
                        .filter(volume -> volume.model() != null)
                        .toList();
    }

    /** The same when its models are on this machine. @param paths in the order of {@link #modelVolumes} */
    ContainerPlan providedWith(List<String> paths) {
        var places = new LinkedHashMap<String, String>();
        List<ContainerSpec.Volume> volumes = modelVolumes();
        for (int i = 0; i < paths.size(); i++) {
            places.put(volumes.get(i).target(), paths.get(i));
        }
        return ContainerPlanBuilder.builder(this).models(places).build();
    }

    /** Makes plans out of commands. */
    public static final class Planner {
        private final ContainerPolicy policy;
        private final Config.Docker defaults;

        public Planner(ContainerPolicy policy, Config.Docker defaults) {
            this.policy = policy;
            this.defaults = defaults;
        }

        /** Fails with {@code policy} or {@code invalid}, naming the field, before any engine is asked. */
        public ContainerPlan plan(ContainerOwner owner, String commandId, DeploymentCommand command) {
            ContainerSpec spec = SpecRules.checked(command.spec()).withGpus(ResourceClaim.gpusOf(command.claim()));
            policy.check(spec);
            int replica = command.replica() == null ? 0 : command.replica();
            var id = CommandId.parseAny(commandId);
            var labels = new LinkedHashMap<String, String>();
            if (spec.labels() != null) {
                labels.putAll(spec.labels());
            }
            labels.putAll(owner.labels());
            labels.put(ContainerLabels.COMMAND, commandId);
            labels.put(ContainerLabels.EXECUTION, id.executionId());
            labels.put(ContainerLabels.STEP, Integer.toString(id.stepIndex()));
            labels.put(ContainerLabels.ATTEMPT, Integer.toString(id.attempt()));
            labels.put(ContainerLabels.DEPLOYMENT, command.deploymentId());
            labels.put(ContainerLabels.REPLICA, Integer.toString(replica));
            labels.put(ContainerLabels.SPEC_HASH, hash(spec));
            if ("always".equals(spec.restartPolicy()) || "unless-stopped".equals(spec.restartPolicy())) {
                labels.put(ContainerLabels.RESTART, "always");
            }
            if (spec.probes() != null && !spec.probes().none()) {
                labels.put(ContainerLabels.PROBES, ProbeLabel.of(spec.probes()));
            }
            if (spec.gpus() != null && spec.gpus().indices() != null) {
                labels.put(
                        ContainerLabels.GPUS,
                        spec.gpus().indices().stream().map(String::valueOf).collect(Collectors.joining(",")));
            }
            if (!modelVolumes(spec).isEmpty()) {
                labels.put(ContainerLabels.MODELS, models(spec));
            }
            var environment = new TreeMap<String, String>();
            if (spec.env() != null) {
                environment.putAll(spec.env());
            }
            environment.put("AIWM_COMMAND_ID", commandId);
            environment.put("AIWM_DEPLOYMENT_ID", command.deploymentId());
            environment.put("AIWM_REPLICA", Integer.toString(replica));
            return fresh(
                    owner,
                    spec,
                    labels,
                    environment,
                    new Limits(
                            spec.memoryBytes() == null ? defaults.memoryLimitBytes() : spec.memoryBytes(),
                            spec.cpu() == null ? defaults.cpuLimit() : spec.cpu()),
                    null);
        }

        private static String models(ContainerSpec spec) {
            return modelVolumes(spec).stream()
                    .map(volume -> volume.model().ref())
                    .distinct()
                    .collect(Collectors.joining(","));
        }

        /**
         * The same for equal specs whatever the order of their maps; credentials, what is secret, and when the image is pulled
         * and where models come from may change without a difference.
         */
        static String hash(ContainerSpec spec) {
            JsonObject json = Json.toObject(spec);
            json.remove("pullPolicy");
            return hash(json);
        }

        /** As workers of a version before wrote it, by which their containers are known again. */
        private static String hashWithPullPolicy(ContainerSpec spec) {
            return hash(Json.toObject(spec));
        }

        private static String hash(JsonObject json) {
            json.remove("registryAuth");
            json.remove("secretEnv");
            if (json.getJsonArray("volumes") != null) {
                json.getJsonArray("volumes").forEach(volume -> onlyWhichModel((JsonObject) volume));
            }
            for (String map : new String[] {"env", "labels"}) {
                if (json.getJsonObject(map) != null) {
                    json.put(map, new TreeMap<>(json.getJsonObject(map).getMap()));
                }
            }
            return Sha256.hex(Json.encode(json));
        }

        private static void onlyWhichModel(JsonObject volume) {
            if (volume.getJsonObject("model") != null) {
                var model = Json.decode(volume.getJsonObject("model"), ModelCommand.class);
                volume.put("model", Json.toObject(model.identity()));
            }
        }
    }
}
