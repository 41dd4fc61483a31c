package io.aiwm.controller.inference;

import io.aiwm.common.Failure;
import io.aiwm.inference.route.GatewayConfig;
import io.aiwm.inference.route.Routes;
import io.vertx.core.Future;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Refuses to delete what somebody uses. A name is used when it can be called, or is known though nothing answers to it now, and would not
 * be without what is deleted: where another one answers to it, nobody misses the first. At the same moment another request may take it into use: its calls then fail, and say so.
 */
public final class InUseCheck {
    private static final int MOST_NAMED = 5;

    private final Supplier<GatewayConfig> config;
    private CallableUsers users = () -> Future.succeededFuture(List.of());

    /** @param config what can be called now */
    public InUseCheck(Supplier<GatewayConfig> config) {
        this.config = config;
    }

    /** Set once, before the first request. */
    public void usedBy(CallableUsers all) {
        users = all;
    }

    /** Fails with CONFLICT naming who uses it. @param force also when somebody does */
    public Future<Void> deployment(String id, String name, boolean force) {
        GatewayConfig now = config.get();
        var left =
                now.deployments().stream().filter(one -> !one.id().equals(id)).toList();
        return refuse(
                "deployment " + name,
                now,
                routes(left, now.endpoints(), now.aliases()),
                user -> name.equals(user.deployment()),
                force);
    }

    /** As {@link #deployment}. */
    public Future<Void> endpoint(String name, boolean force) {
        GatewayConfig now = config.get();
        var left =
                now.endpoints().stream().filter(one -> !one.name().equals(name)).toList();
        return refuse("endpoint " + name, now, routes(now.deployments(), left, now.aliases()), user -> false, force);
    }

    /** As {@link #deployment}. */
    public Future<Void> alias(String name, boolean force) {
        GatewayConfig now = config.get();
        return aliases("alias " + name, now, one -> !one.name().equals(name), force);
    }

    /** As {@link #deployment}, of all aliases but these. */
    public Future<Void> otherAliases(Set<String> kept, boolean force) {
        return aliases("an alias that is left out", config.get(), one -> kept.contains(one.name()), force);
    }

    private Future<Void> aliases(String what, GatewayConfig now, Predicate<GatewayConfig.Alias> kept, boolean force) {
        var left = now.aliases().stream().filter(kept).toList();
        return refuse(what, now, routes(now.deployments(), now.endpoints(), left), user -> false, force);
    }

    /** What names lead to, whoever calls. */
    private static Routes routes(
            List<GatewayConfig.Deployed> deployments,
            List<GatewayConfig.External> endpoints,
            List<GatewayConfig.Alias> aliases) {
        return new Routes(new GatewayConfig(0, deployments, endpoints, aliases, List.of(), List.of()));
    }

    private Future<Void> refuse(
            String what, GatewayConfig now, Routes after, Predicate<CallableUsers.User> besides, boolean force) {
        if (force) {
            return Future.succeededFuture();
        }
        var before = new Routes(now);
        return users.users().map(all -> {
            List<String> found = all.stream()
                    .filter(user -> besides.test(user) || (user.model() != null && isLost(user.model(), before, after)))
                    .map(CallableUsers.User::what)
                    .toList();
            if (!found.isEmpty()) {
                throw conflict(what, found);
            }
            return null;
        });
    }

    private static boolean isLost(String model, Routes before, Routes after) {
        boolean answered = !before.all(model).isEmpty() && after.all(model).isEmpty();
        return answered || (before.knows(model) && !after.knows(model));
    }

    private static Failure conflict(String what, List<String> found) {
        String named = found.stream().limit(MOST_NAMED).collect(Collectors.joining(", "))
                + (found.size() > MOST_NAMED ? " and " + (found.size() - MOST_NAMED) + " more" : "");
        return new Failure(
                Failure.Kind.CONFLICT,
                what + " is not deleted, unless force=true says so all the same: in use by " + named,
                List.of(new Failure.FieldError("query:force", "in use by " + named)));
    }
}
