package io.aiwm.protocol;

/**
 * Controller to worker: send this deployment's or this job's log as {@link LogChunk}s under this stream id. Sent again with
 * the same streamId it only adds credit, so the worker never has more than {@code credit} chunks under way.
 *
 * @param deploymentId null for a job
 * @param replica of the deployment; null: any
 * @param commandId of the job; null for a deployment
 * @param tail how many of the last lines to begin with; -1 for all
 * @param credit how many chunks the worker may send before it is given more; 0: no more than it has, but if it has
 *     forgotten the stream (a restart) it begins anew with one
 */
public record LogsFollow(
        String streamId, String deploymentId, Integer replica, String commandId, boolean follow, int tail, int credit) {
    public static final String TYPE = "logs.follow";

    /** How many logs of one node a controller reads at once. */
    public static final int MOST_OF_ONE_NODE = 64;

    private static final char SEPARATOR = '~';

    /** The id of a stream that this controller reads. */
    public static String streamId(String controllerId, String unique) {
        return controllerId + SEPARATOR + unique;
    }

    /** The controller that reads a stream; empty where the id names none. */
    public static String readerOf(String streamId) {
        int end = streamId == null ? -1 : streamId.indexOf(SEPARATOR);
        return end < 1 ? "" : streamId.substring(0, end);
    }

    /** The same stream, so much more of it. */
    public LogsFollow more(int moreCredit) {
        return new LogsFollow(streamId, deploymentId, replica, commandId, follow, tail, moreCredit);
    }
}
