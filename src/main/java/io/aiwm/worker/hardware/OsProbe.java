package io.aiwm.worker.hardware;

import io.aiwm.protocol.SystemInfo;
import oshi.software.os.OperatingSystem;

final class OsProbe implements Probe {
    private final OperatingSystem os;

    OsProbe(OperatingSystem os) {
        this.os = os;
    }

    @Override
    public void look(Sample sample) {
        sample.os = new SystemInfo.Os(
                os.getFamily(),
                os.getVersionInfo().getVersion(),
                System.getProperty("os.version"),
                System.getProperty("os.arch"));
    }
}
