package io.aiwm.controller.change;

import io.aiwm.controller.store.Change;
import io.vertx.core.Future;
import java.util.Set;

/**
 * Something that must be done after records have changed. It is told at least once, so what it does must bear repetition;
 * {@link Change#entryId} names the change where others must recognize one.
 */
public interface ChangeConsumer {
    /** The name of its position in the store, so it never changes. */
    String name();

    /** The collections it follows, which tell their changes. */
    Set<String> collections();

    /** Whether it has anything to do after this change; decided before each call of {@link #changed}. */
    default boolean wants(Change change) {
        return true;
    }

    /**
     * Does what the change calls for. The next change is told when this future has succeeded; where it fails, or takes
     * longer than {@link ConsumerRun#PATIENCE}, the same change is told again later.
     */
    Future<?> changed(Change change);

    /** What is told next may have been told before: at the start, and after a failure. */
    default void again() {}

    /**
     * Does what any change that it was not told calls for, from the records as they are. Called before the very first change
     * and after this consumer was away for longer than changes are kept.
     */
    Future<?> resync();
}
