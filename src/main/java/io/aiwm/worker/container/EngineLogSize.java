package io.aiwm.worker.container;

/** How much room lines take in the engine's log at most: a JSON object for each, with every character that JSON escapes. */
public final class EngineLogSize {
    /** {@code {"log":"...","stream":"stderr","time":"..."}} and the end of the line. */
    private static final int AROUND = 72;

    private static final int ESCAPED = 6;

    private long bytes;

    void add(byte[] line) {
        bytes += AROUND;
        for (byte one : line) {
            boolean plain = one >= ' ' && one != '"' && one != '\\' && one != '<' && one != '>' && one != '&';
            bytes += plain ? 1 : ESCAPED;
        }
    }

    long bytes() {
        return bytes;
    }

    /** Size of each of the two files of a job's log. @param logBytes how much of the log's end is wanted */
    public static long fileBytes(long logBytes) {
        return Math.max(1, (logBytes * 2) >> 20) << 20;
    }
}
