package io.aiwm.controller.api;

import io.aiwm.common.ByteRange;
import io.aiwm.common.Failure;
import io.aiwm.controller.http.ErrorForm;
import io.aiwm.controller.http.Mount;
import io.aiwm.controller.objects.ObjectContent;
import io.aiwm.controller.objects.ObjectStore;
import io.aiwm.controller.objects.ObjectStore.Listed;
import io.aiwm.controller.objects.SignedUrls;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Serves the objects of a folder under the URLs that the controller has signed: GET and HEAD, whole or one range. */
public final class SignedObjects {
    private final ObjectStore objects;
    private final SignedUrls urls;

    public SignedObjects(ObjectStore objects, SignedUrls urls) {
        this.objects = objects;
        this.urls = urls;
    }

    public Mount mount() {
        return Mount.of(SignedUrls.PATH, loop -> this::answer);
    }

    private void answer(HttpServerRequest request) {
        if (request.method() != HttpMethod.GET && request.method() != HttpMethod.HEAD) {
            request.response()
                    .setStatusCode(405)
                    .putHeader("Allow", "GET, HEAD")
                    .end();
            return;
        }
        try {
            SignedUrls.Grant grant = urls.check(request.uri());
            objects.stat(grant.key())
                    .onSuccess(found -> answer(request, grant, found))
                    .onFailure(cause -> ErrorForm.PROBLEM.answer(request, cause));
        } catch (Failure refused) {
            ErrorForm.PROBLEM.answer(request, refused);
        }
    }

    private void answer(HttpServerRequest request, SignedUrls.Grant grant, Listed found) {
        String etag = etag(found);
        HttpServerResponse response = request.response();
        response.headers()
                .set(HttpHeaders.ETAG, etag)
                .set(HttpHeaders.ACCEPT_RANGES, "bytes")
                .set(HttpHeaders.CACHE_CONTROL, "private, no-cache")
                .set("X-Content-Type-Options", "nosniff")
                // whoever uploaded the bytes chose the type; they never run as a page of this server
                .set("Content-Security-Policy", "default-src 'none'; sandbox")
                .set(HttpHeaders.CONTENT_ENCODING, HttpHeaders.IDENTITY);
        if (etag.equals(request.getHeader(HttpHeaders.IF_NONE_MATCH))) {
            response.setStatusCode(304).end();
            return;
        }
        ByteRange range =
                ByteRange.of(request.getHeader("Range"), request.getHeader("If-Range"), etag, found.sizeBytes());
        if (range == null) {
            response.putHeader(HttpHeaders.CONTENT_RANGE, "bytes */" + found.sizeBytes());
            response.setStatusCode(416).end();
            return;
        }
        if (range.partial()) {
            response.setStatusCode(206).putHeader(HttpHeaders.CONTENT_RANGE, range.contentRange(found.sizeBytes()));
        }
        response.headers()
                .set(HttpHeaders.CONTENT_TYPE, grant.contentType())
                .set(HttpHeaders.CONTENT_DISPOSITION, grant.disposition())
                .set(HttpHeaders.CONTENT_LENGTH, Long.toString(range.length()));
        if (request.method() == HttpMethod.HEAD) {
            response.end();
        } else {
            send(request, grant.key(), range);
        }
    }

    private void send(HttpServerRequest request, String key, ByteRange range) {
        objects.get(key, range.first(), range.length())
                .onSuccess(content -> pipe(content, request.response()))
                .onFailure(cause -> {
                    request.response().headers().clear();
                    ErrorForm.PROBLEM.answer(request, cause);
                });
    }

    private static void pipe(ObjectContent content, HttpServerResponse response) {
        if (response.closed()) {
            content.close();
            return;
        }
        response.closeHandler(gone -> content.close());
        content.pipe()
                .endOnFailure(false)
                .to(response)
                // half an object must not look like a whole one: the connection ends before its length is reached
                .onFailure(broken -> response.reset());
    }

    private static String etag(Listed found) {
        long micros = ChronoUnit.MICROS.between(Instant.EPOCH, found.modifiedAt());
        return '"' + Long.toHexString(found.sizeBytes()) + "-" + Long.toHexString(micros) + '"';
    }
}
