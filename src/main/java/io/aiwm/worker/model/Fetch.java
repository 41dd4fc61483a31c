package io.aiwm.worker.model;

import io.aiwm.common.PrivateFiles;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.worker.command.Command;
import io.aiwm.worker.command.CommandFailure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.file.AsyncFile;
import io.vertx.core.file.OpenOptions;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.net.URI;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One download into a part file, taken up where an earlier one stopped. Redirects are followed by hand, because each
 * target must be checked and a credential must not travel to another host.
 */
final class Fetch {
    private static final int MAX_REDIRECTS = 3;
    private static final long LOOK_EVERY_MS = 500;

    /**
     * Where the file comes from.
     *
     * @param authorization header for the host of the URL; null: none
     * @param checked whether a checksum will show if parts of two versions were put together
     */
    record Source(URI url, String authorization, boolean checked) {}

    private final Vertx vertx;
    private final HttpClient client;
    private final DownloadHosts hosts;
    private final ModelFiles files;
    private final Command command;
    private final String name;
    private final Source source;
    private final AtomicReference<HttpClientRequest> current = new AtomicReference<>();

    Fetch(
            Vertx vertx,
            HttpClient client,
            DownloadHosts hosts,
            ModelFiles files,
            Command command,
            String name,
            Source source) {
        this.vertx = vertx;
        this.client = client;
        this.hosts = hosts;
        this.files = files;
        this.command = command;
        this.name = name;
        this.source = source;
        command.cancelled().onSuccess(ignored -> {
            HttpClientRequest request = current.get();
            if (request != null) {
                request.reset();
            }
        });
    }

    /** Succeeds when the part file is whole. */
    Future<Void> run() {
        return vertx.executeBlocking(() -> files.resumable(name, source.url().toString(), source.checked()), false)
                .compose(offset -> get(source.url(), offset, MAX_REDIRECTS))
                .recover(cause -> Future.failedFuture(named(cause)));
    }

    private Future<Void> get(URI url, long offset, int redirectsLeft) {
        return hosts.resolve(url)
                .compose(address -> vertx.executeBlocking(() -> files.begun(name), false)
                        .map(begun -> request(url, address.getHostAddress(), offset, begun)))
                .compose(client::request)
                .compose(request -> {
                    if (command.cancelled().isComplete()) {
                        return Future.failedFuture("cancelled");
                    }
                    current.set(request);
                    return request.send();
                })
                .compose(response -> {
                    response.pause();
                    return answered(url, offset, redirectsLeft, response);
                });
    }

    private RequestOptions request(URI url, String address, long offset, ModelFiles.Part begun) {
        boolean tls = "https".equalsIgnoreCase(url.getScheme());
        int port = port(url);
        String path = url.getRawPath().isEmpty() ? "/" : url.getRawPath();
        var options = new RequestOptions()
                .setMethod(HttpMethod.GET)
                .setHost(url.getHost())
                .setPort(port)
                .setSsl(tls)
                .setServer(SocketAddress.inetSocketAddress(port, address))
                .setURI(url.getRawQuery() == null ? path : path + "?" + url.getRawQuery())
                .putHeader("Accept-Encoding", "identity")
                .putHeader("User-Agent", "aiwm");
        if (source.authorization() != null && sameHost(source.url(), url)) {
            options.putHeader("Authorization", source.authorization());
        }
        if (offset > 0) {
            options.putHeader("Range", "bytes=" + offset + "-");
            if (begun != null && begun.version() != null) {
                options.putHeader("If-Range", begun.version());
            }
        }
        return options;
    }

    private Future<Void> answered(URI url, long offset, int redirectsLeft, HttpClientResponse response) {
        int status = response.statusCode();
        return switch (status) {
            case 200 -> save(response, 0);
            case 206 -> offset > 0 && startsAt(response, offset) ? save(response, offset) : again(url, response);
            case 416 -> beyondTheEnd(url, offset, response);
            case 301, 302, 303, 307, 308 -> redirected(url, offset, redirectsLeft, response);
            default -> refused(status, response);
        };
    }

