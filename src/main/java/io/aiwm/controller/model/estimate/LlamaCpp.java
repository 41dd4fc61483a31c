package io.aiwm.controller.model.estimate;

/**
 * Memory of llama.cpp, measured with the one in node-llama-cpp 3.21.1 at contexts from 4096 to 131072, widths from 256
 * to 1024, with and without flash attention, for 1 and 4 sequences ({@code ModelEstimateIT} repeats some of it). With
 * {@code n} cells of one sequence and batches of {@code b} tokens:
 *
 * <ul>
 *   <li>cache: layers x n x sequences x (keys + values), exact; {@code n} is rounded up to 256, as the engine does
 *   <li>compute buffers without flash attention: n x b x 4 x (heads + 1) + b x 4 x (5 widths + 2 widths of keys), exact; with
 *       it n x b x 2, and the largest of what attention, feed-forward and the projection onto the vocabulary need
 *   <li>a work buffer that the engine does not report: without flash attention the scores of a batch as F16, n x b x heads x 2.
 *       A full context of 32768 used 963 MiB, of which the engine reported 646
 * </ul>
 *
 * <p>On GPUs each has its own compute buffers, and CUDA takes its part. On an H100 with CUDA 13 a context took 619 MiB, 685 with
 * cuBLAS (PyTorch 2.11, nvidia-smi less what PyTorch had reserved); ollama reckons with 457 MiB ({@code cudaMinimumMemory}),
 * which is too little there. The terms for several GPUs could not be measured here.
 */
final class LlamaCpp {
    private static final int CELLS = 256;
    private static final int FLOAT = 4;
    private static final int HALF = 2;

    /** The largest that was seen beside cache and buffers is 79 MiB, with an HTTP server in the process. */
    private static final long PROCESS_BYTES = 96L << 20;

    private static final long OLLAMA_BYTES = 256L << 20;
    private static final long CUDA_BYTES = 768L << 20;

    /** Inputs of a batch are held this often when several GPUs work on batches one after the other. */
    private static final int PIPELINE_COPIES = 4;

    private final ModelShape shape;
    private final EstimateRequest request;
    private final EstimateSums tally;
    private final long cells;
    private final long batch;
    private final int onGpus;

    LlamaCpp(ModelShape shape, EstimateRequest request, EstimateSums tally) {
        this.shape = shape;
        this.request = request;
        this.tally = tally;
        this.cells = rounded(request.context());
        this.batch = Math.min(request.batch(), cells);
        Integer layers = request.gpus().layers();
        this.onGpus = tally.gpus() == 0 ? 0 : layers == null ? shape.layers() : Math.min(layers, shape.layers());
    }

    void estimate() {
        long[] cache = shape.cache(cells, rounded(shape.window(batch, cells)), request.cacheType(), 1);
        layers(cache);
        ends();
        buffers();
        tally.host("engineOverhead", request.engine() == EngineKind.ollama ? OLLAMA_BYTES : PROCESS_BYTES);
        tally.everyGpu("engineOverhead", CUDA_BYTES);
        tally.assumed("-c " + (long) request.context() * request.parallel() + " -np " + request.parallel() + " -ub "
                + request.batch() + " -fa " + (request.flashAttention() ? "on" : "off") + ", and no unified cache.");
        tally.assumed("Weights are counted, although those on the CPU are mapped from the file and can be given back.");
    }

    private static long rounded(long tokens) {
        return (tokens + CELLS - 1) / CELLS * CELLS;
    }

