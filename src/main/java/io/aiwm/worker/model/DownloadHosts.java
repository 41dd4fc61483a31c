package io.aiwm.worker.model;

import io.aiwm.common.InternalAddresses;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.ModelUrl;
import io.aiwm.worker.command.CommandFailure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;

/** Where models may come from: http and https, and no internal address unless this worker's own policy names the host. */
final class DownloadHosts {
    private final Vertx vertx;
    private final List<String> allowed;

    DownloadHosts(Vertx vertx, List<String> allowed) {
        this.vertx = vertx;
        this.allowed = allowed == null ? List.of() : List.copyOf(allowed);
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
     * nowhere else. Fails with {@code policy} or {@code network}.
     */
    Future<InetAddress> resolve(URI url) {
        String host = url.getHost().startsWith("[")
                ? url.getHost().substring(1, url.getHost().length() - 1)
                : url.getHost();
        return vertx.executeBlocking(() -> check(host), false);
    }

    private InetAddress check(String host) {
        InetAddress[] addresses;
        try {
            addresses = InetAddress.getAllByName(host);
        } catch (UnknownHostException cause) {
            throw new CommandFailure(ErrorCategory.NETWORK, host + " cannot be resolved");
        }
        if (allowed.contains(host)) {
            return addresses[0];
        }
        for (InetAddress address : addresses) {
            if (InternalAddresses.contains(address)) {
                throw new CommandFailure(CommandError.of(
                                ErrorCategory.POLICY,
                                host + " is an internal address; allow it in this worker's policy.allowedDownloadHosts")
                        .onThisNode());
            }
        }
        return addresses[0];
    }
}
