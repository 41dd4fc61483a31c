package io.aiwm.controller.inference;

import io.aiwm.inference.Gateway.Load;
import io.aiwm.inference.route.GatewayConfig;
import io.aiwm.inference.route.GatewayConfig.Deployed;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** What can be called at a gateway, and how it is, as it is shown. Containers without an engine are left out: they are no models. */
public final class CallableModels {
    private static final Load IDLE = new Load(0, 0);

    private final Supplier<GatewayConfig> config;
    private final Supplier<Map<String, Load>> load;
    private final Predicate<String> known;

    /** @param load calls under way, by id of deployment or endpoint. @param known whether a call may name it */
    public CallableModels(Supplier<GatewayConfig> config, Supplier<Map<String, Load>> load, Predicate<String> known) {
        this.config = config;
        this.load = load;
        this.known = known;
    }

    /** @param nextCursor null on the last page */
    public record Page(List<JsonObject> items, String nextCursor, long total) {}

    /** One page, by name. Fails with INVALID when the cursor is not one of a page before. */
    public Page find(int limit, String cursor) {
        String after = NameCursor.read(cursor);
        NavigableMap<String, JsonObject> all = all();
        var items = new ArrayList<JsonObject>();
        String last = null;
        for (Map.Entry<String, JsonObject> one : all.tailMap(after, false).entrySet()) {
            if (items.size() == limit) {
                return new Page(items, NameCursor.after(last), all.size());
            }
            items.add(one.getValue());
            last = one.getKey();
        }
        return new Page(items, null, all.size());
    }

    private NavigableMap<String, JsonObject> all() {
        GatewayConfig now = config.get();
        Map<String, Load> loads = load.get();
        var all = new TreeMap<String, JsonObject>();
        for (GatewayConfig.Alias alias : now.aliases()) {
            all.put(alias.name() + "\n0", alias(alias));
        }
        for (Deployed deployed : now.deployments()) {
            if (deployed.engine() != null || deployed.modelName() != null) {
                all.put(
                        deployed.name() + "\n1" + deployed.id(),
                        deployment(deployed, loads.getOrDefault(deployed.id(), IDLE)));
            }
        }
        for (GatewayConfig.External endpoint : now.endpoints()) {
            all.put(endpoint.name() + "\n2", endpoint(endpoint, loads.getOrDefault(endpoint.id(), IDLE)));
        }
        return all;
    }

    private JsonObject alias(GatewayConfig.Alias alias) {
        var targets = new JsonArray();
        alias.targets()
                .forEach(one -> targets.add(new JsonObject().put("to", one.to()).put("weight", one.weight())));
        boolean callable = alias.targets().stream().anyMatch(one -> known.test(one.to()))
                || alias.fallback().stream().anyMatch(known);
        var shown = new JsonObject()
                .put("name", alias.name())
                .put("kind", "alias")
                .put("targets", targets)
                .put("state", callable ? "RESOLVED" : "UNRESOLVED");
        return alias.fallback().isEmpty() ? shown : shown.put("fallback", new JsonArray(alias.fallback()));
    }

    private static JsonObject deployment(Deployed deployed, Load load) {
        var shown = new JsonObject()
                .put("name", deployed.name())
                .put("kind", "deployment")
                .put("deploymentId", deployed.id())
                .put("engine", deployed.engine())
                .put("model", deployed.modelName())
                .put("modelVersion", deployed.modelVersion())
                .put("modelAliases", deployed.modelAliases().isEmpty() ? null : new JsonArray(deployed.modelAliases()))
                .put("state", deployed.state())
                .put("reason", deployed.reason())
                .put("ready", deployed.replicas().size())
                .put("context", deployed.context() == 0 ? null : deployed.context());
        return counted(shown, deployed.concurrency(), load);
    }

    private static JsonObject endpoint(GatewayConfig.External endpoint, Load load) {
        var shown = new JsonObject()
                .put("name", endpoint.name())
                .put("kind", "endpoint")
                .put("model", endpoint.upstreamModel())
                .put("state", "RUNNING");
        return counted(shown, endpoint.concurrency(), load);
    }

    private static JsonObject counted(JsonObject shown, int concurrency, Load load) {
        shown.put("concurrency", concurrency == 0 ? null : concurrency)
                .put("inFlight", load.inFlight())
                .put("waiting", load.waiting());
        shown.getMap().values().removeIf(Objects::isNull);
        return shown;
    }
}
