package io.aiwm.controller.model.hub;

import io.aiwm.common.Sha256;
import io.aiwm.protocol.ErrorCategory;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A hub with the paths of HuggingFace: which commit a revision is, and which files it has. */
public final class Hub {
    private static final int MOST_ANSWER_BYTES = 16 << 20;
    private static final int MOST_PAGES = 50;
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
    private static final Pattern NEXT = Pattern.compile("<([^<>]{1,2000})>; *rel=\"next\"");

    private final GuardedHttp http;
    private final URI endpoint;
    private final HubCredential credential;

    /** @param credential for the endpoint alone */
    public Hub(GuardedHttp http, URI endpoint, HubCredential credential) {
        this.http = http;
        this.endpoint = endpoint;
        this.credential = credential;
    }

    /** @param sha256 of a large file, in lower case; null: the hub does not say */
    public record Entry(String path, long sizeBytes, String sha256) {}

    /** The commit, 40 hexadecimal digits, that a revision is now. */
    public Future<String> commit(String repo, String revision) {
        return json(url("/api/models/" + repo + "/revision/" + encoded(revision)))
                .map(answer -> {
                    String sha = answer.body() instanceof JsonObject about ? text(about, "sha") : null;
                    if (sha == null || !COMMIT.matcher(sha).matches()) {
                        throw DownloadFailure.of(
                                ErrorCategory.INVALID, "the hub does not say which commit " + revision + " is");
                    }
                    return sha;
                });
    }

    /** All files of a commit, at most so many. Fails with {@code invalid} when there are more. */
    public Future<List<Entry>> files(String repo, String commit, int most) {
        var found = new ArrayList<Entry>();
        return page(url("/api/models/" + repo + "/tree/" + commit + "?recursive=true&expand=false"), found, most, 1)
                .map(done -> found);
    }

    private Future<Void> page(URI url, List<Entry> found, int most, int number) {
        return json(url).compose(answer -> {
            if (!(answer.body() instanceof JsonArray entries)) {
                throw DownloadFailure.of(ErrorCategory.INVALID, "the hub's list of files is none");
            }
            for (Object each : entries) {
                if (each instanceof JsonObject entry && "file".equals(text(entry, "type"))) {
                    found.add(entry(entry));
                }
            }
            if (found.size() > most || number > MOST_PAGES) {
                throw DownloadFailure.of(ErrorCategory.INVALID, "the repository has more than " + most + " files");
            }
            Matcher next = NEXT.matcher(answer.link() == null ? "" : answer.link());
            return next.find()
                    ? page(GuardedHttp.url(url.resolve(next.group(1)).toString()), found, most, number + 1)
                    : Future.succeededFuture();
        });
    }

    private static Entry entry(JsonObject entry) {
        Object lfs = entry.getValue("lfs");
        String sha256 = lfs instanceof JsonObject large ? text(large, "oid") : null;
        Object size = lfs instanceof JsonObject large && large.getValue("size") != null
                ? large.getValue("size")
                : entry.getValue("size");
        String path = text(entry, "path");
        if (path == null || !(size instanceof Number bytes) || bytes.longValue() < 0) {
            throw DownloadFailure.of(ErrorCategory.INVALID, "the hub's list of files has one without path or size");
        }
        return new Entry(path, bytes.longValue(), Sha256.isHex(sha256) ? sha256.toLowerCase(Locale.ROOT) : null);
    }

    private static String text(JsonObject from, String field) {
        return from.getValue(field) instanceof String text ? text : null;
    }

    /** How a file of a commit is fetched. */
    public Future<GuardedHttp.Get> file(String repo, String commit, String path, Map<String, String> headers) {
        URI url = fileUrl(endpoint, repo, commit, path);
        return credential.authorization().map(mine -> new GuardedHttp.Get(url, mine, headers));
    }

    /** Where a file of a commit is. */
    public static URI fileUrl(URI endpoint, String repo, String commit, String path) {
        var parts = new ArrayList<String>();
        for (String part : path.split("/", -1)) {
            parts.add(encoded(part));
        }
        return url(endpoint, "/" + repo + "/resolve/" + commit + "/" + String.join("/", parts));
    }

    private URI url(String path) {
        return url(endpoint, path);
    }

    private static URI url(URI endpoint, String path) {
        String base = endpoint.toString();
        return URI.create((base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + path);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private record Parsed(Object body, String link) {}

    private Future<Parsed> json(URI url) {
        // the next page may be anywhere the hub says: the token is for the endpoint alone
        HubCredential mine = url.getHost().equalsIgnoreCase(endpoint.getHost()) && url.getPort() == endpoint.getPort()
                ? credential
                : HubCredential.NONE;
        return mine.authorization()
                .compose(told -> http.get(new GuardedHttp.Get(url, told, Map.of("Accept", "application/json"))))
                .compose(answer -> body(answer.last())
                        .recover(cause -> Future.failedFuture(DownloadFailure.of(cause, url.getHost())))
                        .map(body -> {
                            try {
                                return new Parsed(
                                        body.toString().stripLeading().startsWith("[")
                                                ? new JsonArray(body)
                                                : new JsonObject(body),
                                        answer.last().getHeader("Link"));
                            } catch (DecodeException notJson) {
                                throw DownloadFailure.of(
                                        ErrorCategory.INVALID, url.getHost() + " does not answer in JSON");
                            }
                        }));
    }

    private static Future<Buffer> body(HttpClientResponse response) {
        Promise<Buffer> all = Promise.promise();
        Buffer sum = Buffer.buffer();
        response.exceptionHandler(all::tryFail);
        response.endHandler(end -> all.tryComplete(sum));
        response.handler(piece -> {
            if (sum.length() + piece.length() > MOST_ANSWER_BYTES) {
                all.tryFail(DownloadFailure.of(
                        ErrorCategory.INVALID, "the answer has more than " + MOST_ANSWER_BYTES + " bytes"));
                response.request().reset();
            } else {
                sum.appendBuffer(piece);
            }
        });
        response.resume();
        return all.future();
    }
}
