package io.aiwm.worker.model;

import io.aiwm.common.HostAddresses;
import io.aiwm.common.HttpStatus;
import io.aiwm.common.PrivateFiles;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.ModelSource;
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
 * One download of a content from one source into its half file, taken up where an earlier one stopped. Redirects are
 * followed by hand, because each target must be checked and a credential must not travel to another host; those of a peer
 * are not followed.
 */
final class Fetch {
    private static final int MAX_REDIRECTS = 3;
    private static final long LOOK_EVERY_MS = 500;

    /**
     * What a download needs of this worker.
     *
     * @param toController trusts the authorities of the controller's certificate
     */
    record Tools(Vertx vertx, HttpClient client, HttpClient toController, DownloadHosts hosts, ContentFiles contents) {
        /** Only the controller's own certificate may come from authorities of its own. */
        HttpClient clientTo(URI url) {
            return hosts.isController(url) ? toController : client;
        }
    }

    /**
     * What the pull that it belongs to says and hears.
     *
     * @param key of the half file
     * @param model for whom it is, in words
     */
    interface Job {
        String key();

        String model();

        ModelOrder.Content content();

        Future<Void> cancelled();

        /**
         * Makes room for so many bytes more. Succeeds with how many it may have in all. Fails with {@code resource-exhausted}.
         *
         * @param total -1: not known
         */
        Future<Long> room(long more, long total);

        void progress(long here, long total);
    }

    private final Vertx vertx;
    private final Tools tools;
    private final Job job;
    private final ModelOrder.Source source;
    private final PeerPatience patience;
    private final AtomicReference<HttpClientRequest> current = new AtomicReference<>();

    Fetch(Tools tools, Job job, ModelOrder.Source source) {
        this.vertx = tools.vertx;
        this.tools = tools;
        this.job = job;
        this.source = source;
        this.patience = new PeerPatience(source);
        job.cancelled().onSuccess(ignored -> {
            HttpClientRequest request = current.get();
            if (request != null) {
                request.reset();
            }
        });
    }

    /** Succeeds with how many bytes were here before, when the half file is whole. */
    Future<Long> run() {
        return vertx.executeBlocking(
                        () -> tools.contents.resumable(
                                job.key(), plain(source.url()), job.content().sha256() != null),
                        false)
                .compose(offset -> get(source.url(), offset, MAX_REDIRECTS).map(offset))
                .recover(cause -> Future.failedFuture(named(cause)));
    }

