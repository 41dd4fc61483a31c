package io.aiwm.controller.api;

import io.aiwm.common.Failure;
import io.aiwm.common.Monotonic;
import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.http.AuditTrail;
import io.aiwm.controller.http.TicketSockets;
import io.aiwm.controller.shell.ShellSessions;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Writes who opened a shell, where, when and for how long, and who was refused one; never what was typed. Refusals are written one by
 * one up to a limit for each status; of more, once a minute, how many there were and from where. Any thread may call.
 */
public final class ShellAudit {
    /** How often those beyond the limit are told, as their number. */
    public static final Duration EVERY = Duration.ofMinutes(1);

    static final int MOST_REFUSED = 60;
    private static final int MOST_REASON = 300;

    private final AuditTrail trail;
    private final LongSupplier nanos;
    /** By status. */
    private final Map<Integer, EntryLimit> refusals = new ConcurrentHashMap<>();

    public ShellAudit(AuditTrail trail) {
        this(trail, System::nanoTime);
    }

    /** @param nanos monotonic */
    ShellAudit(AuditTrail trail, LongSupplier nanos) {
        this.trail = trail;
        this.nanos = nanos;
    }

    /** Writes that one is asked for. The shell may begin when this has succeeded. */
    Future<Entry> asked(TicketSockets.Caller caller, ShellSessions.Place place) {
        JsonObject asked = entry(caller).put("nodeId", place.nodeId());
        return trail.asked(asked).map(written -> new Entry(asked));
    }

    private static JsonObject entry(TicketSockets.Caller caller) {
        Principal who = caller.principal();
        var entry = new JsonObject()
                .put("actor", who.name())
                .put("operation", "openShell")
                .put("path", caller.request().path())
                .put("address", caller.address())
                .put("requestId", caller.requestId());
        return who.isApiKey() ? entry.put("apiKey", who.tokenId()) : entry;
    }

    /** Writes that none is opened, and why. */
    void refused(TicketSockets.Caller caller, Failure why) {
        int status = why.kind.code;
        EntryLimit limit = refusals.computeIfAbsent(status, first -> new EntryLimit(MOST_REFUSED, nanos));
        if (limit.tells(caller.address())) {
            String reason = String.valueOf(why.getMessage());
            trail.ended(entry(caller)
                    .put("status", status)
                    .put("reason", reason.substring(0, Math.min(reason.length(), MOST_REASON))));
        }
    }

    /** A sweep: tells how many there were that were not told one by one. */
    public Future<Void> run() {
        refusals.forEach((status, limit) -> {
            JsonObject counted = limit.counted();
            if (counted != null) {
                trail.ended(new JsonObject()
                        .put("actor", "several")
                        .put("operation", "openShell")
                        .put("path", "/api/deployments")
                        .put("status", status)
                        .mergeIn(counted));
            }
        });
        return Future.succeededFuture();
    }

    /** Of one shell. */
    final class Entry {
        private final JsonObject asked;
        private final long since = Monotonic.millis();

        private Entry(JsonObject asked) {
            this.asked = asked;
        }

        void ended(Integer exitCode, String error) {
            JsonObject ended = asked.copy()
                    .put("status", error == null || error.equals("closed") ? 200 : 500)
                    .put(
                            "seconds",
                            Duration.ofMillis(Monotonic.millis() - since).toSeconds());
            if (exitCode != null) {
                ended.put("exitCode", exitCode);
            }
            trail.ended(error == null ? ended : ended.put("reason", error));
        }
    }
}
