package io.aiwm.worker.hardware;

import io.aiwm.protocol.SystemInfo;
import java.util.Arrays;
import java.util.List;
import oshi.hardware.CentralProcessor;

final class CpuProbe implements Probe {
    private final CentralProcessor processor;
    private long[] ticks;

    CpuProbe(CentralProcessor processor) {
        this.processor = processor;
        this.ticks = processor.getSystemCpuLoadTicks();
    }

    @Override
    public void look(Sample sample) {
        long[] before = ticks;
        ticks = processor.getSystemCpuLoadTicks();
        // between two equal readings there is no load to speak of, rather than none
        Double usage = Arrays.equals(before, ticks) ? null : processor.getSystemCpuLoadBetweenTicks(before, ticks);
        List<Double> load = Arrays.stream(processor.getSystemLoadAverage(3))
                .filter(average -> average >= 0)
                .boxed()
                .toList();
        sample.cpu = new SystemInfo.Cpu(
                processor.getProcessorIdentifier().getName().strip(),
                Runtime.getRuntime().availableProcessors(),
                processor.getPhysicalProcessorCount(),
                usage,
                load);
    }
}
