package io.aiwm.testing;

import io.aiwm.common.Sha256;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A hub with the paths and headers of HuggingFace, and beside it, on another port, the host that its large files are on. What
 * goes wrong next is put into {@link #faults}.
 */
public final class Hub implements AutoCloseable {
    /** What happens to the next request for content. */
    public enum Fault {
        /** The connection ends in the middle. */
        BREAKS_OFF,
        /** The body is shorter than the file, and looks whole. */
        TRUNCATED,
        /** 429 with Retry-After: 1. */
        LIMITED,
        /** 503. */
        AWAY,
        /** The range is not looked at. */
        NO_RANGES,
        /** Other bytes of the same length. */
        OTHER_BYTES,
        /** It says that it comes from another commit. */
        OTHER_COMMIT
    }

    private static final int LARGE = 100;

    public final String repo;
    public final Queue<Fault> faults = new ConcurrentLinkedQueue<>();
    /** Each request for content: its range, or "all". */
    public final List<String> ranges = Collections.synchronizedList(new ArrayList<>());
    /** Hosts and the credentials that they were told. */
    public final List<String> credentials = Collections.synchronizedList(new ArrayList<>());

    private final Map<String, Map<String, Buffer>> commits = new ConcurrentHashMap<>();
    private final HttpServer hub;
    private final HttpServer storage;
    public volatile String commit = "a".repeat(40);
    /** Where large files are said to be; null: on the storage beside it. */
    public volatile String storageUrl;
    /** Needed for anything; null: nothing is. */
    public volatile String token;

    public Hub(Vertx vertx) {
        this(vertx, "org/tiny");
    }

    /** @param repo the only repository it has */
    public Hub(Vertx vertx, String repo) {
        this.repo = repo;
        storage = vertx.createHttpServer()
                .requestHandler(this::content)
                .listen(0, "127.0.0.1")
                .await();
        hub = vertx.createHttpServer()
                .requestHandler(this::answer)
                .listen(0, "127.0.0.1")
                .await();
    }

    public String url() {
        return "http://127.0.0.1:" + hub.actualPort();
    }

    /** A file of the commit that is now the newest. */
    public Hub with(String path, Buffer bytes) {
        commits.computeIfAbsent(commit, fresh -> new TreeMap<>()).put(path, bytes);
        return this;
    }

    private void answer(HttpServerRequest request) {
        credentials.add("hub " + request.getHeader("Authorization"));
        if (token != null && !("Bearer " + token).equals(request.getHeader("Authorization"))) {
            request.response()
                    .setStatusCode(401)
                    .putHeader("X-Error-Code", "RepoNotFound")
                    .end();
            return;
        }
        String path = request.path();
        String api = "/api/models/" + repo;
        if (path.startsWith(api + "/revision/")) {
            request.response()
                    .end(new JsonObject().put("sha", commit).put("id", repo).encode());
        } else if (path.startsWith(api + "/tree/")) {
            tree(request, path.substring((api + "/tree/").length()));
        } else if (path.startsWith("/" + repo + "/resolve/")) {
            resolve(request, path.substring(("/" + repo + "/resolve/").length()));
        } else {
            request.response()
                    .setStatusCode(404)
                    .putHeader("X-Error-Code", "RepoNotFound")
                    .end();
        }
    }

    /** Two files a page. */
    private void tree(HttpServerRequest request, String of) {
        var all = new ArrayList<>(commits.getOrDefault(of, Map.of()).entrySet());
        int from = request.getParam("cursor") == null ? 0 : Integer.parseInt(request.getParam("cursor"));
        var page = new JsonArray();
        for (var file : all.subList(from, Math.min(all.size(), from + 2))) {
            var entry = new JsonObject()
                    .put("type", "file")
                    .put("path", file.getKey())
                    .put("size", file.getValue().length())
                    .put("oid", "0".repeat(40));
            if (isLarge(file.getValue())) {
                entry.put(
                        "lfs",
                        new JsonObject()
                                .put("oid", sum(file.getValue()))
                                .put("size", file.getValue().length())
                                .put("pointerSize", 130));
            }
            page.add(entry);
        }
        page.add(new JsonObject().put("type", "directory").put("path", "folder").put("size", 0));
        if (from + 2 < all.size()) {
            request.response()
                    .putHeader(
                            "Link",
                            "<" + url() + request.path() + "?recursive=true&cursor=" + (from + 2) + ">; rel=\"next\"");
        }
        request.response().end(page.encode());
    }

    private static boolean isLarge(Buffer bytes) {
        return bytes.length() >= LARGE;
    }

    private static String sum(Buffer bytes) {
        return Sha256.hex(bytes.getBytes());
    }

    private void resolve(HttpServerRequest request, String what) {
        String of = what.substring(0, what.indexOf('/'));
        String path = what.substring(of.length() + 1);
        Buffer bytes = commits.getOrDefault(of, Map.of()).get(path);
        if (bytes == null) {
            request.response()
                    .setStatusCode(404)
                    .putHeader("X-Error-Code", "EntryNotFound")
                    .end();
            return;
        }
        boolean other = faults.peek() == Fault.OTHER_COMMIT && faults.poll() != null;
        request.response().putHeader("X-Repo-Commit", other ? "f".repeat(40) : of);
        if (!isLarge(bytes)) {
            request.response()
                    .setStatusCode(307)
                    .putHeader("Location", "/" + repo + "/resolve/" + of + "/" + path + "?cached")
                    .putHeader("ETag", "\"" + "0".repeat(40) + "\"");
            if (request.query() != null) {
                request.response().setStatusCode(200).end(bytes);
            } else {
                request.response().end();
            }
            return;
        }
        String base = storageUrl == null ? "http://127.0.0.1:" + storage.actualPort() : storageUrl;
        request.response()
                .setStatusCode(302)
                .putHeader("X-Linked-Etag", "\"" + sum(bytes) + "\"")
                .putHeader("X-Linked-Size", "" + bytes.length())
                .putHeader("Location", base + "/" + of + "/" + path + "?signature=s")
                .end();
    }

    private void content(HttpServerRequest request) {
        credentials.add("storage " + request.getHeader("Authorization"));
        String range = request.getHeader("Range");
        ranges.add(range == null ? "all" : range);
        String of = request.path().substring(1, 41);
        Buffer bytes = commits.get(of).get(request.path().substring(42));
        Fault fault = faults.poll();
        var response = request.response();
        if (fault == Fault.LIMITED || fault == Fault.AWAY) {
            response.setStatusCode(fault == Fault.LIMITED ? 429 : 503)
                    .putHeader("Retry-After", fault == Fault.LIMITED ? "1" : "0")
                    .end();
            return;
        }
        int from = range == null || fault == Fault.NO_RANGES
                ? 0
                : Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
        if (from > 0) {
            response.setStatusCode(206)
                    .putHeader("Content-Range", "bytes " + from + "-" + (bytes.length() - 1) + "/" + bytes.length());
        }
        Buffer rest = bytes.getBuffer(from, bytes.length());
        if (fault == Fault.OTHER_BYTES) {
            rest = Buffer.buffer("x".repeat(rest.length()).getBytes(StandardCharsets.UTF_8));
        }
        Buffer half = rest.getBuffer(0, rest.length() / 2);
        if (fault == Fault.TRUNCATED) {
            response.end(half);
        } else if (fault == Fault.BREAKS_OFF) {
            response.putHeader("Content-Length", "" + rest.length());
            // on the wire first, so that it has come before the end is noticed
            response.write(half).onComplete(sent -> request.connection().close());
        } else {
            response.end(rest);
        }
    }

    @Override
    public void close() {
        hub.close().await();
        storage.close().await();
    }
}
