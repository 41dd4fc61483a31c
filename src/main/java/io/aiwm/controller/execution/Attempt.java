package io.aiwm.controller.execution;

import io.aiwm.protocol.CommandError;
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
        return new Attempt(
                nodeId, messageId, queuedAt, now, deadline, null, null, null, null, null, claim, null, false);
    }

    Attempt started(Instant at) {
        return underWay(deadline, at, eviction);
    }

    /** Its result is waited for until then. */
    Attempt until(Instant moved) {
        return underWay(moved, startedAt, eviction);
    }

    Attempt evicting(Eviction asked) {
        return underWay(deadline, startedAt, asked);
    }

    private Attempt underWay(Instant until, Instant began, Eviction asked) {
        return new Attempt(
                nodeId, messageId, queuedAt, assignedAt, until, began, null, null, null, null, claim, asked, outputs);
    }

    Attempt closed(StepState how, CommandError why, Instant began, Instant ended, String byMessage) {
        Instant start = began == null ? startedAt : began;
        return new Attempt(
                nodeId,
                messageId,
                queuedAt,
                assignedAt,
                deadline,
                start,
                ended,
                how,
                why,
                byMessage,
                claim,
                eviction,
                outputs);
    }

    Attempt withOutputs() {
        return new Attempt(
                nodeId,
                messageId,
                queuedAt,
                assignedAt,
                deadline,
                startedAt,
                finishedAt,
                outcome,
                error,
                resultMessageId,
                claim,
                eviction,
                true);
    }

    /** Whether it is being taken from its node and the worker has not yet said that it stopped. */
    public boolean evictionUnderWay() {
        return open() && eviction != null;
    }

    public boolean open() {
        return outcome == null;
    }
}
