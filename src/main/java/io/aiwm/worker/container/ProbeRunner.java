package io.aiwm.worker.container;

import io.aiwm.common.SingleLineText;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.Probes;
import io.aiwm.protocol.Probes.Probe;
import io.aiwm.worker.command.CommandFailure;
import io.aiwm.worker.container.ProbeState.Look;
import io.netty.channel.ConnectTimeoutException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.ConnectOptions;
import io.vertx.core.net.NetSocket;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Takes one look at a container: over its published port where that port is published, else at its own address, or by a
 * command in it. A look ends within its timeout. A failed future means that nothing was found out.
 */
final class ProbeRunner {
    private static final long MOST_BODY_BYTES = 64 * 1024;
    private static final int MOST_REASON = 200;
    /** Docker's proxy takes a connection first and closes it where nothing listens behind. */
    private static final long HELD_MILLIS = 100;

    private final Vertx vertx;
    private final Engine engine;
    private final ProbeClients clients;
    /** Commands that did not end within their look, by probe and run of a container: another begins only when they have. */
    private final Map<String, Future<Engine.ExecEnd>> left = new ConcurrentHashMap<>();

    ProbeRunner(Vertx vertx, Engine engine) {
        this.vertx = vertx;
        this.engine = engine;
        this.clients = ProbeClients.of(vertx);
    }

    Future<Look> look(ProbeState.Kind kind, Probe probe, EngineContainer container) {
        if (probe.exec() != null) {
            return exec(kind, probe, container);
        }
        int port = probe.http() != null ? probe.http().port() : probe.tcp().port();
        Target target = target(container, port);
        if (target == null) {
            return Future.succeededFuture(Look.bad("port " + port + " is not published and it has no address"));
        }
        return probe.http() != null ? http(probe, target) : tcp(probe, target);
    }

    /** One whose engine sleeps would be awake after a restart, on GPUs that others have by then. */
    void unlessAsleep(EngineContainer container, Runnable work) {
        engine.inspect(container.id())
                .onSuccess(now -> now.filter(found -> !found.isAsleep() && found.isSameRun(container))
                        .ifPresent(awake -> work.run()));
    }

    /** @param proxied whether something may take the connection in the place of the container */
    record Target(String host, int port, boolean proxied) {}

    /** Null where it cannot be reached. */
    static Target target(EngineContainer container, int port) {
        for (EngineContainer.Port one : container.ports()) {
            if (one.containerPort() == port && "tcp".equals(one.protocol())) {
                return new Target(host(one.hostIp()), one.hostPort(), true);
            }
        }
        String ip = container.run().ip();
        return ip == null ? null : new Target(ip, port, false);
    }

    private static String host(String ip) {
        return ip == null || ip.isEmpty() || ip.equals("0.0.0.0") ? "127.0.0.1" : ip.equals("::") ? "::1" : ip;
    }

    private Future<Look> http(Probe probe, Target target) {
        Probes.Http asked = probe.http();
        var options = new RequestOptions()
                .setMethod(HttpMethod.GET)
                .setHost(target.host())
                .setPort(target.port())
                .setSsl("https".equals(asked.scheme()))
                .setURI(asked.path() == null ? "/" : asked.path())
                .setFollowRedirects(false)
                .setConnectTimeout(probe.timeout());
        if (asked.headers() != null) {
            asked.headers().forEach(options::putHeader);
        }
        Promise<Look> done = Promise.promise();
        long timer = vertx.setTimer(
                probe.timeout(), late -> done.tryComplete(Look.late("no answer within " + probe.timeout() + " ms")));
        clients.http()
                .request(options)
                .onFailure(cause -> done.tryComplete(failed(cause)))
                .onSuccess(request -> ask(request, done));
        return done.future().onComplete(over -> vertx.cancelTimer(timer));
    }

    /** The connection is closed with the look, also in the middle of an answer. */
    private static void ask(HttpClientRequest request, Promise<Look> done) {
        done.future().onComplete(over -> request.connection().close());
        if (done.future().isComplete()) {
            return;
        }
        request.send().onFailure(cause -> done.tryComplete(failed(cause))).onSuccess(response -> {
            int status = response.statusCode();
            read(response, done, status >= 200 && status < 400 ? Look.GOOD : Look.bad("HTTP " + status));
        });
    }

    /** To its end, so that its server does not see it broken off, unless it is long. */
    private static void read(HttpClientResponse response, Promise<Look> done, Look found) {
        long[] bytes = {0};
        response.exceptionHandler(cause -> done.tryComplete(failed(cause)))
                .endHandler(end -> done.tryComplete(found))
                .handler(piece -> {
                    bytes[0] += piece.length();
                    if (bytes[0] > MOST_BODY_BYTES) {
                        done.tryComplete(found);
                    }
                });
    }

    private Future<Look> tcp(Probe probe, Target target) {
        Promise<Look> done = Promise.promise();
        var options = new ConnectOptions()
                .setHost(target.host())
                .setPort(target.port())
                .setTimeout((int) probe.timeout());
        clients.net()
                .connect(options)
                .onFailure(cause -> done.tryComplete(failed(cause)))
                .onSuccess(socket -> taken(socket, target, Math.min(HELD_MILLIS, probe.timeout()), done));
        return done.future();
    }

    private void taken(NetSocket socket, Target target, long heldMillis, Promise<Look> done) {
        done.future().onComplete(over -> socket.close());
        if (!target.proxied()) {
            done.tryComplete(Look.GOOD);
            return;
        }
        socket.exceptionHandler(cause -> {});
        socket.closeHandler(closed -> done.tryComplete(Look.bad("the connection is closed at once")));
        socket.handler(piece -> done.tryComplete(Look.GOOD));
        vertx.setTimer(heldMillis, held -> done.tryComplete(Look.GOOD));
    }

    private Future<Look> exec(ProbeState.Kind kind, Probe probe, EngineContainer container) {
        String key = kind + " " + container.id() + " " + container.run().startedAt();
        if (left.containsKey(key)) {
            return Future.succeededFuture(Look.bad("its command from before has not ended yet"));
        }
        Future<Engine.ExecEnd> running =
                engine.exec(container.id(), probe.exec().command());
        left.put(key, running);
        running.onComplete(ended -> left.remove(key));
        return running.map(ProbeRunner::judged)
                .timeout(probe.timeout(), TimeUnit.MILLISECONDS)
                .recover(cause -> {
                    if (cause instanceof TimeoutException) {
                        return Future.succeededFuture(
                                Look.late("its command did not end within " + probe.timeout() + " ms"));
                    }
                    boolean wrong = cause instanceof CommandFailure failure
                            && failure.error.category() == ErrorCategory.INVALID;
                    return wrong ? Future.succeededFuture(failed(cause)) : Future.failedFuture(cause);
                });
    }

    private static Look judged(Engine.ExecEnd ended) {
        if (ended.exitCode() == 0) {
            return Look.GOOD;
        }
        String output = ended.output().strip();
        return Look.bad(shortened("exit code " + ended.exitCode() + (output.isEmpty() ? "" : ", " + output)));
    }

    private static Look failed(Throwable cause) {
        String said = shortened(cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage());
        return cause instanceof ConnectTimeoutException ? Look.late(said) : Look.bad(said);
    }

    private static String shortened(String text) {
        return SingleLineText.of(text, MOST_REASON);
    }
}
