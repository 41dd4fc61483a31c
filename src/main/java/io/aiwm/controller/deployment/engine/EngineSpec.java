package io.aiwm.controller.deployment.engine;

import io.aiwm.controller.model.estimate.CacheType;
import io.aiwm.controller.model.estimate.Engine;
import io.aiwm.controller.model.estimate.EstimateRequest;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * With what a deployment serves its model. What is null has the default of {@link EstimateRequest#complete} or of
 * {@link EngineTemplates}. Checked by {@link EngineRules}.
 *
 * @param context tokens of one sequence
 * @param parallel sequences at the same time
 * @param batch tokens that are worked on at once
 * @param gpuLayers layers that are moved to GPUs; null: all
 * @param memoryUtilization part of each GPU's memory that vLLM or TGI takes
 * @param image null: that of the settings
 * @param port that it listens on; null: the usual one of its type
 * @param args added after those that are made
 */
@RecordBuilder
public record EngineSpec(
        Engine type,
        Integer context,
        Integer parallel,
        CacheType cacheType,
        Boolean flashAttention,
        Integer batch,
        Integer gpuLayers,
        Double memoryUtilization,
        String image,
        Integer port,
        List<String> args) {

    public EngineSpec {
        // may hold a null, which the rules name
        args = args == null ? null : Collections.unmodifiableList(new ArrayList<>(args));
    }

    /** What is to be estimated, which is what the container is told. @param gpus 0: none */
    public EstimateRequest asEstimate(int gpus) {
        return new EstimateRequest(
                type,
                context,
                parallel,
                cacheType,
                flashAttention,
                batch,
                gpus == 0 ? null : new EstimateRequest.Gpus(gpus, gpuLayers, memoryUtilization));
    }
}
