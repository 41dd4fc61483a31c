package io.aiwm.controller.execution;

import io.aiwm.common.Failure;
import io.aiwm.common.Failure.FieldError;
import io.aiwm.protocol.CommandNames;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Refuses steps that cannot make a DAG; every mistake at once, each with its path. */
final class Dag {
    private Dag() {}

    /** Fails with UNPROCESSABLE: no steps, too many, unknown command or step, a step that waits for itself, a cycle. */
    static void check(List<StepSpec> steps, int maxSteps) {
        if (steps.isEmpty()) {
            throw Failure.unprocessable("/steps", "must have at least one step");
        }
        if (steps.size() > maxSteps) {
            throw Failure.unprocessable("/steps", "has " + steps.size() + " steps; the limit is " + maxSteps);
        }
        var errors = new ArrayList<FieldError>();
        for (StepSpec step : steps) {
            checkStep(step, steps.size(), errors);
        }
        checkGangs(steps, errors);
        if (errors.isEmpty()) {
            List<Integer> cycle = cycle(steps);
            if (!cycle.isEmpty()) {
                String names = String.join(
                        " -> ", cycle.stream().map(i -> label(steps, i)).toList());
                errors.add(new FieldError("/steps/" + cycle.get(0) + "/dependsOn", "makes a cycle: " + names));
            }
        }
        if (!errors.isEmpty()) {
            FieldError first = errors.get(0);
            throw new Failure(Failure.Kind.UNPROCESSABLE, first.pointer() + ": " + first.detail(), errors);
        }
    }

    private static void checkStep(StepSpec step, int count, List<FieldError> errors) {
        String at = "/steps/" + step.index();
        if (!CommandNames.ALL.contains(step.command()) && !CommandNames.isControllers(step.command())) {
            errors.add(new FieldError(
                    at + "/command",
                    "\"" + step.command() + "\" is no command; known are "
                            + CommandNames.ALL.stream().sorted().toList()));
        }
        var seen = new HashSet<Integer>();
        for (int i = 0; i < step.dependsOn().size(); i++) {
            Integer on = step.dependsOn().get(i);
            String where = at + "/dependsOn/" + i;
            if (on == null || on < 0 || on >= count) {
                errors.add(new FieldError(where, "step " + on + " does not exist; steps are 0 to " + (count - 1)));
            } else if (on == step.index()) {
                errors.add(new FieldError(where, "a step cannot depend on itself"));
            } else if (!seen.add(on)) {
                errors.add(new FieldError(where, "step " + on + " is named twice"));
            }
        }
        if (step.sameNodeAs() != null && !step.dependsOn().contains(step.sameNodeAs())) {
            errors.add(new FieldError(at + "/sameNodeAs", "must be one of the steps in dependsOn"));
        }
    }

    /** A gang starts together, so its steps become ready together. */
    private static void checkGangs(List<StepSpec> steps, List<FieldError> errors) {
        var first = new HashMap<String, StepSpec>();
        for (StepSpec step : steps) {
            if (step.gang() == null) {
                continue;
            }
            StepSpec other = first.putIfAbsent(step.gang(), step);
            if (other != null && !Set.copyOf(other.dependsOn()).equals(Set.copyOf(step.dependsOn()))) {
                errors.add(new FieldError(
                        "/steps/" + step.index() + "/gang",
                        "steps of gang " + step.gang() + " must depend on the same steps; step " + other.index()
                                + " depends on others"));
            }
        }
    }

    /** The steps of one cycle, first repeated at the end; empty when there is none. */
    private static List<Integer> cycle(List<StepSpec> steps) {
        // Kahn: take away what waits for nothing; what cannot be taken away leads into a cycle
        int count = steps.size();
        var open = new int[count];
        var dependants = new ArrayList<List<Integer>>(count);
        for (int i = 0; i < count; i++) {
            dependants.add(new ArrayList<>(2));
        }
        var ready = new ArrayDeque<Integer>();
        for (StepSpec step : steps) {
            open[step.index()] = step.dependsOn().size();
            step.dependsOn().forEach(on -> dependants.get(on).add(step.index()));
            if (step.dependsOn().isEmpty()) {
                ready.add(step.index());
            }
        }
        int taken = 0;
        while (!ready.isEmpty()) {
            taken++;
            for (int next : dependants.get(ready.poll())) {
                if (--open[next] == 0) {
                    ready.add(next);
                }
            }
        }
        if (taken == count) {
            return List.of();
        }
        int at = 0;
        while (open[at] == 0) {
            at++;
        }
        // every step that is left waits for another that is left: walking back must come round
        var path = new ArrayList<Integer>();
        while (!path.contains(at)) {
            path.add(at);
            at = steps.get(at).dependsOn().stream()
                    .filter(on -> open[on] > 0)
                    .findFirst()
                    .orElseThrow();
        }
        var round = new ArrayList<>(path.subList(path.indexOf(at), path.size()));
        round.add(at);
        return round;
    }

    private static String label(List<StepSpec> steps, int index) {
        String name = steps.get(index).name();
        return name == null ? String.valueOf(index) : index + " (" + name + ")";
    }
}
