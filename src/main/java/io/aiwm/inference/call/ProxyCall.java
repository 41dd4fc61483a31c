package io.aiwm.inference.call;

import io.aiwm.inference.Caller;
import io.aiwm.inference.GatewayError;
import io.aiwm.inference.balance.Place;
import io.aiwm.inference.balance.Place.Outcome;
import io.aiwm.inference.balance.PlaceRequest;
import io.aiwm.inference.limit.Limiter;
import io.vertx.core.Future;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.NetSocket;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;

/** A request to a deployment's own server, and a WebSocket to it: passed through both ways, whatever it is. */
public final class ProxyCall implements CallTimeouts.Watched {
    private final CallLoop loop;
    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final Caller caller;
    private final Call.Trace trace;
    private final boolean upgrade;
    private final Set<String> failed = new HashSet<>();
    private ProxyTarget target;
    private Pool pool;
    private Limiter.Reservation reservation;
    private Place place;
    private HttpClientRequest upstream;
    private HttpClientResponse begunAnswer;
    private String replicaId;
    private String nodeId;
    private long waitedMillis;
    private final ProxyTime time = new ProxyTime();
    private final CallerRecheck recheck;
    private final CallAdmission waiting = new CallAdmission();
    private NetSocket behind;
    private boolean ended;

    /** @param again finds the caller anew, for what stays open */
    public ProxyCall(
            CallLoop loop, HttpServerRequest request, Caller caller, Supplier<Future<Caller>> again, Call.Trace trace) {
        this.loop = loop;
        this.request = request;
        this.response = request.response();
        this.caller = caller;
        this.recheck = new CallerRecheck(loop, again);
        this.trace = trace;
        this.upgrade = "websocket".equalsIgnoreCase(request.getHeader(HttpHeaders.UPGRADE));
    }

    public static boolean takes(String path) {
        return path.startsWith(ProxyTarget.ROOT) && path.length() > ProxyTarget.ROOT.length();
    }

    /** The request is paused, and stays so until its body is passed on. */
    public void begin() {
        loop.watch.add(this);
        response.closeHandler(closed -> clientGone());
        response.exceptionHandler(broken -> clientGone());
        request.exceptionHandler(broken -> clientGone());
        if (response.closed()) { // while its key was looked up
            clientGone();
            return;
        }
        try {
            target = ProxyTarget.of(request.uri());
            AllowedModels.checkProxy(caller, target.deployment());
            pool = loop.shared.routing().get().deployment(target.deployment());
            if (pool.deployed().guarded()) {
                target.checkGuarded();
            }
        } catch (GatewayError.Refused refused) {
            fail(refused.error, Outcome.NEUTRAL);
            return;
        }
        Limiter limiter = loop.shared.limiter();
        waiting.on(limiter.reserve(caller, 0), limiter::cancel, reserved -> {
            if (reserved.failed()) {
                fail(Refusal.of(reserved.cause()), Outcome.NEUTRAL);
            } else if (ended) {
                reserved.result().settle(0);
            } else {
                reservation = reserved.result();
                find(null);
            }
        });
    }

    /** @param failure why the last replica could not be reached; null: none was asked */
    private void find(GatewayError failure) {
        var ask = new PlaceRequest(
                caller.identity(),
                Objects.requireNonNullElse(caller.limits().priority(), 0),
                request.getHeader("X-Session-Id"),
                null,
                Set.copyOf(failed),
                loop.settings().queue().toMillis());
        waiting.on(pool.proxied().acquire(ask), pool.proxied()::cancel, found -> {
            if (found.failed()) {
                fail(failure == null ? Refusal.of(found.cause()) : failure, Outcome.NEUTRAL);
            } else if (ended) {
                found.result().end(Outcome.NEUTRAL);
            } else {
                connect(found.result());
            }
        });
    }

    private void connect(Place taken) {
        place = taken;
        replicaId = taken.replica().id();
        nodeId = taken.replica().nodeId();
        waitedMillis += taken.waitedMillis();
        loop.upstreams
                .request(
                        pool.where(taken.replica()),
                        request.method(),
                        target.uri(),
                        ProxyHeaders.toUpstream(request, target.prefix(), upgrade))
                .onComplete(connected -> {
                    if (ended) {
                        if (connected.succeeded()) {
                            connected.result().reset();
                        }
                    } else if (connected.succeeded()) {
                        upstream = connected.result();
                        send();
                    } else {
                        unreachable(taken);
                    }
                });
    }

    /** Nothing of the body is taken yet, so that another replica can have it. */
    private void unreachable(Place taken) {
        var error = GatewayError.of(502, "upstream_unreachable", "the deployment's server cannot be reached");
        failed.add(taken.replica().id());
        if (failed.size() >= loop.settings().attempts()) {
            fail(error, Outcome.FAILED);
        } else {
            taken.end(Outcome.FAILED);
            place = null;
            find(error);
        }
    }

