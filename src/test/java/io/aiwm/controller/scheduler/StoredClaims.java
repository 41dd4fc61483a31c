package io.aiwm.controller.scheduler;

import io.aiwm.common.Amounts;
import io.aiwm.controller.deployment.Deployment;
import io.aiwm.controller.deployment.DeploymentState;
import io.aiwm.controller.execution.Claim;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.ExecutionState;
import io.aiwm.controller.execution.HostPort;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.execution.StepState;
import io.aiwm.protocol.CommandId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What every node holds by what is stored alone: open attempts, and the containers of deployments. */
final class StoredClaims {
    /** What one node holds in all. */
    static final class Sum {
        int slots;
        long cpuMilli;
        long memoryBytes;
        long diskBytes;
        final Map<Integer, Long> gpus = new TreeMap<>();
        final List<String> ids = new ArrayList<>();
        final List<HostPort> ports = new ArrayList<>();

        private void add(String id, Claim claim, int more) {
            if (more > 0 || !claim.isNothing()) {
                ids.add(id);
            }
            slots += more;
            cpuMilli += claim.amounts().get(Amounts.Kind.CPU);
            memoryBytes += claim.amounts().memoryBytes();
            diskBytes += claim.amounts().diskBytes();
            ports.addAll(claim.hostPorts());
            claim.gpus().forEach(gpu -> gpus.merge(gpu.index(), gpu.memoryBytes(), Long::sum));
        }

        @Override
        public String toString() {
            return slots + " slots, " + cpuMilli + " m, " + memoryBytes + " B, disk " + diskBytes + " B, " + gpus
                    + ", ports " + ports + " by " + ids;
        }
    }

    private record Place(String nodeId, Claim claim) {}

    private final Map<String, Sum> sums = new HashMap<>();

    StoredClaims(LedgerRig rig) {
        Map<String, Execution> executions = rig.executions();
        Map<String, List<Place>> making = new HashMap<>();
        for (Execution execution : executions.values()) {
            for (Step step : execution.steps()) {
                if (step.status().isOpenAttempt() || step.status() == StepState.COMPLETED) {
                    attempt(execution, step, making);
                }
            }
        }
        for (Deployment deployment : rig.deployments()) {
            deployment(deployment, making.getOrDefault(deployment.id() + "/0", List.of()));
        }
    }

    Sum on(String node) {
        return sums.computeIfAbsent(node, id -> new Sum());
    }

    private void attempt(Execution execution, Step step, Map<String, List<Place>> making) {
        Claim claim =
                step.current().claim() == null ? Claim.NOTHING : step.current().claim();
        boolean open = step.status().isOpenAttempt();
        String holds = step.spec().claimId();
        if (holds != null && !claim.isNothing() && (open || execution.status() == ExecutionState.RUNNING)) {
            making.computeIfAbsent(holds, id -> new ArrayList<>()).add(new Place(step.nodeId(), claim));
        }
        if (open) {
            boolean queuesThere = step.spec().nodeId() != null || step.spec().sameNodeAs() != null;
            String id = new CommandId(execution.id(), step.spec().index(), step.attempt()).toString();
            on(step.nodeId()).add(id, holds == null ? claim : Claim.NOTHING, queuesThere && claim.isNothing() ? 0 : 1);
        }
    }

    /** Both what it has and what is being made of it: while an action is under way, either may be what stays. */
    private void deployment(Deployment deployment, List<Place> making) {
        var places = new ArrayList<Place>();
        Deployment.Container container = deployment.container();
        boolean runs = container != null
                && (deployment.status() == DeploymentState.RESTARTING
                        || !Set.of("exited", "dead", "removed").contains(container.state()));
        if (runs && container.claim() != null) {
            places.add(new Place(container.nodeId(), container.claim()));
        }
        if (deployment.status().isTransitional() && !making.isEmpty()) {
            places.add(making.get(making.size() - 1));
        }
        Map<String, Claim> byNode = new LinkedHashMap<>();
        places.forEach(place -> byNode.merge(place.nodeId(), place.claim(), StoredClaims::larger));
        byNode.forEach((node, claim) -> {
            if (!claim.isNothing()) {
                on(node).add(deployment.id() + "/0", claim, 0);
            }
        });
    }

    private static Claim larger(Claim one, Claim other) {
        var gpus = new TreeMap<Integer, Long>();
        one.gpus().forEach(gpu -> gpus.merge(gpu.index(), gpu.memoryBytes(), Math::max));
        other.gpus().forEach(gpu -> gpus.merge(gpu.index(), gpu.memoryBytes(), Math::max));
        Amounts a = one.amounts();
        Amounts b = other.amounts();
        var larger = Amounts.of(
                Math.max(a.cpu(), b.cpu()),
                Math.max(a.memoryBytes(), b.memoryBytes()),
                Math.max(a.diskBytes(), b.diskBytes()),
                gpus.entrySet().stream()
                        .map(entry -> new Amounts.Gpu(entry.getKey(), entry.getValue()))
                        .toList());
        return new Claim(larger, one.with(other.hostPorts()).hostPorts());
    }
}
