package io.aiwm.controller.inference;

import io.aiwm.inference.route.GatewayConfig;

/** Which words a call may name, as docs/inference.md orders them: aliases, deployments, endpoints, models. Pure. */
final class CallableNames {
    private CallableNames() {}

    static boolean has(GatewayConfig config, String name) {
        return config.aliases().stream().anyMatch(alias -> alias.name().equals(name))
                || config.endpoints().stream().anyMatch(endpoint -> endpoint.name().equals(name))
                || config.deployments().stream().anyMatch(deployed -> has(deployed, name));
    }

    private static boolean has(GatewayConfig.Deployed deployed, String name) {
        if (name.equals(deployed.name()) || name.equals(deployed.modelName())) {
            return true;
        }
        int at = name.lastIndexOf('@');
        if (at < 0) {
            return false;
        }
        String base = name.substring(0, at);
        String ref = name.substring(at + 1);
        return (base.equals(deployed.name()) || base.equals(deployed.modelName()))
                && (ref.equals(String.valueOf(deployed.modelVersion()))
                        || deployed.modelAliases().contains(ref));
    }
}
