package io.aiwm.controller.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.auth.Role;
import io.aiwm.controller.secret.SecretValues;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.core.streams.ReadStream;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;

/** A request that fits the contract, from a caller who may make it. */
public final class Request {
    private static final int DEFAULT_PAGE = 50;
    private static final int LARGEST_PAGE = 1_000;
    private static final long MOST_WAIT_SECONDS = 600;

    private final HttpServerRequest http;
    private final String requestId;
    private final Principal principal;
    private final Map<String, String> path;
    private final Content content;
    private final TrustedProxies proxies;

    /**
     * The body of a request.
     *
     * @param stream the body where the handler reads it itself, else null
     * @param raw the body as it came
     * @param body the same with its short forms written out
     * @param tree the same, read; null where it need not be JSON, or is too large to be kept twice
     */
    record Content(ReadStream<Buffer> stream, Buffer raw, Buffer body, JsonNode tree) {}

    Request(
            HttpServerRequest http,
            String requestId,
            Principal principal,
            Map<String, String> path,
            Content content,
            TrustedProxies proxies) {
        this.http = http;
        this.requestId = requestId;
        this.principal = principal;
        this.path = path;
        this.content = content;
        this.proxies = proxies;
    }

    /** The same request at another path. */
    Request at(Map<String, String> parameters) {
        return new Request(http, requestId, principal, parameters, content, proxies);
    }

    /** Who calls; null only in operations that are open to everyone. */
    public Principal principal() {
        return principal;
    }

    /** A record's view as this caller may read it: a viewer is told no value of a variable. */
    public JsonObject readable(JsonObject view) {
        return principal.role().includes(Role.OPERATOR) ? view : SecretValues.forViewer(view);
    }

    /** What the caller or we named this request; goes into logs and audit trails. */
    public String requestId() {
        return requestId;
    }

    /** The path parameter {@code {id}}. */
    public String id() {
        return path("id");
    }

    public String path(String name) {
        return path.get(name);
    }

    /** Null when absent. */
    public String query(String name) {
        return http.getParam(name);
    }

    /** Empty when absent. */
    public List<String> queryAll(String name) {
        return http.params().getAll(name);
    }

    public boolean flag(String name) {
        return "true".equals(query(name));
    }

    /** A time; null when absent. Fails with INVALID that names the parameter. */
    public Instant moment(String name) {
        String text = query(name);
        try {
            return text == null ? null : Instant.parse(text);
        } catch (DateTimeParseException unreadable) {
            throw Failure.invalid("query:" + name, "must be a time such as 2026-11-21T05:00:00Z");
        }
    }

    public long number(String name, long otherwise) {
        String text = query(name);
        return text == null ? otherwise : Long.parseLong(text);
    }

    /** The wanted page size: 50 unless told, never above 1000. */
    public int pageSize() {
        return (int) Math.min(number("pageSize", DEFAULT_PAGE), LARGEST_PAGE);
    }

    /** Null on the first page. */
    public String pageToken() {
        return query("pageToken");
    }

    public String header(String name) {
        return http.getHeader(name);
    }

    MultiMap headers() {
        return http.headers();
    }

    /** The address of the client, for logs and limits; not that of a reverse proxy which is trusted. */
    public String remoteAddress() {
        return proxies.clientOf(http);
    }

    /** The body as it came; empty when there is none. */
    public Buffer raw() {
        return content.raw();
    }

    /** The body with its {@link Shorthand} written out; empty when there is none. */
    public Buffer writtenOut() {
        return content.body();
    }

    /** The JSON body with its short forms written out; an empty object when there is none. Must not be modified. */
    public JsonNode tree() {
        if (content.tree() != null) {
            return content.tree();
        }
        return content.body().length() == 0 ? RequestCheck.NOTHING : RequestCheck.parse(content.body());
    }

    /** The body as it comes, paused; for an operation that says {@code x-aiwm-uploads: true}. */
    public ReadStream<Buffer> content() {
        return content.stream();
    }

    /** Calls back when the caller is gone before it was answered. */
    public void onGone(Runnable then) {
        http.response().closeHandler(closed -> then.run());
    }

    /** The body as a new JSON object; empty when there is none. */
    public JsonObject json() {
        return content.body().length() == 0 ? new JsonObject() : new JsonObject(content.body());
    }

    /** The body as a record; null when there is none. Fails with INVALID as {@link Json#decode}. */
    public <T> T body(Class<T> type) {
        if (content.tree() != null) {
            return Json.decode(content.tree(), type);
        }
        return content.body().length() == 0 ? null : Json.decode(content.body().toString(), type);
    }

    /** Fails with PRECONDITION when the caller sent If-Match and it does not name this version. */
    public void requireMatch(long version) {
        Long wanted = ifMatch();
        if (wanted != null && wanted != version) {
            throw new Failure(
                    Failure.Kind.PRECONDITION,
                    "the record is at version " + version + ", not at " + wanted + "; read it again");
        }
    }

    /** The version in If-Match, null when there is none or it is {@code *}. Fails with INVALID when it is not one of ours. */
    public Long ifMatch() {
        String text = header("If-Match");
        if (text == null || text.equals("*")) {
            return null;
        }
        try {
            return Long.valueOf(text.replace("\"", ""));
        } catch (NumberFormatException notOurs) {
            throw Failure.invalid("header:If-Match", "must be an ETag of this record, such as \"3\"");
        }
    }

    /** How long the caller wants us to wait for the end ({@code Prefer: wait=seconds}); zero when it does not, 10 minutes at most. */
    public Duration preferWait() {
        String prefer = header("Prefer");
        if (prefer == null) {
            return Duration.ZERO;
        }
        for (String part : prefer.split(",", -1)) {
            String text = part.strip();
            if (text.startsWith("wait=") && text.length() < 12) {
                try {
                    return Duration.ofSeconds(
                            Math.min(MOST_WAIT_SECONDS, Math.max(0, Long.parseLong(text.substring(5)))));
                } catch (NumberFormatException unreadable) {
                    // RFC 7240: a preference that cannot be read is ignored
                    return Duration.ZERO;
                }
            }
        }
        return Duration.ZERO;
    }
}
