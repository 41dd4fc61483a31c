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
 * @param model as callers named it; {@link #UNKNOWN}: a name that led nowhere, which may be anything; null: there are too many to tell apart
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
    static final String UNKNOWN = "unknown";
    private static final int MAX_MODEL_CHARS = 200;

    static UsageKey of(CallUsage call) {
        boolean reached = call.deploymentId() != null || call.endpointId() != null;
        // proxies of earlier versions tell also names that there are not
        String model = call.model() == null || (!reached && call.status() == 404) ? UNKNOWN : call.model();
        return UsageKeyBuilder.builder()
                .hour(call.at().truncatedTo(ChronoUnit.HOURS))
                .keyId(call.keyId())
                .user(call.user())
                .team(call.team())
                .model(model.length() <= MAX_MODEL_CHARS ? model : model.substring(0, MAX_MODEL_CHARS))
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
