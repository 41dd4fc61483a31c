package io.aiwm.controller.scheduler;

import io.aiwm.controller.execution.Placer.PlacementRequest;
import io.aiwm.protocol.CommandId;
import java.util.List;

/**
 * What is placed together: one step that waits, or all steps of a gang.
 *
 * @param rank when its turn is: the smaller the sooner. It is the time it was queued, moved forward by its priority; so the
 *     order of two units never changes while they wait, and whatever waits long enough comes before anything new
 */
record SchedulingUnit(
        String key,
        String executionId,
        List<PlacementRequest> wishes,
        ResourceRequest request,
        int priority,
        long rank,
        long queuedAt)
        implements Comparable<SchedulingUnit> {

    static SchedulingUnit of(PlacementRequest wish, long millisPerPoint) {
        return of(wish.executionId() + "/" + wish.step().index(), List.of(wish), millisPerPoint);
    }

    static SchedulingUnit gang(List<PlacementRequest> wishes, long millisPerPoint) {
        PlacementRequest first = wishes.get(0);
        return of(first.executionId() + "/" + first.step().gang(), List.copyOf(wishes), millisPerPoint);
    }

    private static SchedulingUnit of(String key, List<PlacementRequest> wishes, long millisPerPoint) {
        PlacementRequest first = wishes.get(0);
        long queued = wishes.stream()
                .mapToLong(one -> one.queuedAt().toEpochMilli())
                .max()
                .orElseThrow();
        int priority =
                wishes.stream().mapToInt(one -> one.step().priority()).max().orElseThrow();
        ResourceRequest request = ResourceRequest.of(first);
        return new SchedulingUnit(
                key, first.executionId(), wishes, request, priority, rank(queued, priority, millisPerPoint), queued);
    }

    /** Returns one step of the gang, with the gang's turn. */
    SchedulingUnit only(PlacementRequest wish, ResourceRequest itsRequest) {
        return new SchedulingUnit(key, executionId, List.of(wish), itsRequest, priority, rank, queuedAt);
    }

    static long rank(long queuedAt, int priority, long millisPerPoint) {
        return queuedAt - priority * millisPerPoint;
    }

    boolean isGang() {
        return wishes.size() > 1;
    }

    boolean waitsFor(CommandId command) {
        return wishes.stream().anyMatch(wish -> wish.command().equals(command));
    }

    @Override
    public int compareTo(SchedulingUnit other) {
        int byRank = Long.compare(rank, other.rank);
        return byRank != 0 ? byRank : key.compareTo(other.key);
    }
}
