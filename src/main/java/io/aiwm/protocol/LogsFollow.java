package io.aiwm.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.soabase.recordbuilder.core.RecordBuilder;

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
 * @param keep true: a log that is followed does not end with its container, which may be started again, but only when that is
 *     removed. Sent again without it, it ends with the container once more. Null: it ends with its container. Older
 *     workers do not know it
 * @param timestamps true: each line comes with the time at which it was written, where the worker knows that. Null: without.
 *     Older workers do not know it, and send none
 */
@RecordBuilder
public record LogsFollow(
        String streamId,
        String deploymentId,
        Integer replica,
        String commandId,
        boolean follow,
        int tail,
        int credit,
        @JsonInclude(JsonInclude.Include.NON_NULL) Boolean keep,
        @JsonInclude(JsonInclude.Include.NON_NULL) Boolean timestamps) {
    public static final String TYPE = "logs.follow";

    /** How many logs of one node a controller reads at once. */
    public static final int MOST_OF_ONE_NODE = 64;

    private static final char SEPARATOR = '~';

    public LogsFollow(
            String streamId,
            String deploymentId,
            Integer replica,
            String commandId,
            boolean follow,
            int tail,
            int credit) {
        this(streamId, deploymentId, replica, commandId, follow, tail, credit, null, null);
    }

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
        return LogsFollowBuilder.builder(this).credit(moreCredit).build();
    }

    /** The same stream, which ends when its container has ended. */
    public LogsFollow untilEnd() {
        return LogsFollowBuilder.builder(this).credit(0).keep(null).build();
    }
}
