package io.aiwm.controller.notification;

import io.aiwm.common.AllowedHosts;
import io.aiwm.common.Failure;
import io.aiwm.common.HostAddresses;
import io.aiwm.common.RetryAfter;
import io.aiwm.controller.notification.SendFailure.Concerns;
import io.aiwm.controller.secret.SecretRef;
import io.aiwm.controller.secret.StoredSecrets;
import io.aiwm.protocol.ModelUrl;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Sends notices to webhooks. An address is judged when it is connected to, and it is the judged address that is connected to; a
 * redirect is an answer and is not followed. Secrets are read right before the request and go nowhere else.
 */
final class WebhookSender implements Sender {
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final int CONNECT_MILLIS = 5_000;
    private static final int MOST_CONNECTIONS = 32;
    private static final int MOST_WAITING = 256;
    private static final Duration LONGEST_WAIT = Duration.ofHours(1);
    private static final int GONE = 410;
    /** Refusals of the address, of the caller and of its pace; the others are of what was sent. */
    private static final Set<Integer> OF_THE_TARGET = Set.of(401, 403, 404, 405, 407, 408, GONE, 421, 425, 429);

    private final StoredSecrets secrets;
    private final AllowedHosts hosts;
    private final InstantSource clock;
    private final Duration patience;
    private final HttpClient client;

    /** @param allowed hosts that may be reached although they are internal */
    WebhookSender(Vertx vertx, StoredSecrets secrets, List<String> allowed, InstantSource clock) {
        this(vertx, secrets, allowed, clock, PATIENCE);
    }

    WebhookSender(Vertx vertx, StoredSecrets secrets, List<String> allowed, InstantSource clock, Duration patience) {
        this.secrets = secrets;
        this.hosts = new AllowedHosts(vertx, allowed);
        this.clock = clock;
        this.patience = patience;
        this.client = vertx.createHttpClient(
                new HttpClientOptions().setConnectTimeout(CONNECT_MILLIS),
                new PoolOptions().setHttp1MaxSize(MOST_CONNECTIONS).setMaxWaitQueueSize(MOST_WAITING));
    }

    @Override
    public int atOnce() {
        return 1;
    }

    @Override
    public Future<Void> send(Target target, List<Notice> notices) {
        Notice notice = notices.get(0);
        WebhookForms.Content content = WebhookForms.of(target.form(), notice);
        return url(target)
                .compose(url -> secret(target.signingSecret())
                        .compose(secret -> resolve(url)
                                .compose(address -> client.request(
                                                options(url, address, content).putHeader("webhook-id", notice.id()))
                                        .compose(request -> {
                                            sign(notice, content, secret)
                                                    .forEach(
                                                            header -> request.putHeader(header.name(), header.value()));
                                            return request.send(content.body());
                                        }))))
                .compose(this::answered)
                .timeout(patience.toMillis(), TimeUnit.MILLISECONDS)
                .recover(cause -> Future.failedFuture(
                        cause instanceof SendFailure || cause instanceof Failure
                                ? SendFailure.of(cause)
                                : UnreachableReason.of("it", cause)));
    }

    private record Header(String name, String value) {}

    private List<Header> sign(Notice notice, WebhookForms.Content content, String secret) {
        if (secret == null) {
            return List.of();
        }
        long timestamp = clock.instant().getEpochSecond();
        String signature = WebhookSignature.of(secret, notice.id(), timestamp, content.body());
        if (signature == null) {
            throw SendFailure.passing("its signing secret is shorter than 16 bytes, or no base64");
        }
        return List.of(
                new Header("webhook-timestamp", Long.toString(timestamp)), new Header("webhook-signature", signature));
    }

    private Future<URI> url(Target target) {
        return target.urlSecret() == null
                ? Future.succeededFuture(URI.create(target.url()))
                : secret(target.urlSecret()).map(text -> {
                    if (ModelUrl.mistake(text) != null) {
                        throw SendFailure.passing("secret " + target.urlSecret().secret() + " is no URL of a webhook");
                    }
                    return URI.create(text.strip());
                });
    }

    private Future<String> secret(SecretRef ref) {
        return ref == null ? Future.succeededFuture() : secrets.value(ref.secret());
    }

    private Future<Void> answered(HttpClientResponse response) {
        int status = response.statusCode();
        // the body is of no use, and may be endless
        response.exceptionHandler(reset -> {});
        if (status >= 200 && status < 300) {
            response.request().reset();
            return Future.succeededFuture();
        }
        Duration wait = RetryAfter.of(response.getHeader("Retry-After"), clock.instant(), LONGEST_WAIT);
        response.request().reset();
        return Future.failedFuture(new SendFailure("it answered " + status, status == GONE, concerned(status), wait));
    }

    private static Concerns concerned(int status) {
        return status >= 400 && status < 500 && !OF_THE_TARGET.contains(status) ? Concerns.NOTICE : Concerns.TARGET;
    }

    private RequestOptions options(URI url, InetAddress address, WebhookForms.Content content) {
        var options = HostAddresses.request(HttpMethod.POST, url, address)
                .setFollowRedirects(false)
                // a request that is given up must not keep its connection: there are few of each host
                .setIdleTimeout(patience.toMillis())
                .putHeader("Content-Type", content.type())
                .putHeader("User-Agent", "aiwm");
        content.headers().forEach(options::putHeader);
        return options;
    }

    private Future<InetAddress> resolve(URI url) {
        return hosts.resolve(url).recover(cause -> Future.failedFuture(refused(cause)));
    }

    private static Throwable refused(Throwable cause) {
        if (cause instanceof UnknownHostException) {
            return SendFailure.passing("its name cannot be resolved");
        }
        return cause instanceof HostAddresses.InternalHostException
                ? SendFailure.passing("it has an internal address (private, loopback or link-local), which the setting"
                        + " notifications.internalHosts does not allow")
                : cause;
    }

    @Override
    public Future<Void> close() {
        return client.close();
    }
}
