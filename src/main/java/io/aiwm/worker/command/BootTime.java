package io.aiwm.worker.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Which start of the machine this is, and how long ago it was: a measure of time that goes on while no worker runs, and that
 * cannot be set.
 */
record BootTime(String id, long upMillis) {
    /** Null where the system does not say. */
    static BootTime read() {
        try {
            String id =
                    Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
            String up = Files.readString(Path.of("/proc/uptime")).strip();
            return new BootTime(id, (long) (Double.parseDouble(up.substring(0, up.indexOf(' '))) * 1_000));
        } catch (IOException | RuntimeException notLinux) {
            return null;
        }
    }
}
