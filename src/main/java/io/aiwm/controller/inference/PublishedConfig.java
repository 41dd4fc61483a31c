package io.aiwm.controller.inference;

import io.aiwm.inference.route.GatewayConfig;
import io.aiwm.inference.route.Routes;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The configuration of gateways that was published last, who is told of the next one, and what can be named in it. Any thread may read. */
final class PublishedConfig {
    private static final Logger LOG = LoggerFactory.getLogger(PublishedConfig.class);

    private final List<Consumer<GatewayConfig>> listeners = new CopyOnWriteArrayList<>();
    private volatile GatewayConfig config = GatewayConfig.EMPTY;
    private volatile Names names = new Names(GatewayConfig.EMPTY, new Routes(GatewayConfig.EMPTY));

    /** What can be named, made when somebody asks. */
    private record Names(GatewayConfig of, Routes routes) {}

    /** As {@link GatewayConfigs#onChange}. */
    void onChange(Consumer<GatewayConfig> listener) {
        listeners.add(listener);
    }

    GatewayConfig config() {
        return config;
    }

    /** As {@link GatewayConfigs#knows}. */
    boolean knows(String name) {
        return names().routes.knows(name);
    }

    /** As {@link GatewayConfigs#context(String)}. */
    int context(String name) {
        Names now = names();
        Set<String> ids = Set.copyOf(now.routes.all(name));
        return now.of.deployments().stream()
                .filter(one -> ids.contains(one.id()) && one.context() > 0)
                .mapToInt(GatewayConfig.Deployed::context)
                .min()
                .orElse(0);
    }

    /** As {@link GatewayConfigs#resolved}. */
    ResolvedModels resolved() {
        Names now = names();
        return new ResolvedModels(now.of, now.routes);
    }

    private Names names() {
        GatewayConfig now = config;
        Names seen = names;
        if (seen.of != now) {
            seen = new Names(now, new Routes(now));
            names = seen;
        }
        return seen;
    }

    /** Publishes one that differs from the last by more than its revision. One thread only. */
    void publish(GatewayConfig next) {
        if (next.equals(withRevision(config, next.revision()))) {
            return;
        }
        config = next;
        for (Consumer<GatewayConfig> listener : listeners) {
            try {
                listener.accept(next);
            } catch (RuntimeException cause) {
                LOG.error("a listener to the gateway's configuration broke", cause);
            }
        }
    }

    private static GatewayConfig withRevision(GatewayConfig of, long revision) {
        return new GatewayConfig(revision, of.deployments(), of.endpoints(), of.aliases(), of.keys(), of.teams());
    }
}
