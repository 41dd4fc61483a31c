package io.aiwm.controller.model.hub;

import io.aiwm.common.AllowedHosts;
import io.aiwm.common.HostAddresses;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.ModelUrl;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;

/**
 * GET requests to servers that users name. Each address is judged when it is connected to, also those of redirects, and it is
 * the judged address that is connected to; a credential goes to the host it is for and to no other.
 */
public final class GuardedHttp {
    private static final int MOST_REDIRECTS = 5;
    private static final int CONNECT_MILLIS = 10_000;
    private static final int SILENCE_SECONDS = 60;
    private static final int MOST_CONNECTIONS = 16;

    private final AllowedHosts hosts;
    private final HttpClient client;

    /** @param allowed hosts that may be reached although they are internal */
    public GuardedHttp(Vertx vertx, List<String> allowed) {
        this.hosts = new AllowedHosts(vertx, allowed);
        this.client = vertx.createHttpClient(
                new HttpClientOptions().setConnectTimeout(CONNECT_MILLIS).setReadIdleTimeout(SILENCE_SECONDS),
                new io.vertx.core.http.PoolOptions().setHttp1MaxSize(MOST_CONNECTIONS));
    }

    /**
     * @param authorization header for the host of the URL; null: none
     * @param headers further ones
     */
    public record Get(URI url, String authorization, Map<String, String> headers) {}

    /**
     * What a server answers with, paused.
     *
     * @param first the answer to the first request, which may have been a redirect that says more of the file
     * @param last the answer with the body
     */
    public record Answer(HttpClientResponse first, HttpClientResponse last, URI from) {
        /** Of the first answer that has it; null: none. */
        public String header(String name) {
            String said = first.getHeader(name);
            return said == null ? last.getHeader(name) : said;
        }

        /** Nobody reads on. */
        public void drop() {
            last.request().reset();
        }
    }

    /** The text as a URL that may be fetched. Fails with {@code invalid}. */
    public static URI url(String text) {
        String mistake = ModelUrl.mistake(text);
        if (mistake != null) {
            throw DownloadFailure.of(ErrorCategory.INVALID, "the URL " + mistake);
        }
        return URI.create(text.strip());
    }

    /** Succeeds with an answer of 200, 206 or 416, paused; fails with a {@link DownloadFailure}. */
    public Future<Answer> get(Get wanted) {
        return get(wanted, wanted.url(), null, MOST_REDIRECTS);
    }

    private Future<Answer> get(Get wanted, URI url, HttpClientResponse first, int redirectsLeft) {
        return resolve(url)
                .compose(address -> client.request(options(wanted, url, address)))
                .compose(HttpClientRequest::send)
                .recover(cause -> Future.failedFuture(DownloadFailure.of(cause, url.getHost())))
                .compose(response -> {
                    response.pause();
                    HttpClientResponse began = first == null ? response : first;
                    return switch (response.statusCode()) {
                        case 200, 206, 416 -> Future.succeededFuture(new Answer(began, response, url));
                        case 301, 302, 303, 307, 308 -> {
                            String location = response.getHeader("Location");
                            leave(response);
                            yield location == null || redirectsLeft == 0
                                    ? Future.failedFuture(DownloadFailure.of(
                                            ErrorCategory.INVALID,
                                            "more than " + MOST_REDIRECTS + " redirects, or one to nowhere"))
                                    : get(wanted, target(url, location), began, redirectsLeft - 1);
                        }
                        default -> {
                            leave(response);
                            yield Future.failedFuture(HubRefusals.of(response, url.getHost()));
                        }
                    };
                });
    }

    /** Its body is of no use. Where nobody listens, each reset is an error with a stack in the log. */
    private static void leave(HttpClientResponse response) {
        response.exceptionHandler(reset -> {}).request().reset();
    }

    private static URI target(URI from, String location) {
        try {
            return url(from.resolve(location).toString());
        } catch (IllegalArgumentException unreadable) {
            throw DownloadFailure.of(ErrorCategory.INVALID, from.getHost() + " redirects to what is no URL");
        }
    }

    private static RequestOptions options(Get wanted, URI url, InetAddress address) {
        var options = HostAddresses.request(HttpMethod.GET, url, address)
                .putHeader("Accept-Encoding", "identity")
                .putHeader("User-Agent", "aiwm");
        wanted.headers().forEach(options::putHeader);
        if (wanted.authorization() != null && isSameHost(wanted.url(), url)) {
            options.putHeader("Authorization", wanted.authorization());
        }
        return options;
    }

    private Future<InetAddress> resolve(URI url) {
        return hosts.resolve(url).recover(cause -> Future.failedFuture(refused(url, cause)));
    }

    private static Throwable refused(URI url, Throwable cause) {
        if (cause instanceof UnknownHostException) {
            return DownloadFailure.passing(HostAddresses.bare(url.getHost()) + " cannot be resolved");
        }
        return cause instanceof HostAddresses.InternalHostException
                ? DownloadFailure.of(
                        ErrorCategory.POLICY, cause.getMessage() + "; allow it in models.allowedDownloadHosts")
                : cause;
    }

    private static boolean isSameHost(URI one, URI other) {
        return one.getHost().equalsIgnoreCase(other.getHost())
                && HostAddresses.port(one) == HostAddresses.port(other)
                && one.getScheme().equalsIgnoreCase(other.getScheme());
    }

    public Future<Void> close() {
        return client.close();
    }
}
