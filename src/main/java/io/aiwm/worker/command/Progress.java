package io.aiwm.worker.command;

import io.aiwm.protocol.TransferProgress;
import java.util.function.BiConsumer;

/** Hears how far a command is: percent, from 0 to 100, and a few words. Any thread may call it, as often as it likes. */
@FunctionalInterface
public interface Progress extends BiConsumer<Integer, String> {

    /** The same of a command that brings files. */
    default void transferred(int percent, String words, TransferProgress transfer) {
        accept(percent, words);
    }
}
