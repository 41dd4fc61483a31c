package io.aiwm.controller.api;

import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.job.Jobs;
import io.aiwm.controller.log.LogStreams;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.function.Function;

/**
 * Where what a program prints comes from.
 *
 * @param get reads an execution
 * @param view shows a job with its result, where a stream ends with that
 * @param files logs that were kept
 * @param logs logs that nodes send
 */
record LogSources(
        Function<String, Future<Execution>> get,
        Function<Execution, Future<JsonObject>> view,
        JobFiles files,
        LogStreams logs) {

    static LogSources ofJobs(Jobs jobs, JobFiles files, LogStreams logs) {
        return new LogSources(jobs::get, jobs::view, files, logs);
    }
}
