package io.aiwm.controller.execution;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.IntSupplier;

/**
 * Checks an execution that is asked for, and writes it for the first time.
 *
 * @param open how many are open now
 */
record ExecutionCreation(
        Records<Execution> records,
        IntSupplier open,
        Placer placer,
        Transitions transitions,
        InstantSource clock,
        Config.Executions limits) {

    /** As {@link Executions#create}. */
    Future<Execution> create(NewExecution what, String actor) {
        String id = what.id() == null ? Ids.next("ex") : what.id();
        try {
            check(what);
        } catch (Failure refused) {
            return Future.failedFuture(refused);
        }
        // made in its turn: what is placed for it is placed for this write alone, though the same be asked for again
        return records.insert(id, () -> made(id, what, actor)).recover(cause -> {
            boolean taken = what.id() != null && Failure.of(cause).kind == Failure.Kind.CONFLICT;
            if (!taken) {
                return Future.failedFuture(cause);
            }
            placer.notWritten(id);
            return records.get(id);
        });
    }

    private void check(NewExecution what) {
        Dag.check(what.steps(), limits.maxSteps());
        int already = open.getAsInt();
        if (already >= limits.maxOpen()) {
            throw new Failure(
                    Failure.Kind.LIMITED,
                    "there are " + already + " open executions; the limit is " + limits.maxOpen());
        }
    }

    private Execution made(String id, NewExecution what, String actor) {
        Instant now = clock.instant();
        Execution pending = what.pending(id, limits.defaultTimeout(), actor, now);
        return what.start() ? transitions.start(pending, actor, now) : pending;
    }
}
