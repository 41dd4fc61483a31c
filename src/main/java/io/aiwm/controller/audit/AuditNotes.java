package io.aiwm.controller.audit;

import io.aiwm.common.Failure;
import io.aiwm.controller.eventlog.EventNote;
import io.aiwm.controller.eventlog.Severity;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** The events that tell administrators what was done. */
final class AuditNotes {
    private AuditNotes() {}

    /** @param entries of the audit log; null, and those that do not say how an operation ended, are left out */
    static List<String> of(Stream<JsonObject> entries) {
        return entries.filter(Objects::nonNull)
                .filter(entry -> entry.getString("operation") != null && entry.getInteger("status") != null)
                .map(AuditNotes::note)
                .toList();
    }

    private static String note(JsonObject entry) {
        return EventNote.of("audit." + entry.getString("operation"), Instant.parse(entry.getString(AuditLog.AT)))
                .actor(entry.getString("actor"))
                .text(entry.getString("path"))
                .reason(entry.getInteger("status").toString())
                .severity(severity(entry))
                .note();
    }

    /** Who is locked out may be somebody who guesses. */
    private static Severity severity(JsonObject entry) {
        boolean isLockOut =
                "login".equals(entry.getString("operation")) && entry.getInteger("status") == Failure.Kind.LIMITED.code;
        return isLockOut ? Severity.WARNING : Severity.INFO;
    }
}
