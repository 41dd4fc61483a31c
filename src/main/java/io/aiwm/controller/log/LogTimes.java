package io.aiwm.controller.log;

import io.aiwm.protocol.LogChunk;
import io.aiwm.protocol.LogChunkBuilder;
import java.util.List;
import java.util.regex.Pattern;

/** The times of lines, as a worker says them; what a worker says is not written into a text unseen. */
public final class LogTimes {
    private static final Pattern TIME =
            Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{9}Z");

    private LogTimes() {}

    /** The chunk, without its times where they are not those of its lines. */
    static LogChunk checked(LogChunk chunk) {
        List<String> times = chunk.times();
        boolean right = times == null
                || (chunk.chunk() != null
                        && times.size() == lines(chunk.chunk())
                        && times.stream()
                                .allMatch(time ->
                                        time != null && TIME.matcher(time).matches()));
        return right ? chunk : LogChunkBuilder.builder(chunk).times(null).build();
    }

    /** How many lines there are; what comes after the last end of a line is one. */
    public static int lines(String text) {
        int count = text.isEmpty() || text.endsWith("\n") ? 0 : 1;
        for (int at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
            count++;
        }
        return count;
    }
}
