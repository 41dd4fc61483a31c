package io.aiwm.controller.model.estimate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** An estimate while it is made: parts by name, on the host and on each GPU. Sums fail with ArithmeticException, not wrap. */
final class EstimateSums {
    private final long[] gpus;
    private final Map<String, long[]> parts = new LinkedHashMap<>();
    private final List<String> basis = new ArrayList<>();
    private long host;

    EstimateSums(int gpus) {
        this.gpus = new long[gpus];
    }

    void host(String part, long bytes) {
        host = Math.addExact(host, bytes);
        add(part, 0, bytes);
    }

    void gpu(int index, String part, long bytes) {
        gpus[index] = Math.addExact(gpus[index], bytes);
        add(part, 1, bytes);
    }

    void everyGpu(String part, long bytes) {
        for (int i = 0; i < gpus.length; i++) {
            gpu(i, part, bytes);
        }
    }

    private void add(String part, int where, long bytes) {
        if (bytes > 0) {
            long[] both = parts.computeIfAbsent(part, name -> new long[2]);
            both[where] = Math.addExact(both[where], bytes);
        }
    }

    void assumed(String sentence) {
        basis.add(sentence);
    }

    int gpus() {
        return gpus.length;
    }

    long gpuBytes(int index) {
        return gpus[index];
    }

    MemoryEstimate estimate(EngineKind engine) {
        return new MemoryEstimate(
                engine,
                LongStream.of(gpus).reduce(host, Math::addExact),
                host,
                Arrays.stream(gpus).boxed().toList(),
                parts.entrySet().stream()
                        .map(part -> new MemoryEstimate.Part(part.getKey(), part.getValue()[0], part.getValue()[1]))
                        .toList(),
                basis);
    }
}
