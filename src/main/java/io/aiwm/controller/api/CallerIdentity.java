package io.aiwm.controller.api;

import io.aiwm.controller.agent.UserIdentity;
import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.auth.Role;
import io.aiwm.controller.http.Request;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.function.Function;

/** Which user a caller is. A later user of the same name is another one. */
public final class CallerIdentity {
    private final Function<String, Future<Instant>> since;

    /** @param since when the user of a name was made; fails with UNAUTHENTICATED when there is none */
    public CallerIdentity(Function<String, Future<Instant>> since) {
        this.since = since;
    }

    Future<UserIdentity> of(Request request) {
        return of(request.principal());
    }

    Future<UserIdentity> of(Principal caller) {
        String name = caller.name();
        return since.apply(name).map(made -> new UserIdentity(name, made));
    }

    /** Whose records a caller may see: an administrator those of all, anyone else their own. Null: of all. */
    Future<UserIdentity> seenBy(Request request) {
        return seenBy(request.principal());
    }

    Future<UserIdentity> seenBy(Principal caller) {
        return caller.role().includes(Role.ADMIN) ? Future.succeededFuture(null) : of(caller);
    }
}