    private Future<Void> beyondTheEnd(URI url, long offset, HttpClientResponse response) {
        if (offset > 0 && ("bytes */" + offset).equals(response.getHeader("Content-Range"))) {
            // all of it was here already
            response.request().reset();
            return Future.succeededFuture();
        }
        return offset > 0 ? again(url, response) : refused(416, response);
    }

    private Future<Void> redirected(URI url, long offset, int redirectsLeft, HttpClientResponse response) {
        String location = response.getHeader("Location");
        response.request().reset();
        return location == null || redirectsLeft == 0
                ? Future.failedFuture(new CommandFailure(
                        ErrorCategory.INVALID, "more than " + MAX_REDIRECTS + " redirects, or one to nowhere"))
                : get(DownloadHosts.url(url.resolve(location).toString()), offset, redirectsLeft - 1);
    }

    private Future<Void> refused(int status, HttpClientResponse response) {
        response.request().reset();
        ErrorCategory category = switch (status) {
            case 404, 410 -> ErrorCategory.NOT_FOUND;
            case 401, 403 -> ErrorCategory.POLICY;
            default -> status >= 500 || status == 429 ? ErrorCategory.NETWORK : ErrorCategory.INVALID;
        };
        return Future.failedFuture(new CommandFailure(category, "the server answered with " + status));
    }

    /** What is here does not fit what the server has: from the beginning. */
    private Future<Void> again(URI url, HttpClientResponse response) {
        response.request().reset();
        return vertx.executeBlocking(
                        () -> {
                            files.discardPart(name);
                            return null;
                        },
                        false)
                .compose(ignored -> get(url, 0, 0));
    }

    private Future<Void> save(HttpClientResponse response, long offset) {
        String length = response.getHeader("Content-Length");
        long total = length == null ? -1 : offset + Long.parseLong(length);
        String etag = response.getHeader("ETag");
        // a weak tag does not promise the same bytes
        String version = etag != null && !etag.startsWith("W/") ? etag : response.getHeader("Last-Modified");
        return vertx.<Void>executeBlocking(
                        () -> {
                            long needed = total - offset;
                            if (needed > files.freeBytes()) {
                                throw new CommandFailure(
                                        ErrorCategory.RESOURCE_EXHAUSTED,
                                        "the model needs " + needed + " bytes more than this node's disk has free");
                            }
                            if (offset == 0) {
                                files.begin(
                                        name, new ModelFiles.Part(source.url().toString(), version));
                            }
                            return null;
                        },
                        false)
                .compose(ready -> vertx.fileSystem()
                        .open(
                                files.part(name).toString(),
                                new OpenOptions()
                                        .setWrite(true)
                                        .setCreate(true)
                                        .setPerms(PrivateFiles.MODE)
                                        .setAppend(offset > 0)))
                .compose(file -> copy(response, file, total))
                .onFailure(cause -> response.request().reset());
    }

    private Future<Void> copy(HttpClientResponse response, AsyncFile file, long total) {
        long timer = vertx.setPeriodic(LOOK_EVERY_MS, ignored -> {
            long here = file.getWritePos();
            command.progress().accept(total > 0 ? (int) (here * 99 / total) : 0, "downloaded " + here + " bytes");
        });
        return response.pipeTo(file).onComplete(done -> vertx.cancelTimer(timer));
    }

    private static boolean startsAt(HttpClientResponse response, long offset) {
        String range = response.getHeader("Content-Range");
        return range != null && range.startsWith("bytes " + offset + "-");
    }

    private static boolean sameHost(URI one, URI other) {
        return one.getHost().equalsIgnoreCase(other.getHost())
                && port(one) == port(other)
                && one.getScheme().equalsIgnoreCase(other.getScheme());
    }

    private static int port(URI url) {
        return url.getPort() > 0 ? url.getPort() : "https".equalsIgnoreCase(url.getScheme()) ? 443 : 80;
    }

    private CommandFailure named(Throwable cause) {
        return cause instanceof CommandFailure failure
                ? failure
                : new CommandFailure(
                        ErrorCategory.NETWORK,
                        "the download from " + source.url().getHost() + " broke off: " + cause.getMessage());
    }
}
