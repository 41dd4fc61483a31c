package io.aiwm.inference.usage;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;

/**
 * One call that has ended. Holds neither prompt nor answer.
 *
 * @param id unique, so that a replayed one is counted once
 * @param at when it ended
 * @param keyId null: a signed token
 * @param team null: none
 * @param model as the caller named it; {@code unknown}: it named none that there is
 * @param deploymentId null: none was reached, or an external endpoint
 * @param endpointId null: none was reached, or a deployment
 * @param replicaId null: none was reached
 * @param operation path below {@code /v1}, for example {@code chat/completions}
 * @param status of HTTP as the caller saw it; 499: the caller went away
 * @param errorCode null: it succeeded
 * @param promptTokens as the engine counted; where it did not, an estimate
 * @param queueMillis waited for a replica
 * @param firstTokenMillis from the arrival of the call to the first byte of the answer's body; −1: there was none
 * @param durationMillis from the arrival to the end
 */
@RecordBuilder
public record CallUsage(
        String id,
        Instant at,
        String keyId,
        String user,
        String team,
        String model,
        String deploymentId,
        String endpointId,
        String replicaId,
        String nodeId,
        String operation,
        boolean streamed,
        int status,
        String errorCode,
        long promptTokens,
        long completionTokens,
        long queueMillis,
        long firstTokenMillis,
        long durationMillis) {}
