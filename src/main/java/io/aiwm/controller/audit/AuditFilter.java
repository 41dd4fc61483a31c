package io.aiwm.controller.audit;

import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;

/**
 * Which entries are wanted; an empty list or null means any.
 *
 * @param resource part of the path or of what was made
 * @param from inclusive
 * @param to exclusive
 */
public record AuditFilter(
        List<String> actors,
        List<String> operations,
        String resource,
        String requestId,
        String conversationId,
        Instant from,
        Instant to) {

    boolean takes(JsonObject entry) {
        return (actors.isEmpty() || actors.contains(entry.getString("actor")))
                && (operations.isEmpty() || operations.contains(entry.getString("operation")))
                && (requestId == null || requestId.equals(entry.getString("requestId")))
                && (conversationId == null || conversationId.equals(entry.getString("conversationId")))
                && (resource == null || names(entry.getString("path")) || names(entry.getString("resource")))
                && (from == null || !at(entry).isBefore(from))
                && (to == null || at(entry).isBefore(to));
    }

    private boolean names(String path) {
        return path != null && path.contains(resource);
    }

    private static Instant at(JsonObject entry) {
        return Instant.parse(entry.getString("at"));
    }
}
