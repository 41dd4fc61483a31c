package io.aiwm.protocol;

/**
 * Worker to controller: a piece of a log.
 *
 * @param from number of the chunk in its stream, from 0
 * @param chunk whole lines where possible, at most 64 KiB
 * @param stream stdout or stderr
 * @param end true in the last one; error then says why if it was not the log's own end
 */
public record LogChunk(
        String sessionId, String streamId, long from, String chunk, String stream, boolean end, String error) {
    public static final String TYPE = "deployment.logs";
}
