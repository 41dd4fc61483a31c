package io.aiwm.controller.store;

import io.vertx.core.Future;
import java.util.List;

/**
 * Reads changes of records, oldest first. The changes of one record come in the order of their versions. A version that was
 * replaced before it was read may be left out; the newest version is never left out. A reader has one caller, which waits for each
 * answer before its next call.
 */
public interface ChangeReader {
    /** Returns the next changes, at most {@code limit}; an empty batch when there are none now. */
    Future<Batch> next(int limit);

    /**
     * Returns the position at which a new reader continues when all returned changes are handled. The new reader may return some of
     * them again. Null before the first answer.
     */
    String position();

    /**
     * @param more whether more changes can be read at once
     * @param lost whether changes after the position were dropped. The batch is then empty and the reader continues with new changes; a
     * consumer that needs the lost ones reads the records themselves
     */
    record Batch(List<Change> changes, boolean more, boolean lost) {
        public static final Batch NONE = new Batch(List.of(), false, false);
        public static final Batch LOST = new Batch(List.of(), false, true);
    }
}
