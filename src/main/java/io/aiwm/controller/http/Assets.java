package io.aiwm.controller.http;

import io.aiwm.common.Sha256;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/** Files from the jar, kept in memory once asked for, with an ETag so that browsers ask only whether they changed. */
final class Assets {
    /**
     * No dot segments, no escapes: a name can only be a file below the folder. Possessive: a slash is in no name, so
     * nothing is tried twice, and no group recurses once for each slash of a stranger's path.
     */
    private static final Pattern NAME =
            Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]*+(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*+)*+");

    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "svg", "image/svg+xml",
            "png", "image/png",
            "woff2", "font/woff2",
            "json", "application/json",
            "yaml", "application/yaml",
            "txt", "text/plain; charset=utf-8");

    private final Map<String, Asset> known = new ConcurrentHashMap<>();

    /** @param etag of the bytes */
    record Asset(String contentType, Buffer bytes, String etag) {
        static Asset of(String name, Buffer bytes) {
            String type = TYPES.getOrDefault(name.substring(name.lastIndexOf('.') + 1), "application/octet-stream");
            return new Asset(type, bytes, '"' + Sha256.hex(bytes.getBytes()).substring(0, 32) + '"');
        }
    }

    /** Null when the jar has no such file. The first time it reads from the jar, which takes milliseconds. */
    Asset find(String folder, String name) {
        if (!NAME.matcher(name).matches()) {
            return null;
        }
        String key = folder + "/" + name;
        Asset hit = known.get(key);
        if (hit != null) {
            return hit;
        }
        try (InputStream in = Assets.class.getResourceAsStream(key)) {
            if (in == null || !name.contains(".")) {
                return null;
            }
            Asset read = Asset.of(name, Buffer.buffer(in.readAllBytes()));
            known.put(key, read);
            return read;
        } catch (IOException cause) {
            throw new IllegalStateException("cannot read " + key + " from the jar", cause);
        }
    }

    /**
     * Answers with the file.
     *
     * @param policy the Content-Security-Policy
     * @param lasting whether its name changes with its bytes, so that browsers need not ask again
     */
    static void send(HttpServerRequest request, Asset asset, String policy, boolean lasting) {
        HttpServerResponse response = request.response();
        response.headers()
                .set("Content-Security-Policy", policy)
                .set("X-Content-Type-Options", "nosniff")
                .set("Referrer-Policy", "no-referrer")
                .set("X-Frame-Options", "DENY")
                .set("Cross-Origin-Opener-Policy", "same-origin")
                .set(HttpHeaders.CACHE_CONTROL, lasting ? "public, max-age=31536000, immutable" : "no-cache")
                .set(HttpHeaders.ETAG, asset.etag);
        if (asset.etag.equals(request.getHeader(HttpHeaders.IF_NONE_MATCH))) {
            response.setStatusCode(304).end();
            return;
        }
        response.putHeader(HttpHeaders.CONTENT_TYPE, asset.contentType).end(asset.bytes);
    }
}