    private Future<Void> get(URI url, long offset, int redirectsLeft) {
        return tools.hosts
                .resolve(source, url, job.content().sha256())
                .compose(address -> vertx.executeBlocking(() -> tools.contents.begun(job.key()), false)
                        .map(begun -> request(url, address.getHostAddress(), offset, begun)))
                .compose(options -> tools.clientTo(url).request(options))
                .compose(request -> {
                    if (job.cancelled().isComplete()) {
                        request.reset();
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

    private RequestOptions request(URI url, String address, long offset, ContentFiles.Part begun) {
        boolean tls = "https".equalsIgnoreCase(url.getScheme());
        int port = HostAddresses.port(url);
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
        if (sameHost(source.url(), url)) {
            source.headers().forEach(options::putHeader);
        }
        if (offset > 0) {
            options.putHeader("Range", "bytes=" + offset + "-");
            if (begun != null && begun.version() != null && begun.url().equals(plain(source.url()))) {
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
            default -> refused(url, offset, response);
        };
    }

    private Future<Void> beyondTheEnd(URI url, long offset, HttpClientResponse response) {
        if (offset > 0 && ("bytes */" + offset).equals(response.getHeader("Content-Range"))) {
            // all of it was here already
            response.request().reset();
            return Future.succeededFuture();
        }
        return offset > 0 ? again(url, response) : refused(url, offset, response);
    }

    private Future<Void> redirected(URI url, long offset, int redirectsLeft, HttpClientResponse response) {
        String location = response.getHeader("Location");
        response.request().reset();
        return location == null || redirectsLeft == 0 || source.kind() == ModelSource.Kind.peer
                ? Future.failedFuture(new CommandFailure(
                        ErrorCategory.INVALID, "more than " + MAX_REDIRECTS + " redirects, or one to nowhere"))
                : get(DownloadHosts.url(url.resolve(location).toString()), offset, redirectsLeft - 1);
    }

    private Future<Void> refused(URI url, long offset, HttpClientResponse response) {
        int status = response.statusCode();
        response.request().reset();
        long pauseMs = patience.pauseMs(status);
        if (pauseMs > 0 && !job.cancelled().isComplete()) {
            return vertx.timer(pauseMs).compose(passed -> get(url, offset, 0));
        }
        ErrorCategory category = switch (status) {
            case 404, 410 -> ErrorCategory.NOT_FOUND;
            case 401, 403 -> ErrorCategory.POLICY;
            default -> HttpStatus.isPassing(status) ? ErrorCategory.NETWORK : ErrorCategory.INVALID;
        };
        return Future.failedFuture(new CommandFailure(category, "the server answered with " + status));
    }

    /** What is here does not fit what the server has: from the beginning. */
    private Future<Void> again(URI url, HttpClientResponse response) {
        response.request().reset();
        return vertx.executeBlocking(
                        () -> {
                            tools.contents.discard(job.key());
                            return null;
                        },
                        false)
                .compose(ignored -> get(url, 0, 0));
    }

    private Future<Void> save(HttpClientResponse response, long offset) {
        String length = response.getHeader("Content-Length");
        long total = length == null ? -1 : offset + Long.parseLong(length);
        Long wanted = job.content().sizeBytes();
        if (wanted != null && total >= 0 && total != wanted) {
            response.request().reset();
            return Future.failedFuture(new CommandFailure(
                    ErrorCategory.INVALID, "the server has " + total + " bytes, wanted are " + wanted));
        }
        String etag = response.getHeader("ETag");
        // a weak tag does not promise the same bytes
        String version = etag != null && !etag.startsWith("W/") ? etag : response.getHeader("Last-Modified");
        long whole = wanted == null ? total : wanted;
        return job.room(Math.max(0, whole - offset), whole)
                .compose(most -> vertx.<Void>executeBlocking(() -> begin(offset, version), false)
                        .compose(ready -> open(offset > 0))
                        .compose(file -> copy(response, file, whole, most)))
                .onFailure(cause -> response.request().reset());
    }

    private Future<AsyncFile> open(boolean append) {
        var options = new OpenOptions()
                .setWrite(true)
                .setCreate(true)
                .setPerms(PrivateFiles.MODE)
                .setAppend(append);
        return vertx.fileSystem().open(tools.contents.part(job.key()).toString(), options);
    }

    private Void begin(long offset, String version) throws java.io.IOException {
        if (offset == 0) {
            tools.contents.begin(job.key(), new ContentFiles.Part(job.model(), plain(source.url()), version));
        }
        return null;
    }

    private Future<Void> copy(HttpClientResponse response, AsyncFile file, long total, long most) {
        long timer = vertx.setPeriodic(LOOK_EVERY_MS, ignored -> {
            long here = file.getWritePos();
            job.progress(here, total);
            if (here > most) {
                response.request().reset();
            }
        });
        return response.pipeTo(file).onComplete(done -> vertx.cancelTimer(timer));
    }

    private static boolean startsAt(HttpClientResponse response, long offset) {
        String range = response.getHeader("Content-Range");
        return range != null && range.startsWith("bytes " + offset + "-");
    }

    private static boolean sameHost(URI one, URI other) {
        return one.getHost().equalsIgnoreCase(other.getHost())
                && HostAddresses.port(one) == HostAddresses.port(other)
                && one.getScheme().equalsIgnoreCase(other.getScheme());
    }

    /** Without the query, which may be a signature and differs each time. */
    private String plain(URI url) {
        return job.content().sha256() != null && url.getRawQuery() != null
                ? url.toString().substring(0, url.toString().indexOf('?'))
                : url.toString();
    }

    private CommandFailure named(Throwable cause) {
        return cause instanceof CommandFailure failure
                ? failure
                : new CommandFailure(
                        ErrorCategory.NETWORK,
                        "the download from " + source.url().getHost() + " broke off: " + cause.getMessage());
    }
}
