package io.aiwm.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;

/**
 * Worker to controller: a piece of a log.
 *
 * @param from number of the chunk in its stream, from 0
 * @param chunk whole lines where possible, at most 64 KiB
 * @param stream stdout or stderr
 * @param missing null: the chunk is what the program printed. Else it is AIWM's own note that so many bytes of the program
 *     do not come; {@link #UNKNOWN}: some, nobody knows how many. Older workers and controllers do not know it
 * @param times null: nobody asked for them, or they are not known. Else when each line of the chunk was written, as many as it has
 *     lines, in UTC with nine digits of a second; a line that goes on from the chunk before has one, too, and what comes after
 *     the last end of a line counts as a line. Older controllers do not know it
 * @param end true in the last one; error then says why if it was not the log's own end
 */
@RecordBuilder
public record LogChunk(
        String sessionId,
        String streamId,
        long from,
        String chunk,
        String stream,
        @JsonInclude(JsonInclude.Include.NON_NULL) Long missing,
        @JsonInclude(JsonInclude.Include.NON_NULL) List<String> times,
        boolean end,
        String error) {
    public static final String TYPE = "deployment.logs";
    public static final long UNKNOWN = -1;

    public LogChunk(
            String sessionId, String streamId, long from, String chunk, String stream, boolean end, String error) {
        this(sessionId, streamId, from, chunk, stream, null, null, end, error);
    }
}
