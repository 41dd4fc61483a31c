package io.aiwm.controller.deployment;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.controller.deployment.engine.EngineSpec;
import io.aiwm.controller.execution.OnNodeLost;
import io.aiwm.controller.execution.Requires;
import io.aiwm.controller.secret.SecretValues;
import io.aiwm.protocol.ContainerSpec;
import io.aiwm.protocol.ContainerSpecBuilder;
import io.soabase.recordbuilder.core.RecordBuilder;
import io.vertx.core.json.JsonObject;
import java.util.Objects;

/**
 * What a user asks for. Checked by {@link DeploymentRules}; {@link SpecResolver} makes containers of it.
 *
 * @param spec null: all of it is made of the engine
 * @param engine null: the spec says all
 * @param replicas null: 1 for a new deployment, as many as there are for one that is there
 * @param nodeId run exactly there; null: placed by {@code requirements} and by what the spec needs
 * @param onNodeLost null: reschedule
 * @param update how an update proceeds; null: one after the other, each where it is
 * @param maxPerNode how many replicas one node may have; null: any number
 * @param autoscale how the number of replicas follows the calls; null: it does not
 */
@RecordBuilder
public record DeploymentRequest(
        String name,
        ContainerSpec spec,
        DeploymentModel model,
        EngineSpec engine,
        Integer replicas,
        String nodeId,
        Requires requirements,
        OnNodeLost onNodeLost,
        RolloutPolicy update,
        Integer maxPerNode,
        Autoscale autoscale) {
    private static final String IMAGE = "image";

    /**
     * The body of a request. Answers show {@code nodeId} among the requirements, as those of jobs do: it is the same there.
     * Fails with UNPROCESSABLE when it is given twice.
     */
    public static DeploymentRequest of(JsonObject body) {
        if (body.getValue("requirements") instanceof JsonObject needs && needs.getValue("nodeId") != null) {
            if (body.getValue("nodeId") != null) {
                throw Failure.unprocessable("/nodeId", "is given twice: requirements.nodeId is the same");
            }
            body.put("nodeId", needs.remove("nodeId"));
            if (needs.isEmpty()) {
                body.remove("requirements");
            }
        }
        var read = Json.decode(body.encode(), DeploymentRequest.class);
        var model = read.model;
        // the number is shown, and looked up anew
        return model == null || model.number() == null
                ? read
                : DeploymentRequestBuilder.builder(read)
                        .model(new DeploymentModel(
                                model.id(), model.url(), model.sha256(), model.name(), model.version(), null))
                        .build();
    }

    /** With what is stored of a deployment where this has only what is shown of it. */
    DeploymentRequest restored(Deployment stored) {
        return DeploymentRequestBuilder.builder(this)
                .spec(spec == null || stored.made().said() == null ? spec : restoredSpec(stored))
                .model(
                        model == null || stored.model() == null || model.isKept()
                                ? model
                                : new DeploymentModel(
                                        model.id(),
                                        SecretValues.restoredUrl(
                                                model.url(), stored.model().url()),
                                        model.sha256(),
                                        model.name(),
                                        model.version(),
                                        null))
                .build();
    }

    /** Secrets go only to the registry that they were given for, whether the spec or the engine names the image. */
    private ContainerSpec restoredSpec(Deployment stored) {
        JsonObject fresh = Json.toObject(spec).put(IMAGE, image(spec, engine));
        JsonObject before = Json.toObject(stored.made().said())
                .put(IMAGE, image(stored.made().said(), stored.engine()));
        JsonObject restored = SecretValues.restored(fresh, before);
        return ContainerSpecBuilder.builder(Json.decode(restored, ContainerSpec.class))
                .image(spec.image())
                .build();
    }

    private static String image(ContainerSpec spec, EngineSpec engine) {
        if (spec.image() != null || engine == null) {
            return spec.image();
        }
        return engine.image() != null ? engine.image() : engine.type() + ".engines.invalid/default";
    }

    /** Whether more than what it says is needed to know what its containers are made of. */
    boolean isMade() {
        return engine != null || (model != null && model.isKept());
    }

    /** How many GPUs each of its containers is given. */
    int gpus() {
        return gpus(spec, requirements);
    }

    /** How many GPUs a container has: as its spec says, else as it is placed. Either may be null. */
    static int gpus(ContainerSpec spec, Requires requirements) {
        if (spec != null && spec.gpus() != null) {
            var gpus = spec.gpus();
            return gpus.indices() != null ? gpus.indices().size() : Objects.requireNonNullElse(gpus.count(), 1);
        }
        return requirements == null || requirements.gpus() == null
                ? 0
                : requirements.gpus().count();
    }

    public Deployment.Placement placement() {
        return new Deployment.Placement(nodeId, requirements, onNodeLost, maxPerNode);
    }
}
