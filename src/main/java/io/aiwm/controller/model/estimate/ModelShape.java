package io.aiwm.controller.model.estimate;

import io.aiwm.common.Failure;
import io.aiwm.controller.model.format.ModelInfo;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** The numbers of a model that memory follows from, all there. */
record ModelShape(ModelInfo info, int layers, long width, long feedForward, long vocabulary, long experts) {

    /** Fails with UNPROCESSABLE if its files do not say enough. */
    static ModelShape of(ModelInfo info) {
        if (info.layers() == null || info.embeddingLength() == null) {
            throw Failure.unprocessable(
                    "/model",
                    "its files do not say how many layers it has and how wide they are; give the memory instead");
        }
        return new ModelShape(
                info,
                info.layers(),
                info.embeddingLength(),
                info.feedForwardLength() == null ? 4L * info.embeddingLength() : info.feedForwardLength(),
                info.vocabulary() == null ? 0 : info.vocabulary(),
                info.experts() == null
                        ? 1
                        : info.experts().used() == null
                                ? info.experts().count()
                                : info.experts().used());
    }

    boolean attends() {
        return info.attention() != null;
    }

    long heads() {
        return attends() ? info.attention().heads() : 0;
    }

    /** Width of the vectors of all heads, or that between layers if it is larger. */
    long queryWidth() {
        return attends() ? Math.max(width, info.attention().queryWidth()) : width;
    }

    long keyWidth() {
        return attends() ? (long) info.attention().kvHeads() * info.attention().keyLength() : 0;
    }

    /** Width of what feed-forward layers make of one token. */
    long feedForwardWidth() {
        return Math.multiplyExact(feedForward, experts);
    }

    /**
     * Bytes of the cache of one sequence, layer by layer.
     *
     * @param cells tokens that a layer that sees all of them keeps
     * @param windowCells tokens that a layer with a window keeps
     * @param share by how many GPUs the heads are shared out
     */
    long[] cache(long cells, long windowCells, CacheType type, int share) {
        var perLayer = new long[layers];
        if (!attends()) {
            return perLayer;
        }
        var attention = info.attention();
        int windowed = attention.slidingLayers() == null ? 0 : attention.slidingLayers();
        int[] heads = IntStream.range(0, layers)
                .map(i -> attention.kvHeadsPerLayer() == null
                        ? attention.kvHeads()
                        : attention.kvHeadsPerLayer().get(i))
                .toArray();
        // which layers have the window is not known: the narrow ones, so that the sum is not too small
        int[] order = IntStream.range(0, layers)
                .boxed()
                .sorted((a, b) -> Integer.compare(heads[a], heads[b]))
                .mapToInt(Integer::intValue)
                .toArray();
        for (int i = 0; i < layers; i++) {
            long own = (heads[order[i]] + share - 1L) / share;
            long token =
                    Math.addExact(type.bytes(own * attention.keyLength()), type.bytes(own * attention.valueLength()));
            perLayer[order[i]] = Math.multiplyExact(i < windowed ? Math.min(cells, windowCells) : cells, token);
        }
        return perLayer;
    }

    /** Cells of a layer with a window; as many as any if there is none. */
    long window(long batch, long cells) {
        Integer window = attends() ? info.attention().slidingWindow() : null;
        return window == null ? cells : Math.min(cells, window + batch);
    }

    long stateBytes() {
        return info.stateBytesPerSequence() == null ? 0 : info.stateBytesPerSequence();
    }

    static long sum(long[] numbers) {
        return LongStream.of(numbers).reduce(0, Math::addExact);
    }
}
