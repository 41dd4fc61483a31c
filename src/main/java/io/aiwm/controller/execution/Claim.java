package io.aiwm.controller.execution;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.ArrayList;
import java.util.List;

/**
 * What an attempt was promised of its node beside a slot. It stands in the attempt, so it is taken in the same write that
 * names the node and given back in the same write that closes the attempt (invariant I6).
 *
 * @param cpu cores
 * @param diskBytes of the disk that work writes to
 * @param gpus the very GPUs it may use
 * @param hostPorts the node's ports that it alone may publish
 */
public record Claim(
        double cpu,
        long memoryBytes,
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) long diskBytes,
        List<Gpu> gpus,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<HostPort> hostPorts) {
    public static final Claim NOTHING = new Claim(0, 0, List.of());

    /** @param memoryBytes all of the GPU's where the step asked for a whole one */
    public record Gpu(int index, long memoryBytes) {}

    public Claim {
        gpus = gpus == null ? List.of() : List.copyOf(gpus);
        hostPorts = hostPorts == null ? List.of() : List.copyOf(hostPorts);
    }

    public Claim(double cpu, long memoryBytes, long diskBytes, List<Gpu> gpus) {
        this(cpu, memoryBytes, diskBytes, gpus, List.of());
    }

    public Claim(double cpu, long memoryBytes, List<Gpu> gpus) {
        this(cpu, memoryBytes, 0, gpus);
    }

    @JsonIgnore
    public boolean isNothing() {
        return cpu <= 0 && memoryBytes <= 0 && diskBytes <= 0 && gpus.isEmpty() && hostPorts.isEmpty();
    }

    /** With these ports too. Of the same port on one address and on all of them, all count, whichever comes first. */
    public Claim with(List<HostPort> more) {
        if (more.isEmpty()) {
            return this;
        }
        var all = new ArrayList<>(hostPorts);
        for (HostPort port : more) {
            if (all.stream().noneMatch(one -> one.covers(port))) {
                all.removeIf(port::covers);
                all.add(port);
            }
        }
        return new Claim(cpu, memoryBytes, diskBytes, gpus, all);
    }

    /** Whether one of these is among its ports. */
    public boolean collides(List<HostPort> others) {
        for (HostPort port : hostPorts) {
            for (HostPort other : others) {
                if (port.collides(other)) {
                    return true;
                }
            }
        }
        return false;
    }
}
