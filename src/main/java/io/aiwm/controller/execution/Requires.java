package io.aiwm.controller.execution;

import java.util.List;

/**
 * What a step needs of its node; every field may be null.
 *
 * @param cpu cores
 * @param labelSelector kubectl grammar: {@code a=b,c!=d,e in (x,y),f,!g}
 */
public record Requires(
        Double cpu,
        Long memoryBytes,
        Gpus gpus,
        String zone,
        String labelSelector,
        List<String> capabilities,
        String runtime,
        String role) {
    /** @param memoryBytes free on each. @param model text the GPU's model name contains */
    public record Gpus(Integer count, Long memoryBytes, String model) {}
}
