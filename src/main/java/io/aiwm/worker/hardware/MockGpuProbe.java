package io.aiwm.worker.hardware;

import io.aiwm.protocol.SystemInfo;
import io.aiwm.protocol.SystemInfoGpuBuilder;
import java.util.List;

/** Two GPUs for trying things out on a machine that has none; their load goes up and down slowly. */
final class MockGpuProbe implements Probe {
    private static final long GIB = 1L << 30;

    @Override
    public void look(Sample sample) {
        double minutes = System.currentTimeMillis() / 60_000.0;
        sample.gpus = List.of(gpu(0, 0.5 + 0.4 * Math.sin(minutes)), gpu(1, 0.5 + 0.4 * Math.cos(minutes)));
    }

    private static SystemInfo.Gpu gpu(int index, double load) {
        long total = 40 * GIB;
        return SystemInfoGpuBuilder.builder()
                .index(index)
                .uuid("GPU-00000000-0000-4000-8000-00000000000" + index)
                .model("NVIDIA A100-SXM4-40GB (mock)")
                .health("ok")
                .memoryTotalBytes(total)
                .memoryUsedBytes(Math.round(total * load))
                .utilization(load)
                .temperature((int) Math.round(35 + 45 * load))
                .powerWatts(60 + 300 * load)
                .powerLimitWatts(400.0)
                .driverVersion("550.54.15")
                .cudaVersion("12.4")
                .mig(false)
                .migSlices(List.of())
                .build();
    }
}
