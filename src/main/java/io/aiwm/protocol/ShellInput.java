package io.aiwm.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Duration;

/**
 * Controller to worker: what is new for a shell. It comes at least every {@link #EVERY}, empty where nothing is new: a shell
 * that hears nothing for {@link #PATIENCE} is ended, so that none outlives a controller that was killed.
 *
 * @param from number of the message in its shell, from 0: where one is missing, the shell is ended
 * @param data what was typed, in base 64, at most {@link #MAX_BYTES} before that; null: nothing
 * @param columns the terminal's new width; null: as it was
 * @param rows its new height; null: as it was
 * @param credit how many bytes more the worker may send
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ShellInput(String shellId, long from, String data, Integer columns, Integer rows, int credit) {
    public static final String TYPE = "shell.input";

    public static final int MAX_BYTES = 64 * 1024;
    /** So many bytes may be under way to the program; a worker ends a shell that gets more. */
    public static final int WINDOW_BYTES = 2 * MAX_BYTES;

    public static final Duration EVERY = Duration.ofSeconds(5);
    public static final Duration PATIENCE = Duration.ofSeconds(20);
}
