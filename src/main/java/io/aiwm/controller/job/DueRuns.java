package io.aiwm.controller.job;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;

/**
 * Which times of a schedule have come, and which of them are to run. Pure.
 *
 * @param run to be run, oldest first
 * @param missed how many are not, because nobody was there when they came; at least so many, where they are very many
 * @param firstMissed null where none is
 * @param nextMs when the schedule is due next
 */
record DueRuns(List<Instant> run, int missed, Instant firstMissed, long nextMs) {
    /** A time that is looked at this late was missed; less is the sweep's own delay. */
    static final Duration LATE = Duration.ofMinutes(1);
    /** How many missed times run at most; older ones do not. */
    static final int MOST_CAUGHT_UP = 100;
    /** So many missed times are counted one by one; of more, only about the newest so many. */
    private static final int MOST_COUNTED = 1_000;

    static DueRuns of(Schedule schedule, Instant now) {
        Cron times = schedule.times();
        Instant until = schedule.endAt() == null || schedule.endAt().isAfter(now) ? now : schedule.endAt();
        Instant first = Instant.ofEpochMilli(schedule.nextAtMs());
        var newest = new ArrayDeque<Instant>();
        int passed = 0;
        Instant at = first;
        while (at != null && !at.isAfter(until) && passed < 3 * MOST_COUNTED) {
            passed++;
            newest.addLast(at);
            if (newest.size() > MOST_CAUGHT_UP) {
                newest.removeFirst();
            }
            if (passed == MOST_COUNTED) {
                // a long absence: on to about as many times before its end
                Instant later = until.minus(Duration.between(first, at));
                at = later.isAfter(at) ? later : at;
            }
            at = times.after(at);
        }
        while (newest.size() > 1 && schedule.catchUp() != Schedule.CatchUp.ALL) {
            newest.removeFirst();
        }
        if (schedule.catchUp() == Schedule.CatchUp.NONE
                && !newest.isEmpty()
                && newest.peekLast().plus(LATE).isBefore(now)) {
            newest.clear();
        }
        int missed = passed - newest.size();
        return new DueRuns(List.copyOf(newest), missed, missed == 0 ? null : first, schedule.dueAfter(now));
    }
}
