package io.aiwm.worker.hardware;

import io.aiwm.protocol.SystemInfo;
import java.util.List;

/** The result that the probes fill in; a part that no probe could read stays null. */
final class Sample {
    SystemInfo.Os os;
    SystemInfo.Cpu cpu;
    SystemInfo.Memory memory;
    List<SystemInfo.Disk> disks;
    List<SystemInfo.Gpu> gpus;
    List<SystemInfo.NetworkInterface> network;

    SystemInfo with(SystemInfo.ContainerEngine engine) {
        return new SystemInfo(os, cpu, memory, disks, gpus, network, engine);
    }
}
