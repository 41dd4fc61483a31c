package io.aiwm.inference.call;

import io.aiwm.common.Failure;
import io.aiwm.inference.Caller;
import io.aiwm.inference.GatewayError;
import io.aiwm.inference.InferenceOperation;
import io.aiwm.inference.balance.Balancer;
import io.aiwm.inference.dialect.Dialects;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers of the gateway itself. */
public final class Refusal {
    private static final Logger LOG = LoggerFactory.getLogger(Refusal.class);
    private static final String BELOW_MESSAGES = InferenceOperation.MESSAGES.path() + "/";
    private static final long MOST_DISCARDED = 8 << 20;
    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");
    private static final CharSequence CHALLENGE = HttpHeaders.createOptimized("Bearer");

    private Refusal() {}

    /** What a cause is to the caller; of causes that nobody expected it says nothing. */
    public static GatewayError of(Throwable cause) {
        if (cause instanceof GatewayError.Refused refused) {
            return refused.error;
        }
        Failure failure = Failure.of(cause);
        String code = failure.kind == Failure.Kind.UNAUTHENTICATED
                ? "invalid_api_key"
                : failure.kind.name().toLowerCase(Locale.ROOT);
        long again = failure.retryable() ? failure.retryAfterSeconds : 0;
        return new GatewayError(failure.kind.code, code, failure.getMessage(), null, again);
    }

    /** Whether a call that was refused with this code will be made again: one in the background waits for its turn. */
    static boolean putsOff(Caller caller, String code) {
        return caller.background() && (Balancer.NOT_IDLE.equals(code) || "rate_limit_exceeded".equals(code));
    }

    /** What was thrown is to the caller. Of what nobody expected the log tells where it was, not what it says: it may quote a prompt. */
    static GatewayError thrown(RuntimeException cause) {
        if (cause instanceof GatewayError.Refused refused) {
            return refused.error;
        }
        LOG.error("{} at {}: a call has failed", cause.getClass().getName(), (Object) cause.getStackTrace());
        return GatewayError.of(500, "internal", "the call has failed");
    }

    /**
     * Answers with an error, in the caller's dialect. A body that has not come wholly is not waited for.
     *
     * @param operation null: none, and what the request says of its dialect counts
     */
    public static void answer(
            HttpServerRequest request, Dialects dialects, InferenceOperation operation, GatewayError error) {
        HttpServerResponse response = request.response();
        if (response.ended() || response.closed() || response.headWritten()) {
            return;
        }
        response.setStatusCode(error.status());
        response.headers().set(HttpHeaders.CONTENT_TYPE, JSON);
        if (error.retryAfterSeconds() > 0) {
            response.headers().set(HttpHeaders.RETRY_AFTER, Long.toString(error.retryAfterSeconds()));
        }
        GatewayHeaders.add(response.headers(), error.headers());
        if (error.status() == 401) {
            response.headers().set("WWW-Authenticate", CHALLENGE);
        }
        Buffer body = dialects.error(operation == null ? spoken(request) : operation, error);
        if (request.isEnded()) {
            response.end(body);
            return;
        }
        discardRest(request);
        response.end(body);
    }

    /** An operation whose dialect the caller of a path that is none of them speaks; null: OpenAI's own. */
    private static InferenceOperation spoken(HttpServerRequest request) {
        return ModelListing.isAnthropic(request)
                        || String.valueOf(request.path()).startsWith(BELOW_MESSAGES)
                ? InferenceOperation.MESSAGES
                : null;
    }

    /** Whoever is still sending reads the answer only if the connection stays; it does not for long. */
    private static void discardRest(HttpServerRequest request) {
        long[] dropped = {0};
        request.handler(piece -> {
            dropped[0] += piece.length();
            if (dropped[0] > MOST_DISCARDED) {
                request.connection().close();
            }
        });
        request.resume();
    }
}
