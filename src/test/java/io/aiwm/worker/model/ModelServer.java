package io.aiwm.worker.model;

import io.aiwm.common.Sha256;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** A real HTTP server with files, faults, and a count of the bytes it gave out. */
final class ModelServer {
    enum Fault {
        NONE,
        /** Says all, sends half, and closes. */
        TRUNCATED,
        /** Ends the body early without having said how long it is. */
        SHORT_CHUNKED,
        /** Goes on after the end. */
        LONGER,
        WRONG,
        RANGE_IGNORED,
        /** Sends a few bytes and then waits. */
        STALLED,
        INTERNAL_REDIRECT,
        UNAVAILABLE
    }

    final List<String> asked = new CopyOnWriteArrayList<>();
    final AtomicLong bytes = new AtomicLong();
    volatile Fault fault = Fault.NONE;
    private final Vertx vertx;
    private final Map<String, byte[]> files = new HashMap<>();
    private final HttpServer server;

    ModelServer(Vertx vertx) throws Exception {
        this.vertx = vertx;
        server = vertx.createHttpServer(
                        new HttpServerOptions().setHost("127.0.0.1").setPort(0))
                .requestHandler(this::serve)
                .listen()
                .await(10, TimeUnit.SECONDS);
    }

    /** Puts a file of random bytes there. Returns its digest. */
    String put(String path, int size, long seed) {
        byte[] content = new byte[size];
        new Random(seed).nextBytes(content);
        files.put(path, content);
        return Sha256.hex(content);
    }

    String url(String path) {
        return "http://127.0.0.1:" + server.actualPort() + path;
    }

    private void serve(HttpServerRequest request) {
        String range = request.getHeader("Range");
        asked.add(request.path() + (range == null ? "" : " " + range));
        byte[] content = files.get(request.path());
        var response = request.response();
        if (content == null || fault == Fault.UNAVAILABLE) {
            response.setStatusCode(content == null ? 404 : 500).end();
            return;
        }
        if (fault == Fault.INTERNAL_REDIRECT) {
            response.setStatusCode(302)
                    .putHeader("Location", "http://169.254.169.254/latest/meta-data")
                    .end();
            return;
        }
        int from = range == null || fault == Fault.RANGE_IGNORED ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
        if (from > 0) {
            response.setStatusCode(206)
                    .putHeader("Content-Range", "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
        }
        send(request, Buffer.buffer(content).getBuffer(from, content.length));
    }

    private void send(HttpServerRequest request, Buffer rest) {
        var response = request.response();
        bytes.addAndGet(rest.length());
        switch (fault) {
            case TRUNCATED, STALLED -> {
                Buffer half = rest.getBuffer(0, rest.length() / 2);
                response.putHeader("Content-Length", String.valueOf(rest.length()));
                response.write(half).onSuccess(sent -> {
                    if (fault == Fault.TRUNCATED) {
                        // the connection is cut once what was sent has had time to arrive
                        vertx.setTimer(200, ignored -> request.connection().close());
                    }
                });
            }
            case SHORT_CHUNKED -> {
                response.setChunked(true);
                response.end(rest.getBuffer(0, rest.length() / 2));
            }
            case LONGER -> {
                response.setChunked(true);
                response.end(Buffer.buffer().appendBuffer(rest).appendString("more"));
            }
            case WRONG -> {
                Buffer wrong = rest.copy();
                wrong.setByte(0, (byte) (wrong.getByte(0) + 1));
                response.end(wrong);
            }
            default -> response.end(rest);
        }
    }
}
