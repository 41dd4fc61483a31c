package io.aiwm.testing;

import io.aiwm.boot.Config;
import io.aiwm.boot.ConfigBatchesBuilder;
import io.aiwm.boot.ConfigExecutionsBuilder;
import io.aiwm.boot.ConfigLoader;
import io.aiwm.boot.ConfigSchedulerBuilder;
import java.time.Duration;
import java.util.TreeMap;

/** Settings as they are by default, of which a test changes what it is about. */
public final class TestSettings {
    private static final Config DEFAULTS = ConfigLoader.of(Config.Mode.CONTROLLER, new TreeMap<>());

    private TestSettings() {}

    /** Nothing of a node is reserved. */
    public static ConfigSchedulerBuilder scheduler() {
        return ConfigSchedulerBuilder.builder(DEFAULTS.scheduler())
                .reservedCpu(0)
                .reservedMemory(0);
    }

    /** With short waits. */
    public static ConfigExecutionsBuilder executions() {
        return ConfigExecutionsBuilder.builder(DEFAULTS.executions())
                .retryBackoffMax(Duration.ofSeconds(10))
                .resendAfter(Duration.ofSeconds(2));
    }

    /** Small files, and few of them. */
    public static ConfigBatchesBuilder batches() {
        return ConfigBatchesBuilder.builder()
                .maxFileBytes(1 << 20)
                .maxLines(1_000)
                .maxFiles(100)
                .maxUserBytes(1 << 24)
                .maxOpen(10)
                .retention(Duration.ofDays(10))
                .parallel(2)
                .maxParallel(8);
    }
}
