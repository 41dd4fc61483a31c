package io.aiwm.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.soabase.recordbuilder.core.RecordBuilder;

/**
 * Worker to controller: what is new of a shell. The first one says that the shell runs.
 *
 * @param from number of the message in its shell, from 0: where one is missing, the shell is ended
 * @param data what it printed, in base 64, at most {@link #MAX_BYTES} before that; null: nothing
 * @param taken how many bytes of what was typed the terminal has taken since the last message
 * @param end true in the last one
 * @param exitCode in the last one, if it ended by itself
 * @param error in the last one, if it did not
 */
@RecordBuilder
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ShellOutput(
        String sessionId,
        String shellId,
        long from,
        String data,
        int taken,
        boolean end,
        Integer exitCode,
        String error) {
    public static final String TYPE = "shell.output";

    public static final int MAX_BYTES = 32 * 1024;
}
