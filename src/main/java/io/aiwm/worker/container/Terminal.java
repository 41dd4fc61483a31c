package io.aiwm.worker.container;

import java.util.List;

/** A program with a terminal in a container. Safe to use from any thread; nothing here blocks. */
public interface Terminal {

    /**
     * What is to run.
     *
     * @param id a word that no other terminal has: by it the program's processes are found
     * @param command empty: a shell of the image
     */
    record Plan(String id, List<String> command, int columns, int rows) {}

    /** Types. Returns false when more is typed than is held until the program reads it. */
    boolean type(byte[] bytes);

    void resize(int columns, int rows);

    /** Ends the program and what it has started; {@link Listener#ended} is not called. Harmless twice. */
    void end();

    /** Hears of a terminal, on threads of the engine. */
    interface Listener {
        /** May block, which delays the program. */
        void printed(byte[] bytes);

        /** The terminal has taken so many bytes of what was typed. */
        void taken(int bytes);

        /** Called once. @param cause null: the program has ended by itself, with this exit code */
        void ended(Integer exitCode, Throwable cause);
    }
}
