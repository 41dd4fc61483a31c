package io.aiwm.inference.call;

import io.aiwm.inference.Caller;
import io.aiwm.inference.GatewayError;
import io.aiwm.inference.InferenceOperation;
import io.aiwm.inference.balance.Place;
import io.aiwm.inference.body.CallBody;
import io.aiwm.inference.body.TokenUsage;
import io.aiwm.inference.body.TranslatedBody;
import io.aiwm.inference.dialect.Dialect;
import io.aiwm.inference.limit.Limiter;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;

/**
 * One call, from its arrival until it has ended, which it does once: with an answer, with an error, or because the caller went away.
 * All of it happens on the event loop that the call came in on.
 */
public final class Call implements CallTimeouts.Watched {
    /** The caller went away before the answer was whole. */
    private static final int GONE = 499;

    private static final int MOST_SESSION_CHARS = 512;

    final CallLoop loop;
    final HttpServerRequest request;
    final HttpServerResponse response;
    final InferenceOperation operation;
    final Caller caller;
    /** Null: the caller speaks as upstreams do. */
    final Dialect dialect;

    private final Trace trace;
    private long receivedNanos;
    final CallTime time = new CallTime();
    private boolean ended;
    final CallAdmission waiting = new CallAdmission();
    final HeldBodies.Share held;
    /** Null: none has begun. */
    private Attempts attempts;

    CallBody body;
    private String model = CallReport.UNKNOWN;
    Limiter.Reservation reservation;
    Pool pool;
    Place place;
    private long waitedMillis;
    private HttpClientRequest upstream;
    private String replicaId;
    private String nodeId;
    private long firstByteNanos;
    private Relay relay;

    public Call(CallLoop loop, HttpServerRequest request, InferenceOperation operation, Caller caller, Trace trace) {
        this.loop = loop;
        this.request = request;
        this.response = request.response();
        this.operation = operation;
        this.caller = caller;
        this.held = loop.shared.bodies().share();
        this.dialect = loop.shared.dialects().of(operation);
        this.trace = trace;
    }

    /** By what a call is found again. @param arrivedNanos when its head had come */
    public record Trace(String requestId, long arrivedNanos) {}

    public void begin() {
        loop.watch.add(this);
        response.closeHandler(closed -> gone());
        response.exceptionHandler(broken -> gone());
        request.exceptionHandler(broken -> gone());
        if (response.closed()) {
            gone(); // while its key was looked up
            return;
        }
        time.limit(
                loop.settings().receive(),
                () -> fail(GatewayError.of(408, "request_timeout", "the body did not come in time")));
        BodyReceiver.begin(request, loop.settings().maxBodyBytes(), held, this::received, this::fail);
    }

    private void received(Buffer bytes) {
        if (ended) {
            return;
        }
        receivedNanos = System.nanoTime();
        time.unlimited();
        try {
            body = BodyReaders.read(this, bytes);
            PoolCandidates.Plan plan = loop.shared.routing().get().plan(body.model());
            if (plan.isEmpty()) {
                throw new GatewayError(404, "model_not_found", "the model does not exist: " + body.model(), "model", 0)
                        .refused();
            }
            model = body.model();
            AllowedModels.check(caller, model);
            if (operation == InferenceOperation.COUNT_TOKENS) {
                countTokens();
            } else {
                reserve(plan);
            }
        } catch (RuntimeException thrown) {
            fail(Refusal.thrown(thrown));
        }
    }

    /** An estimate: engines count only what they are sent as a prompt. Costs nothing, and is no use of a model. */
    private void countTokens() {
        Buffer counted = loop.shared
                .dialects()
                .messages()
                .countTokens(((TranslatedBody) body).asked())
                .toBuffer();
        end(200, null, Place.Outcome.NEUTRAL);
        GatewayHeaders.set(response.headers(), trace.requestId(), null, -1, null);
        response.headers().set(HttpHeaders.CONTENT_TYPE, "application/json");
        response.end(counted);
    }

    private void reserve(PoolCandidates.Plan plan) {
        Limiter limiter = loop.shared.limiter();
        long tokens = body.promptTokens() + body.answerTokens();
        waiting.on(limiter.reserve(caller, tokens), limiter::cancel, reserved -> {
            if (reserved.failed()) {
                fail(Refusal.of(reserved.cause()));
            } else if (ended) {
                reserved.result().settle(0);
            } else {
                reservation = reserved.result();
                attempts = new Attempts(this, plan);
                attempts.next();
            }
        });
    }

