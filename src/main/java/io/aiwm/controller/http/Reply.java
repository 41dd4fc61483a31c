package io.aiwm.controller.http;

import io.aiwm.common.Json;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** What a handler answers with: a status, JSON text and a few headers. */
public final class Reply {
    final int status;
    final String json;
    final Consumer<HttpServerResponse> stream;
    final List<String> headers = new ArrayList<>(4);
    String etag;
    boolean alwaysWhole;

    private Reply(int status, String json, Consumer<HttpServerResponse> stream) {
        this.status = status;
        this.json = json;
        this.stream = stream;
    }

    /** @param value a record, a map or a JsonObject; written by {@link Json} */
    public static Reply ok(Object value) {
        return of(200, Json.encode(value));
    }

    /** @param json the answer, already JSON text */
    public static Reply of(int status, String json) {
        return new Reply(status, json, null);
    }

    /** 201 with the new record's address. */
    public static Reply created(String location, Object value) {
        return of(201, Json.encode(value)).header("Location", location);
    }

    public static Reply accepted(Object value) {
        return of(202, Json.encode(value));
    }

    public static Reply noContent() {
        return new Reply(204, null, null);
    }

    /** No body at all. */
    public static Reply empty(int status) {
        return new Reply(status, null, null);
    }

    /**
     * One page of a list.
     *
     * @param nextPageToken null on the last page
     * @param totalSize null when not counted
     */
    public static Reply page(List<?> items, String nextPageToken, Long totalSize) {
        var page = new JsonObject().put("items", items instanceof JsonArray ? items : Json.toArray(items));
        if (nextPageToken != null) {
            page.put("nextPageToken", nextPageToken);
        }
        if (totalSize != null) {
            page.put("totalSize", totalSize);
        }
        return of(200, page.encode());
    }

    /**
     * An answer that goes on: the writer gets the response with headers set and must end it. It watches
     * {@code closeHandler} for a client that left and {@code writeQueueFull} for a slow one. The operation says
     * {@code x-aiwm-streams: true}, so that no request timeout ends it.
     */
    public static Reply stream(String contentType, Consumer<HttpServerResponse> writer) {
        return new Reply(200, null, writer).header("Content-Type", contentType);
    }

    /** Of a record that was made; null where none was. */
    String location() {
        int at = headers.indexOf("Location");
        return at < 0 ? null : headers.get(at + 1);
    }

    public Reply header(String name, String value) {
        headers.add(name);
        headers.add(value);
        return this;
    }

    /** Marks the record's version, for If-Match and If-None-Match. */
    public Reply etag(long version) {
        this.etag = "\"" + version + "\"";
        return this;
    }

    /** It says more than the record of its version: If-Match holds for writes, and If-None-Match never gives 304. */
    public Reply alwaysWhole() {
        alwaysWhole = true;
        return this;
    }
}
