package io.aiwm.worker.hardware;

import io.aiwm.protocol.SystemInfo;
import oshi.hardware.GlobalMemory;

final class MemoryProbe implements Probe {
    private final GlobalMemory memory;

    MemoryProbe(GlobalMemory memory) {
        this.memory = memory;
    }

    @Override
    public void look(Sample sample) {
        long total = memory.getTotal();
        long available = memory.getAvailable();
        sample.memory = new SystemInfo.Memory(
                total, total - available, available, memory.getVirtualMemory().getSwapTotal());
    }
}
