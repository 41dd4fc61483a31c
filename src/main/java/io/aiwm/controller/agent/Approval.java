package io.aiwm.controller.agent;

import static java.util.Objects.requireNonNull;

import io.aiwm.controller.store.Checked;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;

/**
 * A tool call that waits for somebody's word, as stored in collection {@code agentApprovals}. Written by {@link Approvals} only.
 *
 * @param why {@code call}: the tool is to be asked for; {@code repeat}: whether an earlier call was done is not known
 * @param arguments as the model wrote them
 * @param changedArguments that are sent instead; null: the model's
 * @param expiresAt it counts as denied then
 * @param reason of a denial; the model sees it
 * @param userSince when the user was made; null: by an earlier version, which did not store it
 */
@RecordBuilder
public record Approval(
        String id,
        long version,
        String conversationId,
        String executionId,
        int stepIndex,
        int round,
        String agentId,
        String toolId,
        String toolName,
        String user,
        Instant userSince,
        String why,
        String arguments,
        String changedArguments,
        State state,
        String reason,
        String decidedBy,
        Instant decidedAt,
        Instant createdAt,
        Instant expiresAt)
        implements Checked {

    /** How far it is. */
    public enum State {
        PENDING,
        APPROVED,
        /** The call was begun after the approval. */
        STARTED,
        DENIED,
        EXPIRED
    }

    static String id(String executionId, int step, int round) {
        return "appr_" + executionId.substring(executionId.indexOf('_') + 1) + ":" + step + ":" + round;
    }

    @Override
    public void check() {
        requireNonNull(id, "id");
        requireNonNull(state, "state");
        requireNonNull(createdAt, "createdAt");
        requireNonNull(expiresAt, "expiresAt");
    }

    boolean isOf(UserIdentity caller) {
        return caller.owns(user, userSince, createdAt);
    }

    Approval withVersion(long next) {
        return ApprovalBuilder.builder(this).version(next).build();
    }
}
