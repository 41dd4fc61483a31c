package io.aiwm.protocol;

import java.util.List;

/**
 * What the controller set aside on the node for one command.
 *
 * @param cpu cores
 * @param gpus exactly these are the command's, and no others
 */
public record ResourceClaim(double cpu, long memoryBytes, List<Gpu> gpus) {

    /** @param index as the node numbers its GPUs. @param memoryBytes of it */
    public record Gpu(int index, long memoryBytes) {}

    public ResourceClaim {
        gpus = gpus == null ? List.of() : List.copyOf(gpus);
    }

    /** The indices that this claim gives; empty where it gives none, or there is no claim. */
    public static List<Integer> gpusOf(ResourceClaim claim) {
        return claim == null ? List.of() : claim.gpus().stream().map(Gpu::index).toList();
    }
}
