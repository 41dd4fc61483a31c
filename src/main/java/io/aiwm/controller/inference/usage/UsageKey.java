package io.aiwm.controller.inference.usage;

import io.aiwm.common.Json;
import io.aiwm.common.Sha256;
import io.aiwm.inference.usage.CallUsage;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * What calls are counted together.
 *
 * @param hour its beginning
 * @param model as callers named it; null: a name that led nowhere, which may be anything
 */
@RecordBuilder
record UsageKey(
        Instant hour,
        String keyId,
        String user,
        String team,
        String model,
        String deploymentId,
        String endpointId,
        String nodeId) {
    private static final int MAX_MODEL_CHARS = 200;

    static UsageKey of(CallUsage call) {
        boolean reached = call.deploymentId() != null || call.endpointId() != null;
        String model = reached ? call.model() : null;
        return UsageKeyBuilder.builder()
                .hour(call.at().truncatedTo(ChronoUnit.HOURS))
                .keyId(call.keyId())
                .user(call.user())
                .team(call.team())
                .model(model == null || model.length() <= MAX_MODEL_CHARS ? model : model.substring(0, MAX_MODEL_CHARS))
                .deploymentId(call.deploymentId())
                .endpointId(call.endpointId())
                .nodeId(call.nodeId())
                .build();
    }

    /** The same hour and caller, whatever was called: what is counted when there is too much to tell apart. */
    UsageKey coarse() {
        return UsageKeyBuilder.builder(this)
                .model(null)
                .deploymentId(null)
                .endpointId(null)
                .nodeId(null)
                .build();
    }

    String id() {
        return "use_" + Sha256.hex(Json.encode(this)).substring(0, 40);
    }
}
