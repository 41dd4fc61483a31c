package io.aiwm.controller.inference;

import io.aiwm.inference.route.GatewayConfig;
import io.aiwm.inference.route.GatewayConfig.Deployed;
import io.aiwm.inference.route.Routes;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What the names of models lead to at one moment, as it is shown: no addresses of endpoints, and no secrets. Immutable. */
public final class ResolvedModels {
    /** Of what one name leads to. */
    private static final int MOST_SHOWN = 32;

    private final Routes routes;
    private final Map<String, GatewayConfig.Alias> aliases = new HashMap<>();
    /** By id. */
    private final Map<String, JsonObject> shown = new HashMap<>();

    public ResolvedModels(GatewayConfig config, Routes routes) {
        this.routes = routes;
        config.aliases().forEach(alias -> aliases.put(alias.name(), alias));
        config.deployments().forEach(one -> shown.put(one.id(), deployment(one)));
        config.endpoints().forEach(one -> shown.put(one.id(), endpoint(one)));
    }

    /** Whether a call of this name has somewhere to go, stopped or not. */
    public boolean isCallable(String name) {
        return !routes.all(name).isEmpty();
    }

    /** With {@code leadsTo}, what may take a call: empty where nothing has the name. Of an alias with its targets. */
    public JsonObject of(String name) {
        var leadsTo = new JsonArray();
        List<String> ids = routes.all(name);
        ids.stream().map(shown::get).filter(Objects::nonNull).limit(MOST_SHOWN).forEach(leadsTo::add);
        var resolved = new JsonObject();
        GatewayConfig.Alias alias = aliases.get(name);
        if (alias != null) {
            var targets = new JsonArray();
            alias.targets()
                    .forEach(one ->
                            targets.add(new JsonObject().put("to", one.to()).put("weight", one.weight())));
            resolved.put("alias", alias.name()).put("targets", targets);
            if (!alias.fallback().isEmpty()) {
                resolved.put("fallback", new JsonArray(alias.fallback()));
            }
        }
        return resolved.put("leadsTo", leadsTo);
    }

    private static JsonObject deployment(Deployed deployed) {
        return known(new JsonObject()
                .put("kind", "deployment")
                .put("id", deployed.id())
                .put("name", deployed.name())
                .put("engine", deployed.engine())
                .put("model", deployed.modelName())
                .put("modelVersion", deployed.modelVersion())
                .put("context", deployed.context() == 0 ? null : deployed.context())
                .put("state", deployed.state()));
    }

    private static JsonObject endpoint(GatewayConfig.External endpoint) {
        return known(new JsonObject()
                .put("kind", "endpoint")
                .put("id", endpoint.id())
                .put("name", endpoint.name())
                .put("model", endpoint.upstreamModel()));
    }

    private static JsonObject known(JsonObject all) {
        all.getMap().values().removeIf(Objects::isNull);
        return all;
    }
}
