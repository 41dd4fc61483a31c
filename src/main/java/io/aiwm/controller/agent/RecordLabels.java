package io.aiwm.controller.agent;

import io.aiwm.common.Failure;
import io.vertx.core.Future;

/** Calls records by the words of the API, not by the names of their collections. */
final class RecordLabels {
    private RecordLabels() {}

    /** The same; where it fails with NOT_FOUND, with these words. @param what such as conversation */
    static <T> Future<T> found(Future<T> record, String what, String id) {
        return record.recover(cause -> Future.failedFuture(
                Failure.of(cause).kind == Failure.Kind.NOT_FOUND ? Failure.notFound(what, id) : cause));
    }
}
