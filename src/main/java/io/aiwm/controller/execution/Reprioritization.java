package io.aiwm.controller.execution;

import io.aiwm.common.Failure;
import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;

/** Gives what of an execution still waits for a node another priority. Pure. */
final class Reprioritization {
    private Reprioritization() {}

    /**
     * @param spec returns the step with the new priority, or the same instance where it has it already; asked for each step that is
     *     neither assigned nor has ended, and for each that the controller carries out
     * @param words how the audit trail calls it
     * @return the same instance where nothing changes; fails with CONFLICT when nothing of it waits
     */
    static Execution of(Execution seen, UnaryOperator<StepSpec> spec, String words, String actor, Instant now) {
        List<Step> waiting =
                seen.steps().stream().filter(Reprioritization::takes).toList();
        if (seen.status().isFinal() || seen.cancelAsked() || waiting.isEmpty()) {
            throw Failure.conflict(
                    seen.displayName() + " is " + seen.status() + (seen.cancelAsked() ? ", and is being cancelled" : "")
                            + "; a priority counts only while it waits");
        }
        List<Step> steps = seen.steps().stream()
                .map(step -> takes(step) ? step.with(spec.apply(step.spec())) : step)
                .toList();
        return steps.equals(seen.steps()) ? seen : seen.withSteps(steps).noted(now, actor, "prioritised", null, words);
    }

    private static boolean takes(Step step) {
        return step.status() == StepState.PENDING
                || step.status() == StepState.QUEUED
                || (!step.status().isFinal() && Placer.CONTROLLER.equals(step.nodeId()));
    }
}
