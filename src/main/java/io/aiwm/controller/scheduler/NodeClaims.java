package io.aiwm.controller.scheduler;

import io.aiwm.controller.execution.Claim;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What one node has promised, as stored in collection {@code claims} where several controllers give out the same nodes. A
 * claim is taken and given back by its id, each in one compare-and-set, so however often either is repeated it counts once.
 *
 * @param id the node's
 */
record NodeClaims(String id, long version, List<Held> claims) {

    /** For so long a claim is left to the controller that took it, though nothing stored stands behind it yet. */
    static final long PROMISE_MILLIS = 30_000;

    /**
     * @param since milliseconds since the epoch
     * @param by the controller that took it
     */
    record Held(String id, Claim claim, int slots, long since, String by) {
        /** Whether both want the same attempt to have it, and this one was first and may still be about to write so. */
        private boolean precedes(Held other) {
            return id.equals(other.id)
                    && slots > 0
                    && !Objects.equals(by, other.by)
                    && other.since - since < PROMISE_MILLIS;
        }
    }

    /** What the node has to give, reserved shares and what others use taken off. @param gpus bytes by index */
    record Limits(long cpuMilli, long memoryBytes, long diskBytes, int slots, Map<Integer, Long> gpus) {}

    NodeClaims {
        claims = claims == null ? List.of() : List.copyOf(claims);
    }

    NodeClaims withVersion(long next) {
        return new NodeClaims(id, next, claims);
    }

    /**
     * With all of these, or null where that would be more than the limits, or where another controller is giving the same
     * attempt its place here. What is held already counts once.
     */
    NodeClaims with(List<Held> more, Limits limits) {
        if (claims.stream().anyMatch(held -> more.stream().anyMatch(held::precedes))) {
            return null;
        }
        var all = new ArrayList<Held>(claims.size() + more.size());
        for (Held held : claims) {
            if (more.stream().noneMatch(one -> one.id.equals(held.id))) {
                all.add(held);
            }
        }
        all.addAll(more);
        boolean asksSlots = more.stream().anyMatch(one -> one.slots > 0);
        long cpu = 0;
        long memory = 0;
        long disk = 0;
        int slots = 0;
        var gpus = new HashMap<Integer, Long>();
        for (Held held : all) {
            cpu += Candidate.milli(held.claim);
            memory += held.claim.memoryBytes();
            disk += held.claim.diskBytes();
            slots += held.slots;
            held.claim.gpus().forEach(share -> gpus.merge(share.index(), share.memoryBytes(), Long::sum));
        }
        boolean asksCpu = more.stream().anyMatch(one -> one.claim.cpu() > 0);
        boolean asksMemory = more.stream().anyMatch(one -> one.claim.memoryBytes() > 0);
        boolean asksDisk = more.stream().anyMatch(one -> one.claim.diskBytes() > 0);
        boolean fits = (!asksCpu || cpu <= limits.cpuMilli)
                && (!asksMemory || memory <= limits.memoryBytes)
                && (!asksDisk || disk <= limits.diskBytes)
                && (!asksSlots || slots <= limits.slots)
                && more.stream()
                        .flatMap(one -> one.claim.gpus().stream())
                        .allMatch(share -> gpus.get(share.index()) <= limits.gpus.getOrDefault(share.index(), 0L));
        return fits ? new NodeClaims(id, version, all) : null;
    }

    /** The same instance when it is so already. */
    NodeClaims corrected(String claimId, Held right) {
        if (right != null && claims.contains(right)) {
            return this;
        }
        NodeClaims without = without(claimId, null);
        if (right == null) {
            return without;
        }
        var all = new ArrayList<>(without.claims);
        all.add(right);
        return new NodeClaims(id, version, all);
    }

    /** @param by only if this controller took it; null: whoever did. The same instance when there is no such claim */
    NodeClaims without(String claimId, String by) {
        return claims.stream().anyMatch(held -> held.id.equals(claimId) && (by == null || by.equals(held.by)))
                ? new NodeClaims(
                        id,
                        version,
                        claims.stream().filter(held -> !held.id.equals(claimId)).toList())
                : this;
    }
}
