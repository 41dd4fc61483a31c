package io.aiwm.controller.inference;

import io.aiwm.inference.route.GatewayConfig.Weighted;
import java.util.List;

/** What an alias is to mean; the contract checks each field, {@link AliasRules} what they mean together. */
public record AliasRequest(List<Weighted> targets, List<String> fallback) {
    public AliasRequest {
        targets = targets == null ? List.of() : List.copyOf(targets);
        fallback = fallback == null ? List.of() : List.copyOf(fallback);
    }
}
