package io.aiwm.controller.api;

import io.aiwm.controller.agent.TurnReading.Told;
import io.aiwm.controller.http.Request;
import io.vertx.core.json.JsonObject;

/** How a client wants to read a turn. */
enum TurnForm {
    EVENTS("text/event-stream; charset=utf-8"),
    LINES("application/x-ndjson");

    final String contentType;

    TurnForm(String contentType) {
        this.contentType = contentType;
    }

    /** As the Accept header says; null: neither. */
    static TurnForm of(Request request) {
        String accept = request.header("Accept");
        return accept == null
                ? null
                : accept.contains("text/event-stream")
                        ? EVENTS
                        : accept.contains("application/x-ndjson") ? LINES : null;
    }

    /** A sign of life that means nothing. */
    String alive() {
        return switch (this) {
            case EVENTS -> ": still here\n\n";
            case LINES -> "\n";
        };
    }

    String text(Told event) {
        return switch (this) {
            case EVENTS ->
                "id: " + event.id() + "\nevent: " + event.type() + "\ndata: "
                        + event.data().encode() + "\n\n";
            case LINES ->
                new JsonObject()
                                .put("id", event.id())
                                .put("type", event.type())
                                .put("data", event.data())
                                .encode() + "\n";
        };
    }
}
