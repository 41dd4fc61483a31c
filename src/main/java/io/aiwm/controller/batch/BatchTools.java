package io.aiwm.controller.batch;

import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.objects.ObjectStore;
import io.aiwm.inference.Caller;
import io.vertx.core.Future;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/**
 * What batches are carried out with.
 *
 * @param callers finds who made a batch, as they may call now; fails with UNAUTHENTICATED where they may not
 * @param idlePlaces of a model; −1: it is not known
 */
public record BatchTools(
        Batches batches,
        BatchFiles files,
        Executions executions,
        ObjectStore objects,
        LineCalls calls,
        Function<Owner, Future<Caller>> callers,
        ToIntFunction<String> idlePlaces) {}
