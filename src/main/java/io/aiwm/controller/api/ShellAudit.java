package io.aiwm.controller.api;

import io.aiwm.common.Monotonic;
import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.http.AuditTrail;
import io.aiwm.controller.http.TicketSockets;
import io.aiwm.controller.shell.Shells;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;

/** Writes who opened a shell, where, when and for how long; never what was typed. */
public final class ShellAudit {
    private final AuditTrail trail;

    public ShellAudit(AuditTrail trail) {
        this.trail = trail;
    }

    /** Writes that one is asked for. The shell may begin when this has succeeded. */
    Future<Entry> asked(TicketSockets.Caller caller, Shells.Place place) {
        Principal who = caller.principal();
        var asked = new JsonObject()
                .put("actor", who.name())
                .put("operation", "openShell")
                .put("path", caller.request().path())
                .put("address", caller.address())
                .put("requestId", caller.requestId());
        if (who.isApiKey()) {
            asked.put("apiKey", who.tokenId());
        }
        asked.put("nodeId", place.nodeId());
        return trail.asked(asked).map(written -> new Entry(asked));
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
