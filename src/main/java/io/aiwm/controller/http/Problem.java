package io.aiwm.controller.http;

import io.aiwm.common.Failure;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Every error leaves through here, as RFC 9457 {@code application/problem+json}. */
final class Problem {
    private static final Logger LOG = LoggerFactory.getLogger(Problem.class);
    private static final int MOST_ERRORS = 50;

    private Problem() {}

    /** Answers with what went wrong. What nobody foresaw is logged here, under the request's id, and told to nobody. */
    static void answer(HttpServerRequest request, String requestId, Throwable cause) {
        Failure failure = Failure.of(cause);
        if (failure.kind == Failure.Kind.INTERNAL) {
            LOG.error("{} {} failed, request {}", request.method(), request.path(), requestId, cause);
        }
        if (failure.kind == Failure.Kind.LIMITED || failure.kind == Failure.Kind.UNAVAILABLE) {
            retryAfter(request.response(), failure.retryAfterSeconds);
        }
        write(request, requestId, ProblemType.of(failure.kind), outward(failure), failure.errors, failure.retryable());
    }

    static void answer(HttpServerRequest request, String requestId, ProblemType type, String detail) {
        write(request, requestId, type, detail, List.of(), false);
    }

    private static void write(
            HttpServerRequest request,
            String requestId,
            ProblemType type,
            String detail,
            List<Failure.FieldError> errors,
            boolean retryable) {
        HttpServerResponse response = request.response();
        if (response.ended() || response.closed() || response.headWritten()) {
            return;
        }
        var body = new JsonObject()
                .put("type", "/api-docs/problems/" + type.slug())
                .put("title", type.title)
                .put("status", type.status)
                .put("detail", detail)
                .put("instance", request.path())
                .put("code", type.slug())
                .put("requestId", requestId)
                .put("retryable", retryable);
        if (!errors.isEmpty()) {
            var list = new JsonArray();
            errors.stream()
                    .limit(MOST_ERRORS)
                    .forEach(error -> list.add(
                            new JsonObject().put("pointer", error.pointer()).put("detail", error.detail())));
            body.put("errors", list);
        }
        Headers.secure(response, requestId);
        if (type == ProblemType.UNAUTHENTICATED) {
            response.putHeader("WWW-Authenticate", challenge(request));
        }
        response.setStatusCode(type.status)
                .putHeader("Content-Type", "application/problem+json")
                .end(body.toBuffer());
    }

    private static void retryAfter(HttpServerResponse response, long seconds) {
        if (!response.headWritten()) {
            response.putHeader("Retry-After", Long.toString(seconds));
        }
    }

    /** RFC 6750: a token that was given and refused is named as such. */
    private static String challenge(HttpServerRequest request) {
        return request.getHeader("Authorization") == null
                ? "Bearer realm=\"aiwm\""
                : "Bearer realm=\"aiwm\", error=\"invalid_token\"";
    }

    /** What outsiders may read: our own sentences, but no names of bus addresses, classes or files. */
    private static String outward(Failure failure) {
        String detail = failure.getMessage();
        return switch (failure.kind) {
            case INTERNAL -> "something went wrong here; the log has it under this requestId";
            case UNAVAILABLE -> isInner(detail) ? "what would answer this is not there at the moment" : detail;
            case TIMEOUT -> isInner(detail) ? "no answer in time; the work may or may not have been done" : detail;
            case INVALID,
                    UNAUTHENTICATED,
                    FORBIDDEN,
                    NOT_FOUND,
                    REQUEST_TIMEOUT,
                    CONFLICT,
                    GONE,
                    PRECONDITION,
                    TOO_LARGE,
                    UNSUPPORTED_MEDIA_TYPE,
                    UNPROCESSABLE,
                    LIMITED -> detail;
        };
    }

    private static boolean isInner(String detail) {
        if (detail == null) {
            return true;
        }
        String text = detail.toLowerCase(Locale.ROOT);
        return text.contains("address")
                || text.contains("timed out after")
                || text.contains("exception")
                || text.contains("java.")
                || text.indexOf('\n') >= 0;
    }
}
