package io.aiwm.controller.agent;

import static java.util.Objects.requireNonNull;

import io.aiwm.controller.store.ValidatedRecord;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;

/**
 * What was said in a conversation up to a message, in short, as stored in collection {@code agentSummaries}. Written by
 * {@link Summaries} only.
 *
 * @param throughId the last message that it covers, and with it all before in its branch
 * @param executionId the turn that made it
 */
@RecordBuilder
record Summary(
        String id,
        long version,
        String conversationId,
        String throughId,
        String text,
        Message.Usage usage,
        String executionId,
        Instant createdAt)
        implements ValidatedRecord {

    private static final String PREFIX = "sum";

    /** The id of the one that a step of a turn makes: the same each time, so that it is stored once. */
    static String idOf(String executionId, int step) {
        return PREFIX + "_" + executionId.substring(executionId.indexOf('_') + 1) + ":" + step;
    }

    @Override
    public void check() {
        requireNonNull(id, "id");
        requireNonNull(conversationId, "conversationId");
        requireNonNull(throughId, "throughId");
        requireNonNull(text, "text");
        requireNonNull(createdAt, "createdAt");
    }

    Summary withVersion(long next) {
        return SummaryBuilder.builder(this).version(next).build();
    }
}
