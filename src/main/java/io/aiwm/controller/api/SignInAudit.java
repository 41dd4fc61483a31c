package io.aiwm.controller.api;

import io.aiwm.common.Failure;
import io.aiwm.controller.http.AuditTrail;
import io.aiwm.controller.http.Request;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Sign-ins in the audit trail. Anybody can make as many fail as they like, so they are told one by one only up to a limit; of more,
 * once a minute, how many there were and from where. Any thread may call.
 */
public final class SignInAudit {
    /** How often those beyond the limit are told, as their number. */
    public static final Duration EVERY = Duration.ofMinutes(1);

    static final int MOST_FAILED = 60;
    static final int MOST_SUCCEEDED = 600;
    private static final int OK = 200;
    private static final int LIMITED = Failure.Kind.LIMITED.code;

    private final AuditTrail trail;
    private final Function<String, Future<Boolean>> isUser;
    private final Group succeeded;
    private final Group failed;
    private final Group lockedOut;

    /** @param isUser whether there is a user of that name: what others give may be a password, and is not written */
    public SignInAudit(AuditTrail trail, Function<String, Future<Boolean>> isUser) {
        this(trail, isUser, System::nanoTime);
    }

    /** @param nanos monotonic */
    SignInAudit(AuditTrail trail, Function<String, Future<Boolean>> isUser, LongSupplier nanos) {
        this.trail = trail;
        this.isUser = isUser;
        this.succeeded = new Group(OK, new EntryLimit(MOST_SUCCEEDED, nanos));
        this.failed = new Group(Failure.Kind.UNAUTHENTICATED.code, new EntryLimit(MOST_FAILED, nanos));
        this.lockedOut = new Group(LIMITED, new EntryLimit(MOST_FAILED, nanos));
    }

    /** Those with one result. */
    private record Group(int status, EntryLimit limit) {}

    private static JsonObject entry(String actor) {
        return new JsonObject().put("actor", actor).put("operation", "login").put("path", "/api/auth/login");
    }

    /** Tells how one ended. What was neither right nor wrong, because something else was broken, is not told. */
    void ended(Request request, String username, AsyncResult<?> done) {
        int status = done.succeeded() ? OK : Failure.of(done.cause()).kind.code;
        Group group = status == OK ? succeeded : status == LIMITED ? lockedOut : failed;
        String address = request.remoteAddress();
        if (status != group.status() || !group.limit().tells(address)) {
            return;
        }
        Future<Boolean> known = done.succeeded()
                ? Future.succeededFuture(true)
                : isUser.apply(username).otherwise(false);
        known.onSuccess(isKnown -> {
            JsonObject entry = entry(done.succeeded() ? username : "nobody")
                    .put("address", address)
                    .put("requestId", request.requestId());
            if (!done.succeeded() && isKnown) {
                entry.put("user", username);
            }
            trail.ended(entry.put("status", status));
        });
    }

    /** A sweep: tells how many there were that were not told one by one. */
    public Future<Void> run() {
        for (Group group : List.of(succeeded, failed, lockedOut)) {
            JsonObject counted = group.limit().counted();
            if (counted != null) {
                trail.ended(entry("several").put("status", group.status()).mergeIn(counted));
            }
        }
        return Future.succeededFuture();
    }
}
