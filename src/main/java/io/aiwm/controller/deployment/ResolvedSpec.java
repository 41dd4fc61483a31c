package io.aiwm.controller.deployment;

import io.aiwm.controller.deployment.engine.EngineSpec;
import io.aiwm.protocol.ContainerSpec;
import io.aiwm.protocol.ContainerSpecBuilder;
import java.util.Objects;

/**
 * What the containers of one generation are made of, and what it was made from.
 *
 * @param spec what a container is made of
 * @param model null: nothing is downloaded
 * @param engine null: {@code spec} is what was asked for
 * @param asked where an engine is named: the fields of the spec that were asked for, which count instead of those of the engine
 * @param memory what the model takes in the engine, as it was estimated; null: it was not estimated
 */
record ResolvedSpec(
        ContainerSpec spec, DeploymentModel model, EngineSpec engine, ContainerSpec asked, ModelMemory memory) {

    /** What a request asks for that names neither an engine nor a model that AIWM keeps. */
    static ResolvedSpec plainly(DeploymentRequest request) {
        return new ResolvedSpec(request.spec(), request.model(), null, null, null);
    }

    /** The spec as a request says it; null: it says nothing of it. */
    ContainerSpec said() {
        return engine == null ? spec : asked;
    }

    /** Whether containers of the one are as containers of the other, whatever was said and however it was estimated. */
    boolean isLike(ResolvedSpec other) {
        return sameModel(model, other.model) && bare().equals(other.bare());
    }

    private static boolean sameModel(DeploymentModel one, DeploymentModel other) {
        boolean kept = one != null && other != null && one.isKept() && other.isKept();
        return kept ? one.versionId().equals(other.versionId()) : Objects.equals(one, other);
    }

    private ContainerSpec bare() {
        boolean estimated = engine != null && (asked == null || asked.memoryBytes() == null);
        return estimated ? ContainerSpecBuilder.builder(spec).memoryBytes(null).build() : spec;
    }

    /** The same with this model, which means the same version. */
    ResolvedSpec withModel(DeploymentModel other) {
        return new ResolvedSpec(spec, other, engine, asked, memory);
    }

    /** The same containers, asked for as there. */
    ResolvedSpec saidAs(ResolvedSpec other) {
        return new ResolvedSpec(spec, other.model, other.engine, other.asked, memory);
    }

    /** Begins a copy of the deployment that is made of this. */
    DeploymentBuilder in(Deployment deployment) {
        return DeploymentBuilder.builder(deployment)
                .spec(spec)
                .model(model)
                .engine(engine)
                .asked(asked)
                .memory(memory);
    }
}