    /** The first layers stay on the CPU, the others are shared out evenly, in order, each with its part of the cache. */
    private void layers(long[] cache) {
        long outside = outside();
        long inLayers = Math.max(0, shape.info().weightBytes() - outside);
        long largest = shape.info().largestLayerBytes() == null || shape.info().largestLayerBytes() == 0
                ? (inLayers + shape.layers() - 1) / Math.max(1, shape.layers())
                : shape.info().largestLayerBytes();
        long state = Math.multiplyExact(shape.stateBytes(), (long) request.parallel());
        int first = shape.layers() - onGpus;
        long onHost = onGpus == 0 ? inLayers : Math.min(inLayers, Math.multiplyExact(largest, (long) first));
        tally.host("weights", onHost);
        for (int i = 0; i < first; i++) {
            tally.host("kvCache", Math.multiplyExact(cache[i], (long) request.parallel()));
        }
        tally.host("recurrentState", onGpus == 0 ? state : 0);
        int next = first;
        for (int gpu = 0; gpu < tally.gpus() && onGpus > 0; gpu++) {
            int count = onGpus / tally.gpus() + (gpu < onGpus % tally.gpus() ? 1 : 0);
            tally.gpu(gpu, "weights", Math.min(inLayers, Math.multiplyExact(largest, (long) count)));
            for (int i = 0; i < count; i++) {
                tally.gpu(gpu, "kvCache", Math.multiplyExact(cache[next++], (long) request.parallel()));
            }
            tally.gpu(gpu, "recurrentState", state / tally.gpus() + 1);
        }
    }

    private long outside() {
        return embedding()
                + (shape.info().outputBytes() == null ? 0 : shape.info().outputBytes());
    }

    private long embedding() {
        return shape.info().embeddingBytes() == null ? 0 : shape.info().embeddingBytes();
    }

    /** The table of tokens stays on the CPU; a GPU that projects onto the vocabulary has a copy if the table is used for it. */
    private void ends() {
        long output = shape.info().outputBytes() == null ? 0 : shape.info().outputBytes();
        Integer told = request.gpus().layers();
        boolean onGpu = tally.gpus() > 0 && (told == null || told > shape.layers());
        tally.host("weights", embedding() + (onGpu ? 0 : output));
        if (onGpu) {
            boolean shared = output < embedding() / 2;
            tally.gpu(tally.gpus() - 1, "weights", output + (shared ? embedding() : 0));
        }
        tally.host(
                "outputBuffer",
                Math.multiplyExact((long) request.parallel() * FLOAT, shape.vocabulary() + shape.width()));
    }

    private void buffers() {
        long compute = compute();
        long inputs = Math.addExact(mask(FLOAT), product(batch, FLOAT, shape.width()));
        long work = product(batch, HALF, Math.max(shape.feedForwardWidth(), shape.queryWidth()));
        long scores = request.flashAttention() ? 0 : product(cells, batch, HALF, shape.heads());
        if (onGpus < shape.layers() || tally.gpus() == 0) {
            tally.host("computeBuffers", compute);
            tally.host("workBuffer", Math.max(work, scores));
        } else {
            tally.host("computeBuffers", inputs);
        }
        if (onGpus > 0) {
            tally.everyGpu("computeBuffers", compute);
            tally.everyGpu("workBuffer", scores);
        }
        if (onGpus > 0 && tally.gpus() > 1) {
            tally.everyGpu("computeBuffers", Math.multiplyExact(inputs, PIPELINE_COPIES - 1L));
        }
    }

    private long compute() {
        long attention = Math.addExact(product(5, shape.queryWidth()), product(2, shape.keyWidth()));
        long forward = Math.addExact(product(3, shape.feedForwardWidth()), product(3 + shape.experts(), shape.width()));
        long vocabulary = shape.vocabulary() + 2 * shape.width();
        long tokens = Math.multiplyExact(batch, (long) FLOAT);
        long widest = Math.max(attention, Math.max(forward, vocabulary));
        if (request.flashAttention()) {
            return Math.addExact(mask(HALF), Math.multiplyExact(tokens, widest));
        }
        long scores = Math.addExact(product(cells, batch, FLOAT, shape.heads()), Math.multiplyExact(tokens, attention));
        return Math.addExact(mask(FLOAT), Math.max(scores, Math.multiplyExact(tokens, widest)));
    }

    /** Which cells a token may see. */
    private long mask(int bytes) {
        return shape.attends() ? product(cells, batch, bytes) : 0;
    }

    private static long product(long... factors) {
        long product = 1;
        for (long factor : factors) {
            product = Math.multiplyExact(product, factor);
        }
        return product;
    }
}
