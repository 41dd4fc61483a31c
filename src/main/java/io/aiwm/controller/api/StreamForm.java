package io.aiwm.controller.api;

import io.aiwm.controller.http.Request;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** How a client wants a stream: of a job, a log, or a turn. */
enum StreamForm {
    TEXT("text/plain; charset=utf-8"),
    EVENTS("text/event-stream; charset=utf-8"),
    LINES("application/x-ndjson");

    final String contentType;

    StreamForm(String contentType) {
        this.contentType = contentType;
    }

    /** As the Accept header says. @param otherwise where it names neither events nor lines */
    static StreamForm of(Request request, StreamForm otherwise) {
        String accept = request.header("Accept");
        return accept == null
                ? otherwise
                : accept.contains("text/event-stream")
                        ? EVENTS
                        : accept.contains("application/x-ndjson") ? LINES : otherwise;
    }

    /** A sign of life that means nothing. */
    String alive() {
        return switch (this) {
            case TEXT -> "";
            case EVENTS -> ": still here\n\n";
            case LINES -> "\n";
        };
    }

    /** A piece of the log. @param times of each of its lines, of which text has them in it already; null: they are not known */
    String log(String stream, String text, List<String> times) {
        return switch (this) {
            case TEXT -> text;
            case EVENTS -> event(json(stream, text, times));
            case LINES -> json(stream, text, times).encode() + "\n";
        };
    }

    /** What AIWM says of the log, which the program did not print. */
    String note(String text) {
        JsonObject json = json("stderr", text).put("note", true);
        return switch (this) {
            case TEXT -> text;
            case EVENTS -> event(json);
            case LINES -> json.encode() + "\n";
        };
    }

    /** A piece of the log of a replica, as an event. */
    String log(int replica, String stream, String text, List<String> times) {
        return event(json(stream, text, times).put("replica", replica));
    }

    /** What AIWM says of the log of a replica, as an event. */
    String note(int replica, String text) {
        return event(json("stderr", text).put("replica", replica).put("note", true));
    }

    private static String event(JsonObject json) {
        return "event: log\ndata: " + json.encode() + "\n\n";
    }

    private static JsonObject json(String stream, String text) {
        return new JsonObject().put("stream", stream).put("text", text);
    }

    private static JsonObject json(String stream, String text, List<String> times) {
        JsonObject json = json(stream, text);
        return times == null ? json : json.put("times", new JsonArray(times));
    }

    /** The last piece where no result comes. */
    String end() {
        return this == EVENTS ? "event: end\ndata: {}\n\n" : "";
    }

    /** The last piece; text has no place for a result. */
    String result(JsonObject result) {
        return switch (this) {
            case TEXT -> "";
            case EVENTS -> "event: result\ndata: " + result.encode() + "\n\n";
            case LINES -> new JsonObject().put("result", result).encode() + "\n";
        };
    }
}
