package io.aiwm.controller.execution;

import static java.util.Objects.requireNonNull;

import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.FileKind;
import io.aiwm.protocol.JobCommand;
import io.aiwm.protocol.TransferProgress;
import io.soabase.recordbuilder.core.RecordBuilder;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * A step and how far it is. Changed only through the methods here, each of which asks {@link StepState}.
 *
 * @param progress 0 to 100, of the current attempt
 * @param message what the worker says it is doing, or why the step waits; null when there is nothing to say
 * @param transfer how far an open attempt is that brings files; null: it does not, or has not said so
 * @param notBefore backoff: no attempt before this; null: at once
 * @param priorAttempts attempts made before the last explicit retry; they no longer count against the limits
 */
@RecordBuilder
public record Step(
        StepSpec spec,
        StepState status,
        int progress,
        String message,
        TransferProgress transfer,
        JsonObject output,
        CommandError error,
        Instant queuedAt,
        Instant notBefore,
        int priorAttempts,
        List<Attempt> attempts) {

    static Step of(StepSpec spec) {
        return StepBuilder.builder()
                .spec(spec)
                .status(StepState.PENDING)
                .attempts(List.of())
                .build();
    }

    /** See {@link Execution#check}. */
    void check(int index) {
        requireNonNull(status, "status");
        requireNonNull(requireNonNull(spec, "spec").command(), "command");
        if (spec.index() != index) {
            throw new IllegalStateException("step " + index + " says that it is step " + spec.index());
        }
        if (attempts != null) {
            attempts.forEach(attempt -> requireNonNull(attempt.nodeId(), "attempts.nodeId"));
        }
        if (status.isOpenAttempt()) {
            requireNonNull(requireNonNull(current(), "attempts").deadline(), "attempts.deadline");
        }
    }

    /** The number of the newest attempt; 0 before the first. */
    public int attempt() {
        return attempts == null ? 0 : attempts.size();
    }

    /** The newest attempt, or null. */
    public Attempt current() {
        return attempt() == 0 ? null : attempts.get(attempts.size() - 1);
    }

    /** Where the newest attempt is or was; null before the first. */
    public String nodeId() {
        return attempt() == 0 ? null : current().nodeId();
    }

    /** Until when the result of the newest attempt is waited for: a program that runs at its deadline is told to end then. */
    Instant due() {
        Attempt attempt = current();
        return attempt.startedAt() == null
                ? attempt.deadline()
                : attempt.deadline().plus(ResultGrace.of(spec));
    }

    Step queued(Instant now, Instant notBeforeOrNull, String why) {
        return become(StepState.QUEUED)
                .progress(0)
                .message(why)
                .queuedAt(now)
                .notBefore(notBeforeOrNull)
                .build();
    }

    /** Says why it waits. Numbers alone (how many nodes are full) are no news worth a write. */
    Step waiting(String why) {
        return message != null && withoutNumbers(why).equals(withoutNumbers(message))
                ? this
                : but().message(why).build();
    }

    private static String withoutNumbers(String words) {
        return words.replaceAll("[0-9]+", "#");
    }

    Step assigned(String nodeId, String messageId, Instant now, Instant deadline, Claim claim) {
        var grown = new ArrayList<Attempt>(attempt() + 1);
        grown.addAll(attempts);
        grown.add(Attempt.opened(nodeId, messageId, queuedAt, now, deadline, claim));
        return become(StepState.ASSIGNED)
                .progress(0)
                .attempts(List.copyOf(grown))
                .build();
    }

    Step running(Instant at) {
        return become(StepState.RUNNING)
                .message(message)
                .attempts(last(current().started(at)))
                .build();
    }

    /** The open attempt is asked to end so that its place becomes free. */
    Step evicting(Eviction eviction) {
        return withNewest(current().evicting(eviction));
    }

    /** The result of the open attempt is waited for until then. */
    Step until(Instant moved) {
        return withNewest(current().until(moved));
    }

    /** The newest attempt, which has ended, has sent outputs. */
    Step withOutputs() {
        return withNewest(current().withOutputs());
    }

    private Step withNewest(Attempt newest) {
        return but().attempts(last(newest)).build();
    }

    /** The outputs that an attempt goes on from: the newest that were sent before it. Null: none, or it is not asked for. */
    public String resumeFile(CommandId command) {
        if (!JobCommand.RESUME_FROM_OUTPUTS.equals(spec.data().getValue("resumeFrom"))) {
            return null;
        }
        for (int earlier = command.attempt() - 1; earlier > 0; earlier--) {
            if (attempts.get(earlier - 1).outputs()) {
                var made = new CommandId(command.executionId(), command.stepIndex(), earlier);
                return CommandId.fileId(made.toString(), FileKind.outputs);
            }
        }
        return null;
    }

    Step progressed(int percent, String text, TransferProgress now) {
        return but().progress(percent).message(text).transfer(now).build();
    }

    Step completed(JsonObject result, Instant began, Instant now, String byMessage) {
        return become(StepState.COMPLETED)
                .progress(100)
                .output(result)
                .attempts(last(current().closed(StepState.COMPLETED, null, began, now, byMessage)))
                .build();
    }

    /** Ends the open attempt, and the step with it. */
    Step ended(StepState how, CommandError why, JsonObject result, Instant began, Instant now, String byMessage) {
        return become(how)
                .output(result)
                .error(why)
                .attempts(last(current().closed(how, why, began, now, byMessage)))
                .build();
    }

    /** Ends the open attempt and queues the step for the next one. */
    Step requeued(
            StepState how, CommandError why, Instant began, Instant now, Instant notBeforeOrNull, String byMessage) {
        return become(StepState.QUEUED)
                .progress(0)
                .message("attempt " + attempt() + " ended: " + why.message())
                .error(why)
                .queuedAt(now)
                .notBefore(notBeforeOrNull)
                .attempts(last(current().closed(how, why, began, now, byMessage)))
                .build();
    }

    /** Ends a step that has no open attempt. */
    Step dropped(StepState how, CommandError why) {
        return become(how).error(why).build();
    }

    /** The same with another specification. */
    Step with(StepSpec changed) {
        return changed == spec ? this : but().spec(changed).build();
    }

    /** An explicit retry: the only way out of a final state. */
    Step reset() {
        return StepBuilder.builder(of(spec))
                .priorAttempts(attempt())
                .attempts(attempts)
                .build();
    }

    /** Begins a copy in another state; what was said, sent or waited for in this one does not go with it. */
    private StepBuilder become(StepState to) {
        if (!status.mayBecome(to)) {
            throw new IllegalStateException("a step may not go from " + status + " to " + to);
        }
        return but().status(to)
                .message(null)
                .transfer(null)
                .output(null)
                .error(null)
                .notBefore(null);
    }

    private StepBuilder but() {
        return StepBuilder.builder(this);
    }

    private List<Attempt> last(Attempt replaced) {
        if (attempts.size() == 1) {
            return List.of(replaced);
        }
        var copy = new ArrayList<>(attempts);
        copy.set(copy.size() - 1, replaced);
        return List.copyOf(copy);
    }
}
