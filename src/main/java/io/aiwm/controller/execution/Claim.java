package io.aiwm.controller.execution;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * What an attempt was promised of its node beside a slot. It stands in the attempt, so it is taken in the same write that
 * names the node and given back in the same write that closes the attempt (invariant I6).
 *
 * @param cpu cores
 * @param diskBytes of the disk that work writes to
 * @param gpus the very GPUs it may use
 */
public record Claim(
        double cpu,
        long memoryBytes,
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) long diskBytes,
        List<Gpu> gpus) {
    public static final Claim NOTHING = new Claim(0, 0, List.of());

    /** @param memoryBytes all of the GPU's where the step asked for a whole one */
    public record Gpu(int index, long memoryBytes) {}

    public Claim {
        gpus = gpus == null ? List.of() : List.copyOf(gpus);
    }

    public Claim(double cpu, long memoryBytes, List<Gpu> gpus) {
        this(cpu, memoryBytes, 0, gpus);
    }

    @JsonIgnore
    public boolean isNothing() {
        return cpu <= 0 && memoryBytes <= 0 && diskBytes <= 0 && gpus.isEmpty();
    }
}
