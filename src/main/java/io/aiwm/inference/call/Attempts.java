package io.aiwm.inference.call;

import io.aiwm.common.HttpStatus;
import io.aiwm.common.Monotonic;
import io.aiwm.inference.GatewayError;
import io.aiwm.inference.balance.Place;
import io.aiwm.inference.balance.PlaceRequest;
import io.aiwm.inference.balance.PrefixHashes;
import io.aiwm.inference.upstream.PassedHeaders;
import io.aiwm.inference.upstream.Upstreams;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import java.util.HashSet;
import java.util.Set;

/**
 * Looks for an upstream that answers a call: one replica after the other, then what else may take the call. Nothing is tried twice
 * on one replica, and nothing once a part of an answer is with the caller.
 */
final class Attempts {
    private final Call call;
    private final PoolCandidates candidates;
    private final Set<String> failed = new HashSet<>();
    private int left;
    private long[] prefix;
    private GatewayError failure;
    /** An answer that is passed on if nobody has a better one. */
    private HttpClientResponse held;

    private long sentNanos;
    private long answeredNanos;

    Attempts(Call call, PoolCandidates.Plan plan) {
        this.call = call;
        this.candidates = new PoolCandidates(plan);
        this.left = call.loop.settings().attempts();
    }

    void next() {
        PlaceRequest ask = ask();
        PoolCandidates.Found sought = candidates.seek(ask);
        Pool pool = sought.pool();
        var wait = new Wait(sought);
        if (!sought.place().isComplete() && candidates.hasElsewhere(pool)) {
            wait.elsewhere = Elsewhere.begin(call.loop.watch, () -> {
                PoolCandidates.Found other = call.ended() ? null : candidates.elsewhere(pool, ask);
                if (call.ended() || other != null) {
                    wait.end();
                }
                if (other != null) {
                    call.waited(Monotonic.millis() - wait.since);
                    send(other.pool(), other.place().result());
                }
            });
        }
        call.waiting.on(sought.place(), pool.balancer()::cancel, found -> {
            boolean over = wait.over;
            wait.end();
            if (found.succeeded() && (over || call.ended())) {
                found.result().end(Place.Outcome.NEUTRAL);
            } else if (found.succeeded()) {
                send(pool, found.result());
            } else if (!over && !call.ended()) {
                notTaken(pool, Refusal.of(found.cause()));
            }
        });
    }

    /** At one target, until it or another one has a place. */
    private final class Wait {
        final PoolCandidates.Found at;
        final long since = Monotonic.millis();
        boolean over;
        /** Null: there is no other. */
        Elsewhere elsewhere;

        Wait(PoolCandidates.Found at) {
            this.at = at;
        }

        void end() {
            if (elsewhere != null) {
                elsewhere.end();
            }
            if (!over && !at.place().isComplete()) {
                call.waiting.cancel();
            }
            over = true;
        }
    }

    private PlaceRequest ask() {
        if (prefix == null) {
            prefix = PrefixHashes.of(call.body.prompt(PrefixHashes.BLOCK_CHARS * PrefixHashes.MOST_BLOCKS));
        }
        Integer priority = call.caller.limits().priority();
        return new PlaceRequest(
                call.caller.identity(),
                priority == null ? 0 : priority,
                call.session(),
                prefix,
                Set.copyOf(failed),
                call.loop.settings().queue().toMillis(),
                call.caller.background());
    }

    private void notTaken(Pool pool, GatewayError refusal) {
        if (candidates.without(pool)) {
            if (failure == null) {
                failure = refusal;
            }
            next();
        } else if (held != null) {
            relayHeld();
        } else {
            call.fail(failure != null && !failed.isEmpty() ? failure : refusal);
        }
    }

    private void send(Pool pool, Place place) {
        left--;
        call.took(pool, place);
        Upstreams upstreams = call.loop.upstreams;
        upstreams
                .request(
                        pool.where(place.replica()),
                        HttpMethod.POST,
                        call.upstreamPath(),
                        PassedHeaders.toUpstream(call.request.headers()))
                .onComplete(connected -> {
                    if (connected.failed()) {
                        lost(place, unreachable(connected.cause()));
                    } else if (call.ended()) {
                        connected.result().reset();
                    } else {
                        drop();
                        post(pool, place, connected.result());
                    }
                });
    }

    private void post(Pool pool, Place place, HttpClientRequest request) {
        call.sends(request);
        call.time.limit(
                call.loop.settings().firstByte(),
                () -> call.failed(
                        GatewayError.of(504, "upstream_timeout", "the model did not begin to answer in time")));
        request.exceptionHandler(broken -> {
            // the answer fails too, or is already there
        });
        sentNanos = System.nanoTime();
        request.response().onComplete(answer -> {
            if (answer.succeeded()) {
                answered(place, answer.result());
            } else {
                lost(place, GatewayError.of(502, "upstream_broke_off", "the model's server closed the connection"));
            }
        });
        request.end(call.body.forUpstream(pool.upstreamModel(), call.operation.tellsUsage() || call.dialect != null));
    }

    /** The connection was lost before a part of an answer was passed on. */
    void lost(Place place, GatewayError error) {
        if (call.ended() || call.place != place) {
            return;
        }
        failure = error;
        if (left == 0 && held == null) {
            call.failed(error);
            return;
        }
        failed.add(place.replica().id());
        call.leave(Place.Outcome.FAILED);
        call.time.unlimited();
        if (left == 0) {
            relayHeld();
        } else {
            next();
        }
    }

    private void answered(Place place, HttpClientResponse answer) {
        if (call.ended() || call.place != place) {
            answer.request().reset();
            return;
        }
        answer.pause();
        answeredNanos = System.nanoTime();
        int status = answer.statusCode();
        if (HttpStatus.isUnanswered(status) && left > 0) {
            failed.add(place.replica().id());
            held = answer;
            failure = GatewayError.of(status, "upstream_error", "the model's server answered " + status);
            answer.exceptionHandler(broken -> held = null);
            call.leave(status == 429 ? Place.Outcome.NEUTRAL : Place.Outcome.FAILED);
            call.time.unlimited();
            next();
        } else {
            relay(answer);
        }
    }

    private void relay(HttpClientResponse answer) {
        call.sends(answer.request());
        Relay.of(call, this, answer).begin();
    }

    /** A piece of the answer has come, and none is with the caller yet. */
    void answers() {
        answeredNanos = System.nanoTime();
    }

    /** Between the request and what came last before the answer's first piece went to the caller. */
    long upstreamNanos() {
        return answeredNanos - sentNanos;
    }

    private void relayHeld() {
        HttpClientResponse last = held;
        held = null;
        relay(last);
    }

    /** Leaves the answer that is held: nobody needs it any more. */
    void drop() {
        if (held != null) {
            held.request().reset();
            held = null;
        }
    }

    private static GatewayError unreachable(Throwable cause) {
        return cause instanceof GatewayError.Refused refused
                ? refused.error
                : GatewayError.of(502, "upstream_unreachable", "the model's server cannot be reached");
    }
}
