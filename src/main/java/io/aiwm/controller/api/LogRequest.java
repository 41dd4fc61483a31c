package io.aiwm.controller.api;

import io.aiwm.controller.http.Request;
import io.aiwm.controller.log.LogStreams.JobLog;

/**
 * Whose log a client wants to follow, and how.
 *
 * @param user who asks
 * @param index the step of the execution; a job has one, 0
 * @param attempt 0: the newest
 * @param lines which of its lines, and how they are told
 * @param withResult whether the job's end and view come last; text has no place for it
 */
record LogRequest(
        String user, String executionId, int index, int attempt, Lines lines, StreamForm form, boolean withResult) {

    /**
     * @param tail how many of the last to begin with; -1 for all
     * @param timestamps whether each comes with the time at which it was written
     */
    record Lines(int tail, boolean timestamps) {
        static final Lines ALL = new Lines(-1, false);

        static Lines of(Request request) {
            return new Lines((int) request.number("tail", -1), request.flag("timestamps"));
        }
    }

    int tail() {
        return lines.tail();
    }

    JobLog log(String nodeId, String commandId, int tail) {
        return new JobLog(nodeId, commandId, true, tail, lines.timestamps());
    }
}
