package io.aiwm.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * Controller to worker: run a shell with a terminal in the container of a replica. Sent twice it opens one. What it prints
 * comes as {@link ShellOutput}s.
 *
 * @param shellId begins with the id of the controller that reads it, see {@link #readerOf}
 * @param command null: a shell of the image
 * @param columns how wide the terminal is
 * @param rows how high it is
 * @param credit how many bytes the worker may send before it is given more
 */
public record ShellOpen(
        String shellId,
        String deploymentId,
        int replica,
        @JsonInclude(JsonInclude.Include.NON_NULL) List<String> command,
        int columns,
        int rows,
        int credit) {
    public static final String TYPE = "shell.open";

    /** The larger ones of a terminal's two sizes that make sense. */
    public static final int MOST_CELLS = 1_000;

    private static final char SEPARATOR = '~';

    public ShellOpen {
        command = command == null ? null : List.copyOf(command);
    }

    /** The id of a shell that this controller reads. */
    public static String shellId(String controllerId, String unique) {
        return controllerId + SEPARATOR + unique;
    }

    /** The controller that reads a shell; empty where the id names none. */
    public static String readerOf(String shellId) {
        int end = shellId == null ? -1 : shellId.indexOf(SEPARATOR);
        return end < 1 ? "" : shellId.substring(0, end);
    }
}
