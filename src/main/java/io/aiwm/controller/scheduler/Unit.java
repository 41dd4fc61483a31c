package io.aiwm.controller.scheduler;

import io.aiwm.controller.execution.CommandId;
import io.aiwm.controller.execution.Placer.Wish;
import java.util.List;

/**
 * What is placed together: one step that waits, or all steps of a gang.
 *
 * @param rank when its turn is: the smaller the sooner. It is the time it was queued, moved forward by its priority; so the
 *     order of two units never changes while they wait, and whatever waits long enough comes before anything new
 */
record Unit(String key, String executionId, List<Wish> wishes, Need need, int priority, long rank, long queuedAt)
        implements Comparable<Unit> {

    static Unit of(Wish wish, long millisPerPoint) {
        return of(wish.executionId() + "/" + wish.step().index(), List.of(wish), millisPerPoint);
    }

    static Unit gang(List<Wish> wishes, long millisPerPoint) {
        Wish first = wishes.get(0);
        return of(first.executionId() + "/" + first.step().gang(), List.copyOf(wishes), millisPerPoint);
    }

    private static Unit of(String key, List<Wish> wishes, long millisPerPoint) {
        Wish first = wishes.get(0);
        long queued = wishes.stream()
                .mapToLong(one -> one.queuedAt().toEpochMilli())
                .max()
                .orElseThrow();
        int priority =
                wishes.stream().mapToInt(one -> one.step().priority()).max().orElseThrow();
        Need need = Need.of(first);
        return new Unit(
                key, first.executionId(), wishes, need, priority, rank(queued, priority, millisPerPoint), queued);
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
    public int compareTo(Unit other) {
        int byRank = Long.compare(rank, other.rank);
        return byRank != 0 ? byRank : key.compareTo(other.key);
    }
}
