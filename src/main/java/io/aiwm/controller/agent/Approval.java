package io.aiwm.controller.agent;

import static java.util.Objects.requireNonNull;

import io.aiwm.controller.store.ValidatedRecord;
import io.soabase.recordbuilder.core.RecordBuilder;
import io.vertx.core.json.JsonObject;
import java.time.Instant;

/**
 * A tool call that waits for somebody's word, as stored in collection {@code agentApprovals}. Written by {@link Approvals} only.
 *
 * @param why {@code call}: the tool is to be asked for; {@code repeat}: whether an earlier call was done is not known
 * @param arguments as the model wrote them
 * @param changedArguments that are sent instead; null: the model's
 * @param expiresAt when {@code onExpiry} is decided
 * @param onExpiry what is decided when nobody has; null: it is denied
 * @param reason of a denial, which the model sees, and of an approval by nobody
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
        Instant expiresAt,
        Tool.ApprovalDefault onExpiry)
        implements ValidatedRecord {

    /** {@link #why}: the tool is to be asked for. */
    static final String CALL = "call";
    /** {@link #why}: whether an earlier call was done is not known. */
    static final String REPEAT = "repeat";

    /** How far it is. */
    public enum State {
        PENDING,
        APPROVED,
        /** The call was begun after the approval. */
        STARTED,
        DENIED,
        EXPIRED
    }

    public Approval {
        onExpiry = onExpiry == null ? Tool.ApprovalDefault.DENY : onExpiry;
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

    /** As an event of its turn. */
    JsonObject told() {
        return new JsonObject()
                .put("approvalId", id)
                .put("tool", toolName)
                .put("why", why)
                .put("expiresAt", expiresAt.toString())
                .put("onExpiry", onExpiry.wire());
    }

    Approval withVersion(long next) {
        return ApprovalBuilder.builder(this).version(next).build();
    }
}
