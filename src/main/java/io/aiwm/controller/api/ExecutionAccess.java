package io.aiwm.controller.api;

import io.aiwm.common.Failure;
import io.aiwm.controller.auth.Role;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.store.Query.Condition;
import java.util.List;

/** Who sees which executions: turns of agents follow the rights of conversations, all others are everybody's. */
final class ExecutionAccess {
    private ExecutionAccess() {}

    /** What lists and counts of this caller are restricted by. */
    static List<Condition> conditions(Request request) {
        return isAdmin(request)
                ? List.of()
                : List.of(Condition.noneOr("privateTo", request.principal().name()));
    }

    /** Returns the execution. Fails with NOT_FOUND where this caller does not see it. */
    static Execution seen(Request request, Execution execution) {
        String owner = execution.privateTo();
        if (owner != null && !owner.equals(request.principal().name()) && !isAdmin(request)) {
            throw Failure.notFound("execution", execution.id());
        }
        return execution;
    }

    private static boolean isAdmin(Request request) {
        return request.principal().role().includes(Role.ADMIN);
    }
}
