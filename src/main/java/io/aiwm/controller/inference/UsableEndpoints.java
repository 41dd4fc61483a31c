package io.aiwm.controller.inference;

import io.aiwm.common.Failure;
import io.aiwm.controller.secret.AuthorizationValue;
import io.aiwm.controller.secret.StoredSecrets;
import io.aiwm.inference.route.GatewayConfig.External;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The endpoints with the values of the secrets that they send. */
final class UsableEndpoints {
    private final Endpoints endpoints;
    private final StoredSecrets secrets;

    UsableEndpoints(Endpoints endpoints, StoredSecrets secrets) {
        this.endpoints = endpoints;
        this.secrets = secrets;
    }

    /** @param troubles why an endpoint cannot be used, by its name: its secret is missing or cannot be read */
    record Read(List<External> usable, Map<String, String> troubles) {
        static final Read NONE = new Read(List.of(), Map.of());
    }

    /** Fails when the store cannot be read. */
    Future<Read> read() {
        return endpoints.all().compose(all -> {
            var usable = new ArrayList<External>();
            var troubles = new TreeMap<String, String>();
            Future<Void> done = Future.succeededFuture();
            for (ExternalEndpoint endpoint : all) {
                done = done.compose(next -> authorization(endpoint, troubles)).map(value -> {
                    if (!troubles.containsKey(endpoint.id())) {
                        usable.add(new External(
                                endpoint.id(),
                                endpoint.id(),
                                endpoint.baseUrl(),
                                value,
                                endpoint.upstreamModel(),
                                endpoint.concurrency()));
                    }
                    return null;
                });
            }
            return done.map(read -> new Read(List.copyOf(usable), Map.copyOf(troubles)));
        });
    }

    private Future<String> authorization(ExternalEndpoint endpoint, Map<String, String> troubles) {
        if (endpoint.authorization() == null) {
            return Future.succeededFuture();
        }
        String name = endpoint.authorization().secret();
        return secrets.value(name)
                .map(secret -> {
                    String value = AuthorizationValue.of(secret);
                    if (value == null) {
                        troubles.put(endpoint.id(), AuthorizationValue.unsendable(name));
                    }
                    return value;
                })
                .recover(cause -> switch (Failure.of(cause).kind) {
                    case NOT_FOUND, UNPROCESSABLE -> {
                        troubles.put(endpoint.id(), cause.getMessage());
                        yield Future.succeededFuture();
                    }
                    case INTERNAL -> {
                        // a damaged record keeps one endpoint away, not all
                        troubles.put(endpoint.id(), "the secret " + name + " cannot be read");
                        yield Future.succeededFuture();
                    }
                    default -> Future.failedFuture(cause);
                });
    }
}
