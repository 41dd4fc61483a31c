package io.aiwm.controller.api;

import io.aiwm.common.Failure;
import io.aiwm.controller.auth.Role;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.store.Query.Condition;
import io.vertx.core.Future;
import java.util.List;

/** Who sees which executions: turns of agents follow the rights of conversations, all others are everybody's. */
final class ExecutionAccess {
    private final CallerIdentity callers;

    ExecutionAccess(CallerIdentity callers) {
        this.callers = callers;
    }

    /**
     * Returns what lists and counts of this caller are restricted by. Turns of a version that did not store when their user was made are
     * in the lists of administrators alone: a list cannot tell whose they are.
     */
    Future<List<Condition>> conditions(Request request) {
        return isAdmin(request)
                ? Future.succeededFuture(List.of())
                : callers.of(request)
                        .map(who ->
                                List.of(Condition.noneOr("privateTo", Execution.privateKey(who.name(), who.since()))));
    }

    /** Returns the execution. Fails with NOT_FOUND where this caller does not see it. */
    Future<Execution> seen(Request request, Execution execution) {
        String owner = execution.privateTo();
        if (owner == null || isAdmin(request)) {
            return Future.succeededFuture(execution);
        }
        return callers.of(request).map(who -> {
            if (!who.owns(owner, execution.privateSince(), execution.createdAt())) {
                throw Failure.notFound("execution", execution.id());
            }
            return execution;
        });
    }

    private static boolean isAdmin(Request request) {
        return request.principal().role().includes(Role.ADMIN);
    }
}
