package io.aiwm.inference.call;

import io.aiwm.common.HttpStatus;
import io.aiwm.common.Ids;
import io.aiwm.common.Monotonic;
import io.aiwm.inference.GatewayError;
import io.aiwm.inference.balance.Place;
import io.aiwm.inference.balance.PlaceRequest;
import io.aiwm.inference.balance.PrefixHashes;
import io.aiwm.inference.body.CallBody;
import io.aiwm.inference.body.JsonBody;
import io.aiwm.inference.body.TokenUsage;
import io.aiwm.inference.limit.Limiter;
import io.aiwm.inference.upstream.PassedHeaders;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/** One call of {@link InternalCalls}, from its beginning until it has ended, which it does once. All of it happens on one event loop. */
final class InternalCall implements CallTimeouts.Watched {
    private final CallLoop loop;
    private final InternalCalls.Wanted wanted;
    private final Promise<InternalCalls.Answer> promise;
    private final Call.Trace trace = new Call.Trace(Ids.next("req"), System.nanoTime());
    private final HeldBodies.Share held;
    private final CallAdmission waiting = new CallAdmission();
    private final Set<String> failed = new HashSet<>();

    private String model = CallReport.UNKNOWN;
    private CallBody body;
    private PoolCandidates candidates;
    private int attemptsLeft;
    private Limiter.Reservation reservation;
    private Pool pool;
    private Place place;
    private HttpClientRequest upstream;
    private InternalAnswer answer;
    private long firstByteNanos;
    private long waitedMillis;
    private long deadline = Long.MAX_VALUE;
    private boolean ended;

    InternalCall(CallLoop loop, InternalCalls.Wanted wanted, Promise<InternalCalls.Answer> promise) {
        this.loop = loop;
        this.wanted = wanted;
        this.promise = promise;
        this.held = loop.shared.bodies().share();
    }

    void begin() {
        loop.watch.add(this);
        try {
            body = JsonBody.read(wanted.body());
            PoolCandidates.Plan plan = loop.shared.routing().get().plan(body.model());
            if (plan.isEmpty()) {
                throw InternalCallErrors.noModel(body.model()).refused();
            }
            model = body.model();
            AllowedModels.check(wanted.caller(), model);
            candidates = new PoolCandidates(plan);
        } catch (RuntimeException thrown) {
            fail(Refusal.thrown(thrown), Place.Outcome.NEUTRAL);
            return;
        }
        attemptsLeft = loop.settings().attempts();
        Limiter limiter = loop.shared.limiter();
        long tokens = body.promptTokens() + body.answerTokens();
        waiting.on(limiter.reserve(wanted.caller(), tokens), limiter::cancel, done -> {
            if (done.failed()) {
                fail(Refusal.of(done.cause()), Place.Outcome.NEUTRAL);
            } else if (ended) {
                done.result().settle(0);
            } else {
                reservation = done.result();
                next();
            }
        });
    }

    private void next() {
        Integer priority = wanted.caller().limits().priority();
        var ask = new PlaceRequest(
                wanted.caller().identity(),
                priority == null ? 0 : priority,
                wanted.session(),
                PrefixHashes.of(body.prompt(PrefixHashes.BLOCK_CHARS * PrefixHashes.MOST_BLOCKS)),
                Set.copyOf(failed),
                loop.settings().queue().toMillis());
        PoolCandidates.Found sought = candidates.seek(ask);
        Pool from = sought.pool();
        waiting.on(sought.place(), from.balancer()::cancel, found -> {
            if (found.failed()) {
                notTaken(from, Refusal.of(found.cause()));
            } else if (ended) {
                found.result().end(Place.Outcome.NEUTRAL);
            } else {
                send(from, found.result());
            }
        });
    }

    private void notTaken(Pool from, GatewayError refusal) {
        if (ended) {
            return;
        }
        if (candidates.without(from)) {
            next();
        } else {
            fail(refusal, Place.Outcome.NEUTRAL);
        }
    }

    private void send(Pool from, Place taken) {
        attemptsLeft--;
        pool = from;
        place = taken;
        waitedMillis += taken.waitedMillis();
        limit(loop.settings().firstByte());
        var headers = PassedHeaders.toUpstream(HttpHeaders.headers()
                .set(HttpHeaders.CONTENT_TYPE, "application/json")
                .set(HttpHeaders.ACCEPT, "*/*"));
        loop.upstreams
                .request(
                        from.where(taken.replica()),
                        HttpMethod.POST,
                        wanted.operation().path(),
                        headers)
                .onComplete(connected -> {
                    if (ended || place != taken) {
                        if (connected.succeeded()) {
                            connected.result().reset();
                        }
                    } else if (connected.failed()) {
                        lost(
                                taken,
                                connected.cause() instanceof GatewayError.Refused refused
                                        ? refused.error
                                        : InternalCallErrors.unreachable());
                    } else {
                        post(taken, connected.result());
                    }
                });
    }

