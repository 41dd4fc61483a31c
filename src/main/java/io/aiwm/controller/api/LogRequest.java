package io.aiwm.controller.api;

/**
 * Whose log a client wants to follow, and how.
 *
 * @param user who asks
 * @param index the step of the execution; a job has one, 0
 * @param attempt 0: the newest
 * @param tail how many of the last lines to begin with; -1 for all
 * @param withResult whether the job's end and view come last; text has no place for it
 */
record LogRequest(
        String user, String executionId, int index, int attempt, int tail, StreamForm form, boolean withResult) {}
