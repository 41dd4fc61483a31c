package io.aiwm.controller.http;

import io.aiwm.common.Failure;
import io.aiwm.common.Monotonic;
import io.aiwm.controller.auth.Principal;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.Map;

/** One request on its way through: who, body, check, handler, answer. Runs on its event loop. */
final class Exchange {
    /** How long a refused body is still taken and thrown away, so that the refusal reaches its sender. */
    private static final long DRAIN_MILLIS = 1_000;

    private final HttpServerRequest http;
    private final String requestId;
    private final PathTree.Leaf leaf;
    private final Map<String, String> path;
    private final Context context;
    private final InFlight inFlight;
    private final TrustedProxies proxies;
    private final long maxBodyBytes;
    private Principal principal;
    private final Body body = new Body();
    /** Null unless it is an upload. */
    private PacedBody upload;

    private boolean over;

    Exchange(HttpServerRequest http, String requestId, PathTree.Leaf leaf, Map<String, String> path, Setting setting) {
        this.http = http;
        this.requestId = requestId;
        this.leaf = leaf;
        this.path = path;
        this.context = setting.context();
        this.inFlight = setting.inFlight();
        this.proxies = setting.proxies();
        this.maxBodyBytes = setting.maxBodyBytes();
    }

    /** What all exchanges of one event loop share. */
    record Setting(Context context, InFlight inFlight, TrustedProxies proxies, long maxBodyBytes) {}

    void start(Future<Principal> caller) {
        if (caller.failed()) {
            expectNoBody(http);
            Problem.answer(http, requestId, caller.cause());
            return;
        }
        principal = caller.result();
        try {
            if (leaf.operation().role() != null) {
                inFlight.count(http, leaf.operation().share(), principal.name());
            }
            RequestCheck.parameters(leaf.operation(), path, http.params());
            readBody();
        } catch (RuntimeException cause) {
            expectNoBody(http);
            Problem.answer(http, requestId, cause);
        }
    }

    /** Whether its body is read by the operation, from a stream that is paused until then. */
    boolean uploads() {
        return upload != null;
    }

    private void readBody() {
        if (leaf.operation().uploads()) {
            upload = new PacedBody(http, System::nanoTime).pause();
            if (http.getHeader(HttpHeaders.EXPECT) != null) {
                http.response().writeContinue();
            }
            run();
            return;
        }
        String length = http.getHeader(HttpHeaders.CONTENT_LENGTH);
        boolean chunked = length == null && http.getHeader(HttpHeaders.TRANSFER_ENCODING) != null;
        if (!chunked && (length == null || length.equals("0"))) {
            run();
            return;
        }
        if (length != null && BodyHeaders.declared(length) > maxBodyBytes) {
            throw tooLarge();
        }
        if (leaf.operation().body() != null && !BodyHeaders.isJson(http.getHeader(HttpHeaders.CONTENT_TYPE))) {
            throw new Failure(
                    Failure.Kind.UNSUPPORTED_MEDIA_TYPE, "send the body as JSON, with Content-Type: application/json");
        }
        if (http.getHeader(HttpHeaders.EXPECT) != null) {
            http.response().writeContinue();
        }
        // a body that trickles in does not hold the connection for ever
        inFlight.add(this, Monotonic.millis(), 0);
        http.handler(this::take);
        http.endHandler(end -> {
            if (!over) {
                run();
            }
        });
    }

    private void take(Buffer chunk) {
        if (over) {
            return;
        }
        if (body.length() + chunk.length() > maxBodyBytes) {
            over = true;
            body.clear();
            inFlight.remove(this);
            expectNoBody(http);
            Problem.answer(http, requestId, tooLarge());
        } else {
            body.add(chunk);
        }
    }

    private Failure tooLarge() {
        return new Failure(
                Failure.Kind.TOO_LARGE, "the body is larger than the " + maxBodyBytes + " bytes this server takes");
    }

    private void run() {
        try {
            RequestCheck.Checked checked = RequestCheck.body(leaf.operation(), body.bytes());
            var content = new Request.Content(upload, body.bytes(), checked.text(), checked.tree());
            var request = new Request(http, requestId, principal, path, content, proxies);
            if (leaf.operation().streams()) {
                inFlight.streaming(this);
            } else {
                inFlight.add(this, Monotonic.millis(), request.preferWait().toMillis());
            }
            leaf.handler().apply(request).onComplete(this::finish);
        } catch (RuntimeException cause) {
            answer(Future.failedFuture(cause));
        }
    }

    /** Whoever completes the future, the answer is written on this request's event loop. */
    private void finish(AsyncResult<Reply> outcome) {
        if (Vertx.currentContext() == context) {
            answer(outcome);
        } else {
            context.runOnContext(go -> answer(outcome));
        }
    }

