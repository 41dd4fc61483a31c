package io.aiwm.controller.inference;

import io.aiwm.common.Failure;
import io.aiwm.common.HostAddresses;
import io.aiwm.common.NameLookups;
import io.aiwm.protocol.ModelUrl;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.URI;
import java.net.UnknownHostException;

/** Where external endpoints may be. The gateway judges the address again when it connects: names come to mean other addresses. */
final class EndpointRules {
    private static final String FIELD = "/baseUrl";

    private final NameLookups names;
    private final boolean internalAllowed;

    EndpointRules(Vertx vertx, boolean internalAllowed) {
        this.names = new NameLookups(vertx);
        this.internalAllowed = internalAllowed;
    }

    /** Succeeds with the URL without a slash at its end. Fails with UNPROCESSABLE naming what is wrong. */
    Future<String> check(String baseUrl) {
        String mistake = ModelUrl.mistake(baseUrl);
        if (mistake != null) {
            return refused(mistake);
        }
        URI url = URI.create(baseUrl.strip());
        if (url.getRawQuery() != null || url.getRawFragment() != null) {
            return refused("must end with its path: a query or a fragment would be lost");
        }
        String text = url.toString().replaceFirst("/+$", "");
        if (internalAllowed) {
            return Future.succeededFuture(text);
        }
        // a name may take seconds to be resolved
        return names.run(() -> isInternal(url.getHost()))
                .compose(internal -> internal
                        ? refused("has an internal address (private, loopback or link-local), which the setting"
                                + " inference.internalEndpoints allows")
                        : Future.succeededFuture(text));
    }

    private static boolean isInternal(String host) {
        try {
            HostAddresses.resolve(host, internal -> false);
            return false;
        } catch (HostAddresses.InternalHostException internal) {
            return true;
        } catch (UnknownHostException notNow) {
            // it may be known later, and is judged then
            return false;
        }
    }

    private static Future<String> refused(String why) {
        return Future.failedFuture(Failure.unprocessable(FIELD, why));
    }
}
