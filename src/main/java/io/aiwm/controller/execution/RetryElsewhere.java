package io.aiwm.controller.execution;

import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandNames;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What a step does that one node cannot do and another may (a port of the node is taken, its policy forbids it, it lacks an
 * image): it is placed again, on a node where it has not failed so, together with the steps that run where it runs. That
 * costs no retry. Pure.
 */
public final class RetryElsewhere {
    /** After so many nodes it is more likely the step's fault, or the fleet's. */
    static final int MOST_NODES = 8;

    private RetryElsewhere() {}

    /** The record with the step to be placed again; null where that is not to be. */
    static Execution again(
            Execution seen,
            Step step,
            StepState how,
            CommandError error,
            Instant began,
            Instant now,
            String byMessage) {
        Step placed = placed(seen.steps(), step);
        if (!error.elsewhere()
                || placed == null
                || seen.cancelAsked()
                || avoided(seen, placed).size() >= MOST_NODES
                || step.spec().optional()
                || !mayLeave(seen.steps(), placed, step)) {
            return null;
        }
        Execution told = seen.noted(
                now, "system", "elsewhere", step.spec().index(), "node " + step.nodeId() + ": " + error.message());
        if (placed == step) {
            return told.withStep(step.requeued(how, error, began, now, null, byMessage));
        }
        Execution moved = told.withStep(
                step.ended(how, error, null, began, now, byMessage).reset());
        for (Step other : seen.steps()) {
            boolean done = other.status() == StepState.COMPLETED;
            if (other != step && done && placed(seen.steps(), other) == placed) {
                moved = moved.withStep(other.reset());
            }
        }
        return moved;
    }

    /** The step whose place is this one's: itself, or the one it runs where that ran. Null where a node is named. */
    private static Step placed(List<Step> steps, Step step) {
        Step at = step;
        while (at.spec().sameNodeAs() != null && at.spec().nodeId() == null) {
            at = steps.get(at.spec().sameNodeAs());
        }
        return at.spec().nodeId() == null ? at : null;
    }

    /** What else runs, or ran, on that node must be able to be done again: a program must not, a download may. */
    private static boolean mayLeave(List<Step> steps, Step placed, Step step) {
        for (Step other : steps) {
            if (other == step || placed(steps, other) != placed) {
                continue;
            }
            boolean done = other.status() == StepState.COMPLETED;
            if (other.status().isOpenAttempt()
                    || (done && !other.spec().command().equals(CommandNames.MODEL_DOWNLOAD))) {
                return false;
            }
        }
        return true;
    }

    /** Nodes that the step is not to be placed on again: it, or one that runs where it runs, has failed there. */
    public static List<String> avoided(Execution execution, Step step) {
        return avoided(execution.steps(), step, execution.startedAt());
    }

    /** @param since the last explicit retry: what failed before may have been mended */
    static List<String> avoided(List<Step> steps, Step step, Instant since) {
        if (step.attempt() == 0 || step.spec().nodeId() != null || step.spec().sameNodeAs() != null) {
            return List.of();
        }
        List<String> nodes = null;
        for (Step other : steps) {
            if (placed(steps, other) != step) {
                continue;
            }
            for (Attempt attempt : other.attempts()) {
                boolean failed = attempt.error() != null
                        && attempt.error().elsewhere()
                        && !attempt.assignedAt().isBefore(since);
                if (failed) {
                    nodes = nodes == null ? new ArrayList<>(2) : nodes;
                    if (!nodes.contains(attempt.nodeId())) {
                        nodes.add(attempt.nodeId());
                    }
                }
            }
        }
        return nodes == null ? List.of() : List.copyOf(nodes);
    }

    /** Why a step that no other node can take has failed: what the nodes that were tried said last. */
    static CommandError nowhere(List<Step> steps, Step step, List<String> avoided) {
        CommandError last = null;
        Instant at = Instant.MIN;
        for (Step other : steps) {
            if (placed(steps, other) != step) {
                continue;
            }
            for (Attempt attempt : other.attempts()) {
                boolean failed = attempt.error() != null && attempt.error().elsewhere();
                if (failed && !attempt.finishedAt().isBefore(at)) {
                    last = attempt.error();
                    at = attempt.finishedAt();
                }
            }
        }
        String tried = avoided.size() == 1 ? "" : "on each of " + String.join(", ", avoided) + ": ";
        return new CommandError(last.category(), tried + last.message(), false);
    }
}