    private void answer(AsyncResult<Reply> outcome) {
        inFlight.remove(this);
        if (over) {
            return;
        }
        over = true;
        body.clear();
        if (leaf.operation().uploads() && !http.isEnded()) {
            expectNoBody(http);
            http.resume();
        }
        if (outcome.failed()) {
            Problem.answer(http, requestId, outcome.cause());
        } else {
            write(outcome.result());
        }
    }

    private void write(Reply reply) {
        HttpServerResponse response = http.response();
        if (response.closed() || response.ended()) {
            return;
        }
        Headers.secure(response, requestId);
        for (int i = 0; i < reply.headers.size(); i += 2) {
            response.putHeader(reply.headers.get(i), reply.headers.get(i + 1));
        }
        if (reply.etag != null) {
            response.putHeader(HttpHeaders.ETAG, reply.etag);
            boolean known = !reply.alwaysWhole && reply.etag.equals(http.getHeader(HttpHeaders.IF_NONE_MATCH));
            if (known && http.method().equals(HttpMethod.GET)) {
                response.setStatusCode(304).end();
                return;
            }
        }
        response.setStatusCode(reply.status);
        if (reply.stream != null) {
            stream(reply);
        } else if (reply.json == null) {
            response.end();
        } else {
            response.putHeader(HttpHeaders.CONTENT_TYPE, Headers.JSON).end(Buffer.buffer(reply.json));
        }
    }

    /** A writer that refuses to begin is answered like any request that fails. */
    private void stream(Reply reply) {
        try {
            reply.stream.accept(http.response());
        } catch (RuntimeException refused) {
            endEarly(refused);
            return;
        }
        if (principal != null) {
            inFlight.streaming(this);
        }
    }

    boolean isAnswered() {
        return http.response().ended() || http.response().closed();
    }

    /** Ends it when its caller would not be let in any more. */
    void recheck(TokenCheck tokens) {
        if (leaf.operation().role() == null) {
            return;
        }
        tokens.recheck(principal)
                // what it is told was chosen for the role that it had
                .compose(
                        now -> now.role() == principal.role() ? leaf.operation().permit(now) : anotherRole())
                .onFailure(cause -> context.runOnContext(go -> {
                    // a store that cannot be asked is no reason: what the caller may is asked anew when it is back
                    Failure.Kind kind = Failure.of(cause).kind;
                    if (kind == Failure.Kind.UNAUTHENTICATED || kind == Failure.Kind.FORBIDDEN) {
                        endEarly(cause);
                    }
                }));
    }

    private static Future<Principal> anotherRole() {
        return Future.failedFuture(new Failure(Failure.Kind.UNAUTHENTICATED, "the role has changed"));
    }

    /** Ends an upload of which next to nothing comes. */
    void checkPace() {
        if (upload != null && upload.isTooSlow()) {
            endEarly(new Failure(Failure.Kind.REQUEST_TIMEOUT, "the body comes too slowly"));
        }
    }

    /**
     * Closes the connection, and answers with the reason if there is no answer yet. The reader of an upload learns of its
     * end only while there is no answer.
     */
    private void endEarly(Throwable cause) {
        if (isAnswered()) {
            return;
        }
        over = true;
        inFlight.remove(this);
        if (http.response().headWritten() || leaf.operation().uploads()) {
            http.connection().close();
            return;
        }
        http.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        Problem.answer(http, requestId, cause);
        Vertx.currentContext()
                .owner()
                .setTimer(DRAIN_MILLIS, late -> http.connection().close());
    }

    void timeOut() {
        // no operation but an upload begins before its body is there
        boolean late = !http.isEnded() && !leaf.operation().uploads();
        expectNoBody(http);
        answer(Future.failedFuture(
                late
                        ? new Failure(Failure.Kind.REQUEST_TIMEOUT, "the body of the request did not come in time")
                        : new Failure(
                                Failure.Kind.TIMEOUT,
                                "no answer in time; the work may or may not have been done: look first")));
    }

    /**
     * Prepares for an answer before the body has come. A small rest is read and forgotten, so that the connection can go
     * on; a large one, or one of unknown length, ends the connection once the answer had time to arrive.
     */
    static void expectNoBody(HttpServerRequest http) {
        if (http.isEnded()) {
            return;
        }
        String length = http.getHeader(HttpHeaders.CONTENT_LENGTH);
        boolean small = length == null
                ? http.getHeader(HttpHeaders.TRANSFER_ENCODING) == null
                : BodyHeaders.declared(length) <= 64 * 1024 && http.getHeader(HttpHeaders.EXPECT) == null;
        http.handler(chunk -> {});
        http.endHandler(end -> {});
        if (!small) {
            http.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
            Vertx.currentContext()
                    .owner()
                    .setTimer(DRAIN_MILLIS, late -> http.connection().close());
        }
    }
}
