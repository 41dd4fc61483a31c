package io.aiwm.controller.model.estimate;

/**
 * Memory of vLLM and of Text Generation Inference, which split every layer over all GPUs and keep the cache in pages. Neither
 * can be run here without GPUs; the terms are those that vLLM itself measures when it starts ("Conserving memory" and
 * "Optimization and tuning" in its documentation, {@code determine_available_memory} of its worker): weights, the peak of
 * activations in a run with a full batch, memory outside of PyTorch, CUDA graphs. What is left of {@code
 * gpu_memory_utilization} becomes the cache, which has to hold one sequence of full length at least.
 *
 * <p>CUDA graphs and CUDA itself with its libraries take 1 to 2 GiB of each GPU together; here 1 GiB each. On an H100 PyTorch
 * 2.11 with cuBLAS took 685 MiB beside its tensors, and 755 with a graph of 400 kernels.
 */
final class PagedServer {
    private static final int VLLM_PAGE = 16;
    private static final int TGI_PAGE = 256;
    private static final int HALF = 2;
    private static final int FLOAT = 4;

    /** Logits, and the sorted and the scaled copy of them while tokens are chosen. */
    private static final int LOGIT_COPIES = 3;

    private static final double VLLM_UTILIZATION = 0.9;
    private static final long GRAPH_BYTES = 1L << 30;
    private static final long CUDA_BYTES = 1L << 30;

    /** Python, PyTorch and CUDA on the host, for each process; one process for each GPU. */
    private static final long PROCESS_BYTES = 4L << 30;

    private final ModelShape shape;
    private final EstimateRequest request;
    private final EstimateSums tally;
    private final int share;

    PagedServer(ModelShape shape, EstimateRequest request, EstimateSums tally) {
        this.shape = shape;
        this.request = request;
        this.tally = tally;
        this.share = Math.max(1, tally.gpus());
    }

    void estimate() {
        long weights = (shape.info().weightBytes() + share - 1) / share;
        long page = request.engine() == EngineKind.vllm ? VLLM_PAGE : TGI_PAGE;
        long cells = (request.context() + page - 1) / page * page;
        long sequence =
                ModelShape.sum(shape.cache(cells, shape.window(request.batch(), cells), request.cacheType(), share));
        long cache = Math.multiplyExact(sequence, (long) request.parallel());
        long state = Math.multiplyExact(shape.stateBytes(), (long) request.parallel()) / share + 1;
        put("weights", weights);
        put("kvCache", cache);
        put("recurrentState", shape.stateBytes() == 0 ? 0 : state);
        put("computeBuffers", activations());
        tally.everyGpu("cudaGraphs", GRAPH_BYTES);
        tally.everyGpu("engineOverhead", CUDA_BYTES);
        tally.host("engineOverhead", Math.multiplyExact(PROCESS_BYTES, (long) share));
        headroom();
        tally.assumed("The cache holds " + request.parallel() + " sequences of " + request.context()
                + " tokens in pages of " + page + ", and batches have at most " + request.batch() + " tokens.");
        tally.assumed("Every layer is split evenly over " + share + (tally.gpus() == 0 ? " processor." : " GPUs."));
        tally.assumed("CUDA graphs and CUDA itself take 2 GiB of each GPU, and each process 4 GiB of the host.");
    }

    private void put(String part, long bytes) {
        if (tally.gpus() == 0) {
            tally.host(part, bytes);
        } else {
            tally.everyGpu(part, bytes);
        }
    }

    /** The widest that a batch becomes within a layer, and the logits of all sequences. */
    private long activations() {
        long wide = Math.max(3 * shape.feedForwardWidth(), 2 * shape.queryWidth() + 4 * shape.keyWidth()) / share;
        long batch = Math.multiplyExact((long) request.batch() * HALF, Math.addExact(4 * shape.width(), wide));
        long logits = Math.multiplyExact((long) request.parallel() * LOGIT_COPIES * FLOAT, shape.vocabulary());
        return Math.addExact(batch, logits);
    }

    /** The engine takes a part of the GPU, and fails if what it needs is more than that part. */
    private void headroom() {
        if (request.engine() != EngineKind.vllm || tally.gpus() == 0) {
            return;
        }
        Double told = request.gpus().memoryUtilization();
        double part = told == null ? VLLM_UTILIZATION : told;
        for (int i = 0; i < tally.gpus(); i++) {
            long needed = tally.gpuBytes(i);
            tally.gpu(i, "headroom", (long) Math.ceil(needed / part) - needed);
        }
        tally.assumed(
                "The engine takes " + part + " of each GPU's memory, however little it needs; the GPU needs to have"
                        + " so much that this part is enough.");
    }
}
