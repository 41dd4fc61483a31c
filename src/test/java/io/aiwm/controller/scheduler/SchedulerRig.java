package io.aiwm.controller.scheduler;

import io.aiwm.boot.Config;
import io.aiwm.controller.execution.Requires;
import io.aiwm.controller.execution.RequiresBuilder;

/** A scheduler with a clock turned by hand: steps come, run and end, and each lands where it should. */
abstract class SchedulerRig {
    final Bench bench = new Bench(Bench.settings(Config.Scheduler.Packing.BINPACK));

    static Requires needs(double cpu, long memory) {
        return RequiresBuilder.builder().cpu(cpu).memoryBytes(memory).build();
    }

    static Requires gpu(int count, Long memory) {
        return RequiresBuilder.builder()
                .gpus(new Requires.Gpus(count, memory, null))
                .build();
    }
}
