package io.aiwm.worker.command;

import io.aiwm.protocol.TransferProgress;
import io.vertx.core.Future;
import java.util.function.BiConsumer;

/** Hears how far a command is: percent, from 0 to 100, and a few words. Any thread may call it, as often as it likes. */
@FunctionalInterface
public interface Progress extends BiConsumer<Integer, String> {

    /** The same of a command that brings files. */
    default void transferred(int percent, String words, TransferProgress transfer) {
        accept(percent, words);
    }

    /**
     * Returns the same future. Until it ends, the command does nothing but wait for it, so that another may run in its place. For
     * commands whose wait costs the node nothing.
     */
    default <T> Future<T> idleUntil(Future<T> over) {
        return over;
    }
}
