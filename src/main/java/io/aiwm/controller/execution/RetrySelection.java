package io.aiwm.controller.execution;

import io.aiwm.common.Failure;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Which steps of an execution that has ended run again; without any of these, those that did not complete. Pure.
 *
 * @param resetCompleted every step, those that completed too
 * @param steps these, and of the steps after them those that did not complete; empty: not asked for
 * @param from this step and every step after it; null: not asked for
 */
public record RetrySelection(boolean resetCompleted, List<Integer> steps, Integer from) {
    public static final RetrySelection UNFINISHED = new RetrySelection(false, null, null);
    public static final RetrySelection EVERYTHING = new RetrySelection(true, null, null);

    /** So many steps are named in the audit trail; more are counted. */
    private static final int NAMED = 10;

    public RetrySelection {
        steps = steps == null ? List.of() : List.copyOf(steps);
    }

    /** Whether it takes steps of an execution all of whose steps completed. */
    boolean takesCompleted() {
        return resetCompleted || from != null || !steps.isEmpty();
    }

    /**
     * The indices of the steps that run again. Fails with UNPROCESSABLE, naming the field, when steps are chosen in two
     * ways, do not exist, or depend on one that did not complete and does not run again.
     */
    BitSet of(List<Step> all) {
        refuseTwoWays();
        var chosen = new BitSet(all.size());
        if (from != null) {
            choose(from, "/from", all, chosen);
            refuseBlocked(from, "/from", all, chosen);
            addDependants(all, chosen, step -> true);
            return chosen;
        }
        if (steps.isEmpty()) {
            all.stream()
                    .filter(step -> resetCompleted || step.status() != StepState.COMPLETED)
                    .forEach(step -> chosen.set(step.spec().index()));
            return chosen;
        }
        for (int i = 0; i < steps.size(); i++) {
            choose(steps.get(i), "/steps/" + i, all, chosen);
        }
        for (int i = 0; i < steps.size(); i++) {
            refuseBlocked(steps.get(i), "/steps/" + i, all, chosen);
        }
        addDependants(all, chosen, step -> step.status() != StepState.COMPLETED);
        return chosen;
    }

    /** How the audit trail calls it. */
    String words() {
        if (from != null) {
            return "step " + from + " and every step after it";
        }
        if (steps.isEmpty()) {
            return resetCompleted ? "every step" : "unfinished steps";
        }
        return steps.size() > NAMED
                ? steps.size() + " steps"
                : "steps " + steps.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }

    private void refuseTwoWays() {
        if (from != null && !steps.isEmpty()) {
            throw Failure.unprocessable("/from", "goes without steps");
        }
        if (resetCompleted && (from != null || !steps.isEmpty())) {
            throw Failure.unprocessable("/resetCompleted", "goes without steps and from");
        }
    }

    private static void choose(int index, String pointer, List<Step> all, BitSet chosen) {
        if (index < 0 || index >= all.size()) {
            throw Failure.unprocessable(
                    pointer, "step " + index + " does not exist; steps are 0 to " + (all.size() - 1));
        }
        chosen.set(index);
    }

    /** A step that cannot run would only be dropped again. */
    private static void refuseBlocked(int index, String pointer, List<Step> all, BitSet chosen) {
        StepSpec spec = all.get(index).spec();
        for (int on : spec.dependsOn()) {
            Step needed = all.get(on);
            if (spec.needs(needed.spec()) && needed.status() != StepState.COMPLETED && !chosen.get(on)) {
                throw Failure.unprocessable(
                        pointer,
                        "step " + index + " depends on step " + on + ", which ended " + needed.status()
                                + "; run that one again");
            }
        }
    }

    private static void addDependants(List<Step> all, BitSet chosen, Predicate<Step> takes) {
        var after = new ArrayList<List<Step>>(all.size());
        all.forEach(step -> after.add(new ArrayList<>(2)));
        all.forEach(step -> step.spec().dependsOn().forEach(on -> after.get(on).add(step)));
        var open = new ArrayDeque<Integer>();
        chosen.stream().forEach(open::add);
        while (!open.isEmpty()) {
            for (Step next : after.get(open.poll())) {
                int index = next.spec().index();
                if (!chosen.get(index) && takes.test(next)) {
                    chosen.set(index);
                    open.add(index);
                }
            }
        }
    }
}
