package io.aiwm.worker.model;

import io.aiwm.boot.Config;
import io.aiwm.common.ByteRange;
import io.aiwm.common.Sha256;
import io.aiwm.protocol.PeerToken;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Base64;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives whole contents of this node's cache to other workers: {@code GET /models/blobs/<sha256>}, with ranges, for who shows a
 * {@link PeerToken}. 404: not here; 503: on its way here; 429: too many at once.
 */
public final class PeerServer {
    private static final Logger log = LoggerFactory.getLogger(PeerServer.class);
    private static final String BEARER = "Bearer ";
    private static final int SILENCE_S = 60;
    private static final int MOST_CONNECTIONS_PER_STREAM = 16;

    private final Vertx vertx;
    private final ContentFiles contents;
    private final ModelCache cache;
    private final Config.ModelCache settings;
    private final InstantSource clock;
    private final AtomicInteger streams = new AtomicInteger();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicLong served = new AtomicLong();
    private volatile byte[] key;
    private volatile String url;
    private HttpServer server;

    PeerServer(Vertx vertx, ContentFiles contents, ModelCache cache, Config.ModelCache settings, InstantSource clock) {
        this.vertx = vertx;
        this.contents = contents;
        this.cache = cache;
        this.settings = settings;
        this.clock = clock;
    }

    /**
     * Listens, where the settings say so. Never fails: without it this worker serves nothing, and is a worker all the same.
     *
     * @param findAddress the address to listen on, where the settings name none; may block
     */
    public Future<Void> start(Callable<String> findAddress) {
        if (!settings.servePeers()) {
            return Future.succeededFuture();
        }
        String named = settings.peerAddress();
        boolean everywhere = Config.Docker.ALL_ADDRESSES.equals(named);
        Future<String> reached =
                named == null || everywhere ? vertx.executeBlocking(findAddress, false) : Future.succeededFuture(named);
        return reached.compose(address -> listen(everywhere ? "0.0.0.0" : address, address))
                .otherwise(cause -> {
                    log.warn("this worker serves no models to others: {}", cause.getMessage());
                    return null;
                });
    }

    private Future<Void> listen(String address, String reached) {
        var options = new HttpServerOptions()
                .setHost(address)
                .setPort(settings.peerPort())
                .setIdleTimeout(SILENCE_S);
        return vertx.createHttpServer(options)
                .connectionHandler(connection -> {
                    int most = settings.peerStreams() * MOST_CONNECTIONS_PER_STREAM;
                    if (connections.incrementAndGet() > most) {
                        connection.close();
                    }
                    connection.closeHandler(closed -> connections.decrementAndGet());
                })
                .requestHandler(this::serve)
                .listen()
                .map(listening -> {
                    server = listening;
                    String host = reached.indexOf(':') < 0 ? reached : "[" + reached + "]";
                    url = "http://" + host + ":" + listening.actualPort();
                    log.info("this worker serves models to other workers at {}", url);
                    return null;
                });
    }

    public Future<Void> close() {
        return server == null ? Future.succeededFuture() : server.close();
    }

    /** Null: serves nothing. */
    public String url() {
        return url;
    }

    /** Sets the key of the tokens, as the controller gave it. @param base64 null: from a controller of an older version */
    public void key(String base64) {
        try {
            key = base64 == null ? null : Base64.getUrlDecoder().decode(base64);
        } catch (IllegalArgumentException cause) {
            log.warn("the controller's key for serving models cannot be read");
        }
    }

    /** How many bytes it has given out since its start. */
    public long servedBytes() {
        return served.get();
    }

    private void serve(HttpServerRequest request) {
        String path = request.path();
        String digest = path != null && path.startsWith(DownloadHosts.PEER_PATH)
                ? path.substring(DownloadHosts.PEER_PATH.length())
                : "";
        boolean reads = request.method() == HttpMethod.GET || request.method() == HttpMethod.HEAD;
        if (!reads || !Sha256.isHex(digest) || !digest.equals(digest.toLowerCase(java.util.Locale.ROOT))) {
            end(request.response(), reads ? 404 : 405);
            return;
        }
        byte[] now = key;
        if (now == null || !PeerToken.opens(token(request), now, digest, clock.instant())) {
            end(request.response(), 401);
            return;
        }
        if (streams.incrementAndGet() > settings.peerStreams()) {
            streams.decrementAndGet();
            end(request.response(), 429);
            return;
        }
        var over = new AtomicInteger();
        request.response().closeHandler(closed -> left(over));
        request.response().endHandler(ended -> left(over));
        vertx.executeBlocking(() -> size(digest), false)
                .onSuccess(size -> answer(request, digest, size))
                .onFailure(cause -> end(request.response(), 500));
    }

    private void left(AtomicInteger over) {
        if (over.getAndSet(1) == 0) {
            streams.decrementAndGet();
        }
    }

    /** -1: not here. */
    private long size(String digest) throws IOException {
        return contents.has(digest) ? Files.size(contents.blob(digest)) : -1;
    }

    private void answer(HttpServerRequest request, String digest, long size) {
        HttpServerResponse response = request.response();
        if (size < 0) {
            end(response, cache.isComing(digest) ? 503 : 404);
            return;
        }
        String tag = '"' + digest + '"';
        response.putHeader("ETag", tag).putHeader("Accept-Ranges", "bytes");
        ByteRange range = ByteRange.of(request.getHeader("Range"), request.getHeader("If-Range"), tag, size);
        if (range == null) {
            response.putHeader("Content-Range", "bytes */" + size);
            end(response, 416);
            return;
        }
        if (range.partial()) {
            response.setStatusCode(206).putHeader("Content-Range", range.contentRange(size));
        }
        response.putHeader("Content-Type", "application/octet-stream");
        if (request.method() == HttpMethod.HEAD) {
            response.putHeader("Content-Length", String.valueOf(range.length())).end();
            return;
        }
        send(request, contents.blob(digest), range.first(), range.length());
    }

    private void send(HttpServerRequest request, Path file, long from, long length) {
        long began = System.nanoTime();
        request.response()
                .sendFile(file.toString(), from, length)
                .onSuccess(sent -> {
                    served.addAndGet(length);
                    long millis = Math.max(1, (System.nanoTime() - began) / 1_000_000);
                    log.info(
                            "gave {} bytes of {} to {}, {} bytes/s",
                            length,
                            file.getFileName(),
                            request.remoteAddress().hostAddress(),
                            length * 1_000 / millis);
                })
                .onFailure(cause -> log.debug("a peer broke off: {}", cause.getMessage()));
    }

    private static String token(HttpServerRequest request) {
        String header = request.getHeader("Authorization");
        return header != null && header.startsWith(BEARER) ? header.substring(BEARER.length()) : null;
    }

    private static void end(HttpServerResponse response, int status) {
        if (!response.ended() && !response.closed()) {
            response.setStatusCode(status).end();
        }
    }
}
