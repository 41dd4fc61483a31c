package io.aiwm.controller.execution;

import io.aiwm.protocol.CommandError;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;

/**
 * One try of a step on one node. The attempt's number is its place in the list, from 1; the number grows in the same
 * write that names the node (invariant I4).
 *
 * @param messageId of the command's envelope, the same in every repeated delivery
 * @param deadline when it must have ended; a job that runs is told to end then, see {@link Step#due}
 * @param startedAt when the worker began; null until it said so
 * @param outcome how it ended (COMPLETED, FAILED, TIMEOUT, CANCELLED); null while it is open
 * @param resultMessageId the message that brought the outcome; null when none did
 * @param claim what it was promised of the node; null: a slot and nothing more
 * @param eviction not null: it is being taken from its node, or was
 * @param outputs whether its worker has sent outputs of it
 */
@RecordBuilder
public record Attempt(
        String nodeId,
        String messageId,
        Instant queuedAt,
        Instant assignedAt,
        Instant deadline,
        Instant startedAt,
        Instant finishedAt,
        StepState outcome,
        CommandError error,
        String resultMessageId,
        Claim claim,
        Eviction eviction,
        boolean outputs) {

    static Attempt opened(
            String nodeId, String messageId, Instant queuedAt, Instant now, Instant deadline, Claim claim) {
        return AttemptBuilder.builder()
                .nodeId(nodeId)
                .messageId(messageId)
                .queuedAt(queuedAt)
                .assignedAt(now)
                .deadline(deadline)
                .claim(claim)
                .build();
    }

    Attempt started(Instant at) {
        return but().startedAt(at).build();
    }

    /** Its result is waited for until then. */
    Attempt until(Instant moved) {
        return but().deadline(moved).build();
    }

    Attempt evicting(Eviction asked) {
        return but().eviction(asked).build();
    }

    private AttemptBuilder but() {
        return AttemptBuilder.builder(this);
    }

    Attempt closed(StepState how, CommandError why, Instant began, Instant ended, String byMessage) {
        return but().startedAt(began == null ? startedAt : began)
                .finishedAt(ended)
                .outcome(how)
                .error(why)
                .resultMessageId(byMessage)
                .build();
    }

    Attempt withOutputs() {
        return but().outputs(true).build();
    }

    /** Whether it is being taken from its node and the worker has not yet said that it stopped. */
    public boolean evictionUnderWay() {
        return open() && eviction != null;
    }

    public boolean open() {
        return outcome == null;
    }
}