    private void send() {
        upstream.exceptionHandler(broken -> {}); // the answer fails too, or is already there
        time.limit(loop.settings().firstByte());
        if (upgrade) {
            upstream.connect().onComplete(answer -> {
                if (answer.succeeded() && answer.result().statusCode() == 101) {
                    tunnel(answer.result());
                } else {
                    answered(answer.succeeded() ? answer.result() : null);
                }
            });
            return;
        }
        upstream.response().onComplete(answer -> answered(answer.succeeded() ? answer.result() : null));
        ProxyBody.pass(request, upstream, time, loop.settings());
    }

    /** @param answer null: the connection was lost */
    private void answered(HttpClientResponse answer) {
        if (ended) {
            return;
        }
        if (answer == null) {
            var error = GatewayError.of(502, "upstream_broke_off", "the deployment's server closed the connection");
            fail(error, Outcome.FAILED);
            return;
        }
        begunAnswer = answer;
        response.setStatusCode(answer.statusCode());
        ProxyHeaders.toCaller(answer.headers(), response.headers(), target);
        GatewayHeaders.set(response.headers(), trace.requestId(), nodeId, -1, reservation);
        if (!answer.headers().contains(HttpHeaders.CONTENT_LENGTH)) {
            response.setChunked(true);
        }
        Pump.of(answer, response, piece -> time.limit(loop.settings().firstByte()));
        answer.exceptionHandler(cut -> {
            if (!ended) { // or else it was reset, and the caller has an answer
                end(502, "upstream_broke_off", Outcome.FAILED);
                request.connection().close();
            }
        });
        answer.endHandler(whole -> {
            int status = answer.statusCode();
            if (!request.isEnded()) { // the answer came before the body was read: the rest goes nowhere
                upstream.reset();
                request.handler(rest -> {}).resume();
            }
            end(status, null, status >= 500 ? Outcome.FAILED : Outcome.SUCCEEDED);
            response.end();
        });
        answer.resume();
    }

    /** Bytes pass through as they are once both sides have agreed on what they speak. */
    private void tunnel(HttpClientResponse agreed) {
        behind = agreed.netSocket();
        behind.pause();
        if (ended) {
            behind.close();
            return;
        }
        time.socketOpens(place, loop.settings().idle());
        Tunnel.open(request, agreed, behind, time::socketMoves)
                .onSuccess(closed -> end(101, null, Outcome.SUCCEEDED))
                .onFailure(gone -> clientGone());
    }

    @Override
    public long deadline() {
        return Math.min(time.next(), recheck.at());
    }

    private void cut(GatewayError error, Outcome outcome) {
        if (behind != null || response.headWritten()) {
            end(error.status(), error.code(), outcome);
            request.connection().close();
        } else {
            fail(error, outcome);
        }
        if (behind != null) {
            behind.close();
        }
    }

    @Override
    public void expired() {
        if (!time.isOver()) {
            recheck.ifDue(
                    now -> AllowedModels.checkProxy(now, target.deployment()), error -> cut(error, Outcome.NEUTRAL));
        } else if (behind != null) {
            behind.close();
        } else {
            // a caller that is slow says nothing of the replica
            cut(time.error(), time.isBodyAwaited() ? Outcome.NEUTRAL : Outcome.FAILED);
        }
    }

    private void fail(GatewayError error, Outcome outcome) {
        if (!ended) {
            end(error.status(), error.code(), outcome);
            if (begunAnswer != null) {
                ProxyHeaders.withdraw(begunAnswer.headers(), response.headers());
            }
            Refusal.answer(request, loop.shared.dialects(), null, error);
        }
    }

    private void clientGone() {
        end(499, "client_closed_request", Outcome.NEUTRAL);
    }

    private void end(int status, String code, Outcome outcome) {
        if (ended) {
            return;
        }
        ended = true;
        loop.watch.remove(this);
        waiting.cancel();
        if (upstream != null && outcome != Outcome.SUCCEEDED) {
            upstream.reset();
        }
        if (place != null) {
            place.end(outcome);
        }
        if (reservation != null) {
            reservation.settle(0);
        }
        tell(status, code);
    }

    private void tell(int status, String code) {
        boolean known = target != null && loop.shared.routing().get().routes().knows(target.deployment());
        loop.shared
                .told()
                .usage()
                .ended(CallReport.begin(loop, caller, trace)
                        .model(known ? target.deployment() : CallReport.UNKNOWN)
                        .operation("proxy")
                        .deploymentId(replicaId == null ? null : pool.id())
                        .replicaId(replicaId)
                        .nodeId(nodeId)
                        .status(status)
                        .errorCode(code)
                        .queueMillis(waitedMillis)
                        .build());
    }
}
