package io.aiwm.controller.api;

import io.aiwm.common.Failure;
import io.aiwm.controller.http.AuditTrail;
import io.aiwm.controller.http.Request;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Sign-ins in the audit trail. Anybody can make as many fail as they like, so they are told one by one only up to a limit; of more,
 * once a minute, how many there were and from where. Any thread may call.
 */
public final class SignIns {
    /** How often those beyond the limit are told, as their number. */
    public static final Duration EVERY = Duration.ofMinutes(1);

    static final int MOST_FAILED = 60;
    static final int MOST_SUCCEEDED = 600;
    static final int MOST_ADDRESSES = 10;
    private static final int OK = 200;
    private static final int LIMITED = Failure.Kind.LIMITED.code;

    private final AuditTrail trail;
    private final Function<String, Future<Boolean>> isUser;
    private final Group succeeded;
    private final Group failed;
    private final Group lockedOut;

    /** @param isUser whether there is a user of that name: what others give may be a password, and is not written */
    public SignIns(AuditTrail trail, Function<String, Future<Boolean>> isUser) {
        this(trail, isUser, System::nanoTime);
    }

    /** @param nanos monotonic */
    SignIns(AuditTrail trail, Function<String, Future<Boolean>> isUser, LongSupplier nanos) {
        this.trail = trail;
        this.isUser = isUser;
        this.succeeded = new Group(OK, MOST_SUCCEEDED, nanos);
        this.failed = new Group(Failure.Kind.UNAUTHENTICATED.code, MOST_FAILED, nanos);
        this.lockedOut = new Group(LIMITED, MOST_FAILED, nanos);
    }

    /** Those with one result: so many at once are told one by one, and another one each time a part of an hour has passed. */
    private static final class Group {
        private final int status;
        private final int most;
        private final LongSupplier nanos;
        private double left;
        private long filledNanos;
        private long count;
        private final Set<String> addresses = new LinkedHashSet<>();

        Group(int status, int most, LongSupplier nanos) {
            this.status = status;
            this.most = most;
            this.nanos = nanos;
            this.left = most;
            this.filledNanos = nanos.getAsLong();
        }

        synchronized boolean tells(String address) {
            long now = nanos.getAsLong();
            left = Math.min(
                    most,
                    left + (double) (now - filledNanos) / Duration.ofHours(1).toNanos() * most);
            filledNanos = now;
            if (left >= 1) {
                left--;
                return true;
            }
            count++;
            if (addresses.size() < MOST_ADDRESSES) {
                addresses.add(address);
            }
            return false;
        }

        /** Returns what was not told one by one since the last call; null: nothing. */
        synchronized JsonObject counted() {
            if (count == 0) {
                return null;
            }
            JsonObject entry = entry("several")
                    .put("status", status)
                    .put("count", count)
                    .put("addresses", new JsonArray(List.copyOf(addresses)));
            count = 0;
            addresses.clear();
            return entry;
        }
    }

    private static JsonObject entry(String actor) {
        return new JsonObject().put("actor", actor).put("operation", "login").put("path", "/api/auth/login");
    }

    /** Tells how one ended. What was neither right nor wrong, because something else was broken, is not told. */
    void ended(Request request, String username, AsyncResult<?> done) {
        int status = done.succeeded() ? OK : Failure.of(done.cause()).kind.code;
        Group group = status == OK ? succeeded : status == LIMITED ? lockedOut : failed;
        String address = request.remoteAddress();
        if (status != group.status || !group.tells(address)) {
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
            JsonObject counted = group.counted();
            if (counted != null) {
                trail.ended(counted);
            }
        }
        return Future.succeededFuture();
    }
}
