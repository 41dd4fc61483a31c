package io.aiwm.controller.store;

import io.vertx.core.Future;
import java.util.List;

/**
 * Reads what has changed, oldest first; of one record in the order of its versions. Versions of a record that were
 * replaced before they were read may be left out, the newest never is. Belongs to one caller, who waits for each answer
 * before the next call.
 */
public interface ChangeReader {
    /** Gives the next changes; no more than so many, and none when there are none now. */
    Future<Batch> next(int limit);

    /**
     * Where a new reader goes on when everything that was given is handled; it may give some of that again. Null before the
     * first answer.
     */
    String position();

    /**
     * @param more whether more can be had at once
     * @param lost whether changes after the position are no longer kept. Then nothing is given, and the reader goes on with
     *     what changes from now on: whoever needs the rest reads the records themselves
     */
    record Batch(List<Change> changes, boolean more, boolean lost) {
        public static final Batch NONE = new Batch(List.of(), false, false);
        public static final Batch LOST = new Batch(List.of(), false, true);
    }
}
