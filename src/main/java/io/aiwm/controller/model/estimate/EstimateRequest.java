package io.aiwm.controller.model.estimate;

import io.aiwm.common.Failure;
import io.soabase.recordbuilder.core.RecordBuilder;

/**
 * How a model is to be served. What is null has the default of {@link #complete}.
 *
 * @param context tokens of one sequence: prompt and answer together
 * @param parallel sequences at the same time, each with a context of its own. llama.cpp is started with the product of both
 *     ({@code -c}) and with this number ({@code -np})
 * @param batch tokens that are worked on at once: {@code -ub} of llama.cpp, {@code --max-num-batched-tokens} of vLLM
 * @param gpus null: none, all is on the CPU
 */
@RecordBuilder
public record EstimateRequest(
        EngineKind engine,
        Integer context,
        Integer parallel,
        CacheType cacheType,
        Boolean flashAttention,
        Integer batch,
        Gpus gpus) {

    private static final int MOST_CONTEXT = 1 << 30;
    private static final int MOST_PARALLEL = 65_536;
    private static final int MOST_BATCH = 1 << 20;
    public static final int MOST_GPUS = 1_024;
    private static final int MOST_LAYERS = 4_097;
    private static final int DEFAULT_CONTEXT = 4_096;
    private static final int LLAMA_BATCH = 512;
    private static final int SERVER_BATCH = 8_192;

    /**
     * GPUs that the model is spread over.
     *
     * @param layers that llama.cpp moves to them ({@code -ngl}); null: all, and the projection onto the vocabulary too
     * @param memoryUtilization part of each GPU's memory that vLLM takes; null: 0.9
     */
    public record Gpus(int count, Integer layers, Double memoryUtilization) {
        public static Gpus of(int count) {
            return new Gpus(count, null, null);
        }
    }

    /**
     * Returns it with a value in every field. Fails with UNPROCESSABLE if one cannot be.
     *
     * @param trainedContext of the model; null: not known
     */
    public EstimateRequest complete(Integer trainedContext) {
        EngineKind serves = engine == null ? EngineKind.llamacpp : engine;
        int ofModel = trainedContext == null || trainedContext == 0 ? DEFAULT_CONTEXT : trainedContext;
        boolean llama = serves == EngineKind.llamacpp || serves == EngineKind.ollama;
        var complete = new EstimateRequest(
                serves,
                context == null ? Integer.valueOf(Math.min(DEFAULT_CONTEXT, ofModel)) : context,
                parallel == null ? Integer.valueOf(1) : parallel,
                cacheType == null ? CacheType.f16 : cacheType,
                flashAttention == null ? Boolean.TRUE : flashAttention,
                batch == null ? Integer.valueOf(llama ? LLAMA_BATCH : SERVER_BATCH) : batch,
                gpus == null ? Gpus.of(0) : gpus);
        complete.check();
        return complete;
    }

    private void check() {
        within("/context", context, 1, MOST_CONTEXT);
        within("/parallel", parallel, 1, MOST_PARALLEL);
        within("/batch", batch, 1, MOST_BATCH);
        within("/gpus/count", gpus.count, 0, MOST_GPUS);
        if (gpus.layers != null) {
            within("/gpus/layers", gpus.layers, 0, MOST_LAYERS);
        }
        Double part = gpus.memoryUtilization;
        if (part != null && !(part > 0 && part <= 1)) {
            throw Failure.unprocessable("/gpus/memoryUtilization", "must be more than 0 and at most 1");
        }
        if (cacheType.quantised() && !flashAttention) {
            throw Failure.unprocessable("/cacheType", "can be " + cacheType + " only with flash attention");
        }
    }

    private static void within(String pointer, int value, int least, int most) {
        if (value < least || value > most) {
            throw Failure.unprocessable(pointer, "must be from " + least + " to " + most);
        }
    }
}
