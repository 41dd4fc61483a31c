package io.aiwm.controller.scheduler;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.aiwm.common.Amounts;
import io.aiwm.controller.execution.Claim;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * What one node has promised, as stored in collection {@code claims} where several controllers give out the same nodes. A
 * claim is taken and given back by its id, each in one compare-and-set, so however often either is repeated it counts once.
 *
 * @param id the node's
 */
record NodeClaims(String id, long version, List<NodeClaim> claims) {

    /** For so long a claim is left to the controller that took it, though nothing stored stands behind it yet. */
    static final long PROMISE_MILLIS = 30_000;

    /**
     * @param since milliseconds since the epoch
     * @param by the controller that took it
     * @param promise which of its promises that was. Whoever gives back says which, so that it never gives back what has
     *     been taken again since, by itself or by another
     * @param attempt of what outlives steps: the attempt that was to make it; else null
     */
    record NodeClaim(
            String id,
            Claim claim,
            int slots,
            long since,
            String by,
            @JsonInclude(JsonInclude.Include.NON_DEFAULT) long promise,
            @JsonInclude(JsonInclude.Include.NON_NULL) String attempt) {
        NodeClaim(String id, Claim claim, int slots, long since, String by) {
            this(id, claim, slots, since, by, 0, null);
        }

        /** The attempt for which it was taken. */
        String takenFor() {
            return attempt == null ? id : attempt;
        }

        /**
         * Whether both want the same attempt to have it, and this one was first: it may be about to write so, or have
         * written it, of which who comes later has perhaps not heard.
         */
        boolean precedes(NodeClaim other) {
            return id.equals(other.id) && slots > 0 && !Objects.equals(by, other.by);
        }

        /** Whether nobody will write of it any more what is not written yet. */
        boolean isLate(long now) {
            return now - since >= PROMISE_MILLIS;
        }

        /** Whether its controller has promised the same anew since the other promise, which has ended by that. */
        private boolean replaces(NodeClaim other) {
            return id.equals(other.id) && Objects.equals(by, other.by) && promise > other.promise;
        }
    }

    /** What the node has to give, reserved shares and what others use taken off. */
    record Limits(Amounts amounts, int slots) {}

    NodeClaims {
        claims = claims == null ? List.of() : List.copyOf(claims);
    }

    NodeClaims withVersion(long next) {
        return new NodeClaims(id, next, claims);
    }

    /**
     * With all of these, or null where that would be more than the limits, or where another controller is giving the same
     * attempt its place here. What is held already counts once. What comes so late that its controller has taken the same
     * for a newer promise changes nothing: the older one has ended, and giving it back must not leave the newer without.
     */
    NodeClaims with(List<NodeClaim> wanted, Limits limits) {
        List<NodeClaim> more = wanted.stream()
                .filter(one -> claims.stream().noneMatch(held -> held.replaces(one)))
                .toList();
        if (more.isEmpty()) {
            return this;
        }
        if (claims.stream().anyMatch(held -> more.stream().anyMatch(held::precedes))) {
            return null;
        }
        var all = new ArrayList<NodeClaim>(claims.size() + more.size());
        for (NodeClaim held : claims) {
            if (more.stream().noneMatch(one -> one.id.equals(held.id))) {
                all.add(held);
            }
        }
        all.addAll(more);
        boolean slotsFit = more.stream().allMatch(one -> one.slots == 0)
                || all.stream().mapToInt(held -> held.slots).sum() <= limits.slots;
        boolean fits =
                slotsFit && !portTaken(more, all) && sum(all).askedBy(sum(more)).fits(limits.amounts);
        return fits ? new NodeClaims(id, version, all) : null;
    }

    private static Amounts sum(List<NodeClaim> claims) {
        return claims.stream().map(held -> held.claim.amounts()).reduce(Amounts.NOTHING, Amounts::plus);
    }

    private static boolean portTaken(List<NodeClaim> more, List<NodeClaim> all) {
        for (NodeClaim one : more) {
            if (!one.claim.hostPorts().isEmpty()
                    && all.stream()
                            .anyMatch(held -> !held.id.equals(one.id) && held.claim.collides(one.claim.hostPorts()))) {
                return true;
            }
        }
        return false;
    }

    /** @param there what is held by that id, or null; the same instance when that is not so any more */
    NodeClaims corrected(NodeClaim there, NodeClaim right) {
        boolean same =
                there == null ? claims.stream().noneMatch(held -> held.id.equals(right.id)) : claims.contains(there);
        if (!same || right.equals(there)) {
            return this;
        }
        var all = new ArrayList<>(claims);
        all.remove(there);
        all.add(right);
        return new NodeClaims(id, version, all);
    }

    /** The same instance when there is no such claim. */
    NodeClaims without(Predicate<NodeClaim> which) {
        return claims.stream().anyMatch(which)
                ? new NodeClaims(
                        id, version, claims.stream().filter(which.negate()).toList())
                : this;
    }
}