    private void post(Place taken, HttpClientRequest request) {
        upstream = request;
        request.exceptionHandler(broken -> {}); // the answer fails too, or is already there
        request.response().onComplete(answer -> {
            if (answer.failed()) {
                lost(taken, InternalCallErrors.brokeOff());
            } else if (ended || place != taken) {
                answer.result().request().reset();
            } else {
                answered(taken, answer.result());
            }
        });
        request.end(body.forUpstream(pool.upstreamModel(), wanted.operation().tellsUsage()));
    }

    private void answered(Place taken, HttpClientResponse response) {
        int status = response.statusCode();
        if (HttpStatus.isUnanswered(status) && attemptsLeft > 0 && isAnyLeft(taken)) {
            leave(taken, status == 429 ? Place.Outcome.NEUTRAL : Place.Outcome.FAILED);
            next();
            return;
        }
        answer = new InternalAnswer(response, loop.settings().maxLineBytes(), wanted.mostBytes(), wanted.data(), held);
        response.handler(this::piece);
        response.exceptionHandler(cut -> lost(taken, InternalCallErrors.brokeOff()));
        response.endHandler(end -> whole(response));
    }

    private void piece(Buffer piece) {
        if (ended) {
            return;
        }
        if (firstByteNanos == 0) {
            firstByteNanos = System.nanoTime();
        }
        limit(loop.settings().idle());
        try {
            answer.add(piece);
        } catch (RuntimeException unfit) {
            fail(Refusal.thrown(unfit), Place.Outcome.NEUTRAL);
        }
    }

    private void whole(HttpClientResponse response) {
        if (ended) {
            return;
        }
        int status = response.statusCode();
        if (!answer.isGood()) {
            fail(
                    UpstreamErrors.of(status, answer.whole(), response.getHeader(HttpHeaders.RETRY_AFTER)),
                    status >= 500 ? Place.Outcome.FAILED : Place.Outcome.NEUTRAL);
        } else if (answer.isCut()) {
            fail(InternalCallErrors.brokeOff(), Place.Outcome.FAILED);
        } else {
            end(status, null, Place.Outcome.SUCCEEDED);
            promise.tryComplete(
                    new InternalCalls.Answer(answer.whole(), answer.used(body.promptTokens()), answer.saysPrompt()));
        }
    }

    /** The connection was lost. Another replica is asked only while nothing of the answer has come. */
    private void lost(Place taken, GatewayError error) {
        if (ended || place != taken) {
            return;
        }
        if ((answer != null && answer.hasBegun()) || attemptsLeft == 0 || !isAnyLeft(taken)) {
            fail(error, Place.Outcome.FAILED);
            return;
        }
        leave(taken, Place.Outcome.FAILED);
        next();
    }

    private void leave(Place taken, Place.Outcome outcome) {
        failed.add(taken.replica().id());
        place.end(outcome);
        place = null;
        answer = null;
        held.answer(0);
        if (upstream != null) {
            upstream.reset();
            upstream = null;
        }
        deadline = Long.MAX_VALUE;
    }

    /** Whether anything but this one may still be asked; an endpoint is one replica, and what it said last is the answer. */
    private boolean isAnyLeft(Place taken) {
        return candidates.left().anyMatch(each -> each.hasOther(failed, taken.replica()));
    }

    void cancel() {
        fail(InternalCallErrors.cancelled(), Place.Outcome.NEUTRAL);
    }

    private void fail(GatewayError error, Place.Outcome outcome) {
        if (!ended) {
            end(error.status(), error.code(), outcome);
            promise.tryFail(error.refused());
        }
    }

    private void limit(Duration time) {
        deadline = Monotonic.millis() + time.toMillis();
    }

    @Override
    public long deadline() {
        return deadline;
    }

    @Override
    public void expired() {
        fail(InternalCallErrors.stopped(), Place.Outcome.FAILED);
    }

    private void end(int status, String code, Place.Outcome outcome) {
        ended = true;
        waiting.cancel();
        held.end();
        loop.watch.remove(this);
        if (upstream != null && outcome != Place.Outcome.SUCCEEDED) {
            upstream.reset();
        }
        if (place != null) {
            place.end(outcome);
        }
        TokenUsage used = answer == null ? null : answer.used(body.promptTokens());
        long prompt = used == null ? 0 : used.prompt();
        long completion = used == null ? 0 : used.completion();
        if (reservation != null) {
            reservation.settle(prompt + completion);
        }
        loop.shared
                .told()
                .usage()
                .ended(CallReport.by(CallReport.begin(loop, wanted.caller(), trace), pool, place)
                        .model(model)
                        .operation(wanted.operation().name)
                        .streamed(body != null && body.streams())
                        .status(status)
                        .errorCode(code)
                        .promptTokens(prompt)
                        .completionTokens(completion)
                        .queueMillis(waitedMillis)
                        .firstTokenMillis(CallReport.firstMillis(trace, firstByteNanos))
                        .build());
    }
}