    // ---- what attempts and relays tell

    void took(Pool from, Place taken) {
        pool = from;
        place = taken;
        waitedMillis += taken.waitedMillis();
        replicaId = taken.replica().id();
        nodeId = taken.replica().nodeId();
    }

    /** It waited so long for a place that another one has given it. */
    void waited(long millis) {
        waitedMillis += millis;
    }

    /** Gives the place back before the call has ended, because another one is looked for. */
    void leave(Place.Outcome outcome) {
        if (place != null) {
            place.end(outcome);
            place = null;
        }
        upstream = null;
    }

    void sends(HttpClientRequest sent) {
        upstream = sent;
    }

    void relays(Relay answer) {
        relay = answer;
    }

    String session() {
        String said = request.getHeader("X-Session-Id");
        return said == null || said.length() > MOST_SESSION_CHARS ? body.session() : said;
    }

    String upstreamPath() {
        return dialect == null ? operation.path() : InferenceOperation.CHAT.path();
    }

    /** Sets the headers that are the gateway's own. */
    void head(long upstreamNanos) {
        firstByteNanos = System.nanoTime();
        long overhead = firstByteNanos - receivedNanos - upstreamNanos - waitedMillis * 1_000_000;
        GatewayHeaders.set(response.headers(), trace.requestId(), nodeId, overhead, reservation);
    }

    @Override
    public long deadline() {
        return time.deadline();
    }

    @Override
    public void expired() {
        time.expired();
    }

    // ---- the end

    boolean ended() {
        return ended;
    }

    /** Answers with an error. Not to be called once a part of an answer is with the caller. */
    void fail(GatewayError error) {
        fail(error, Place.Outcome.NEUTRAL);
    }

    /** Answers with an error that an upstream is the cause of. */
    void failed(GatewayError error) {
        fail(error, error.status() >= 500 ? Place.Outcome.FAILED : Place.Outcome.NEUTRAL);
    }

    void fail(GatewayError error, Place.Outcome outcome) {
        if (ended) {
            return;
        }
        end(error.status(), error.code(), outcome);
        GatewayHeaders.set(response.headers(), trace.requestId(), nodeId, -1, reservation);
        Refusal.answer(request, loop.shared.dialects(), operation, error);
    }

    private void gone() {
        if (!ended) {
            end(GONE, "client_closed_request", Place.Outcome.NEUTRAL);
        }
    }

    /** Ends the call; what is left of the answer is written by whoever calls it. Only the first call counts. */
    void end(int status, String code, Place.Outcome outcome) {
        if (ended) {
            return;
        }
        ended = true;
        loop.watch.remove(this);
        waiting.cancel();
        held.end();
        if (attempts != null) {
            attempts.drop();
        }
        if (upstream != null && outcome != Place.Outcome.SUCCEEDED) {
            upstream.reset();
        }
        if (place != null) {
            place.end(outcome);
        }
        TokenUsage used = relay == null ? null : relay.used();
        long prompt = used == null ? 0 : used.prompt();
        long completion = used == null ? 0 : used.completion();
        if (reservation != null) {
            reservation.settle(prompt + completion);
        }
        tell(status, code, prompt, completion);
    }

    private void tell(int status, String code, long prompt, long completion) {
        if (replicaId == null && Refusal.putsOff(caller, code)) {
            return; // it is made again later, and counted then
        }
        boolean external = pool != null && pool.external() != null;
        loop.shared
                .told()
                .usage()
                .ended(CallReport.begin(loop, caller, trace)
                        .model(model)
                        .deploymentId(pool == null || external ? null : pool.id())
                        .endpointId(external ? pool.id() : null)
                        .replicaId(replicaId)
                        .nodeId(nodeId)
                        .operation(operation.name)
                        .streamed(body != null && body.streams())
                        .status(status)
                        .errorCode(code)
                        .promptTokens(prompt)
                        .completionTokens(completion)
                        .queueMillis(waitedMillis)
                        .firstTokenMillis(
                                firstByteNanos == 0 ? -1 : (firstByteNanos - trace.arrivedNanos()) / 1_000_000)
                        .build());
    }
}
