package io.aiwm.controller.deployment.engine;

import io.aiwm.controller.model.estimate.CacheType;
import io.aiwm.controller.model.estimate.EngineKind;
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
 * @param sleepMode whether one that is to have no replicas goes to sleep, as vLLM can, instead of being removed: its weights are then
 *     in the memory of the host; null: no
 * @param sleepGpuMemoryBytes what it has of each GPU even so; null: {@link #USUAL_REST}
 * @param args added after those that are made
 */
@RecordBuilder
public record EngineSpec(
        EngineKind type,
        Integer context,
        Integer parallel,
        CacheType cacheType,
        Boolean flashAttention,
        Integer batch,
        Integer gpuLayers,
        Double memoryUtilization,
        String image,
        Integer port,
        Boolean sleepMode,
        Long sleepGpuMemoryBytes,
        List<String> args) {
    /** The context of CUDA, and what its libraries keep. */
    public static final long USUAL_REST = 2L << 30;

    public EngineSpec {
        // may hold a null, which the rules name
        args = args == null ? null : Collections.unmodifiableList(new ArrayList<>(args));
    }

    /** Whether it can sleep. */
    public boolean sleeps() {
        return Boolean.TRUE.equals(sleepMode);
    }

    /** Bytes that it has of each GPU while it sleeps. */
    public long restBytes() {
        return sleepGpuMemoryBytes == null ? USUAL_REST : sleepGpuMemoryBytes;
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
