package io.aiwm.worker.model;

import io.aiwm.common.HostAddresses;
import io.aiwm.common.InternalAddresses;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.ModelSource;
import io.aiwm.protocol.ModelUrl;
import io.aiwm.worker.command.CommandFailure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;

/**
 * Where models may come from: http and https, and no internal address unless this worker's own policy names the host. Two
 * exceptions, which give nothing away: the controller's own address for the object store, and addresses of a private network
 * for peers, of which nothing but the content of the wanted digest is asked.
 */
final class DownloadHosts {
    static final String PEER_PATH = "/models/blobs/";

    private final Vertx vertx;
    private final List<String> allowed;
    private final URI reached;
    private volatile URI controller;

    /** @param controller null: not known by a URL */
    DownloadHosts(Vertx vertx, List<String> allowed, URI controller) {
        this.vertx = vertx;
        this.allowed = allowed == null ? List.of() : List.copyOf(allowed);
        this.reached = web(controller);
        this.controller = reached;
    }

    /** The same server by http or https. */
    private static URI web(URI url) {
        return url == null ? null : URI.create(url.toString().replaceFirst("^ws", "http"));
    }

    /** Takes where the controller has its object store; null: where this worker reaches it. */
    void objectsAt(String url) {
        boolean usable = reached == null && url != null && ModelUrl.mistake(url) == null;
        controller = usable ? URI.create(url.strip()) : reached;
    }

    /** The order with whole URLs, where the store is named by paths of the controller. Fails with {@code invalid}. */
    ModelOrder placed(ModelOrder order) {
        return order.at(controller);
    }

    /** Fails with {@code invalid}. */
    static URI url(String text) {
        String mistake = ModelUrl.mistake(text == null ? "" : text);
        if (mistake != null) {
            throw new CommandFailure(ErrorCategory.INVALID, "data.url " + mistake);
        }
        return URI.create(text.strip());
    }

    /**
     * The address to connect to: the one that was checked, so that a name that resolves differently a moment later leads
     * nowhere else. Fails with {@code policy}, {@code invalid} or {@code network}.
     *
     * @param url of the source, or where it redirects to
     * @param sha256 what is wanted; null: not known
     */
    Future<InetAddress> resolve(ModelOrder.Source source, URI url, String sha256) {
        boolean peer = source.kind() == ModelSource.Kind.peer;
        if (peer
                && (sha256 == null
                        || url.getRawQuery() != null
                        || !url.getRawPath().equals(PEER_PATH + sha256))) {
            return Future.failedFuture(
                    new CommandFailure(ErrorCategory.INVALID, "of a peer only the content of the digest is asked"));
        }
        String host = HostAddresses.bare(url.getHost());
        boolean named = allowed.contains(host) || (source.kind() == ModelSource.Kind.store && isController(url));
        return vertx.executeBlocking(() -> check(host, named, peer), false);
    }

    boolean isController(URI url) {
        URI now = controller;
        return now != null
                && now.getHost().equalsIgnoreCase(url.getHost())
                && HostAddresses.port(now) == HostAddresses.port(url);
    }

    private static InetAddress check(String host, boolean named, boolean peer) {
        try {
            return HostAddresses.resolve(
                    host, internal -> named || (peer && InternalAddresses.isPrivateNetwork(internal)));
        } catch (UnknownHostException cause) {
            throw new CommandFailure(ErrorCategory.NETWORK, host + " cannot be resolved");
        } catch (HostAddresses.InternalHostException cause) {
            throw new CommandFailure(CommandError.of(
                            ErrorCategory.POLICY,
                            cause.getMessage() + "; allow it in this worker's policy.allowedDownloadHosts")
                    .onThisNode());
        }
    }
}
