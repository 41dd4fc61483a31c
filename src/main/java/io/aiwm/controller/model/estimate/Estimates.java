package io.aiwm.controller.model.estimate;

import io.aiwm.common.Failure;
import io.aiwm.controller.model.format.ModelInfo;

/** Estimates the memory that a model takes. The goal: never below what the engine uses, at most 25 % and 64 MiB above. */
public final class Estimates {
    /** Of the weights, for what an engine that is not known needs while it works. */
    private static final int CUSTOM_WORK = 5;

    private static final long CUSTOM_BYTES = 512L << 20;

    private Estimates() {}

    /** Fails with UNPROCESSABLE if the request cannot be, or if the files of the model do not say enough. */
    public static MemoryEstimate of(ModelInfo info, EstimateRequest asked) {
        EstimateRequest request = asked.complete(info.contextLength());
        var shape = ModelShape.of(info);
        var tally = new EstimateSums(request.gpus().count());
        assumptions(info, request, tally);
        try {
            switch (request.engine()) {
                case llamacpp, ollama -> new LlamaCpp(shape, request, tally).estimate();
                case vllm, tgi -> new PagedServer(shape, request, tally).estimate();
                case custom -> custom(shape, request, tally);
            }
            return tally.estimate(request.engine());
        } catch (ArithmeticException overflow) {
            throw Failure.unprocessable("/context", "makes more bytes than can be counted");
        }
    }

    private static void assumptions(ModelInfo info, EstimateRequest request, EstimateSums tally) {
        tally.assumed(request.parallel() + " sequences of " + request.context() + " tokens, cache of "
                + request.cacheType() + ", flash attention " + (request.flashAttention() ? "on" : "off") + ".");
        if (info.contextLength() != null && request.context() > info.contextLength()) {
            tally.assumed("The model was trained for " + info.contextLength() + " tokens only.");
        }
        if (info.attention() == null && info.stateBytesPerSequence() == null) {
            tally.assumed("The files do not tell heads of attention, so no cache is counted.");
        } else if (info.attention() != null
                && info.attention().slidingWindow() != null
                && info.attention().slidingLayers() == null) {
            tally.assumed("Which layers have a window is not known, so all of them are counted as if they had none.");
        }
    }

    private static void custom(ModelShape shape, EstimateRequest request, EstimateSums tally) {
        int places = Math.max(1, tally.gpus());
        long weights = (shape.info().weightBytes() + places - 1) / places;
        long cache = ModelShape.sum(shape.cache(request.context(), request.context(), request.cacheType(), places));
        for (int i = 0; i < places; i++) {
            put(tally, i, "weights", weights);
            put(tally, i, "kvCache", Math.multiplyExact(cache, (long) request.parallel()));
            put(tally, i, "computeBuffers", weights / CUSTOM_WORK);
            put(tally, i, "engineOverhead", CUSTOM_BYTES);
        }
        tally.assumed("The engine is not known: a fifth of the weights and 512 MiB are added to weights and cache.");
    }

    private static void put(EstimateSums tally, int place, String part, long bytes) {
        if (tally.gpus() == 0) {
            tally.host(part, bytes);
        } else {
            tally.gpu(place, part, bytes);
        }
    }
}
