package io.aiwm.controller.job;

import io.aiwm.common.Json;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.NewExecution;
import io.aiwm.controller.execution.NewExecutionBuilder;
import io.aiwm.controller.execution.StepSpec;
import io.aiwm.controller.execution.StepSpecBuilder;
import io.aiwm.protocol.CommandNames;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Data of {@code job.array}: the same program, many times, each time with another index.
 *
 * @param parallelism how many tasks are open at once, at most
 * @param tolerance how many tasks may fail: a whole number, or a share of all below 1
 * @param task the step of every task; {@code {index}} in its command and its environment becomes the task's
 *     ({@link IndexTemplate})
 */
record ArraySpec(int count, int parallelism, double tolerance, JsonObject task) {
    static final int MOST_TASKS = 10_000;
    static final int MOST_PARALLEL = 1_000;
    /** Names of environment variables that begin so are ours. */
    static final String VARIABLES = "AIWM_ARRAY_";

    static ArraySpec of(JobRequest job, StepSpec task) {
        int parallelism = job.parallelism() == null ? MOST_PARALLEL : job.parallelism();
        return new ArraySpec(
                job.count(),
                Math.min(parallelism, job.count()),
                job.tolerance() == null ? 0 : job.tolerance(),
                Json.toObject(task));
    }

    static boolean is(Execution execution) {
        return Execution.JOB.equals(execution.category())
                && execution.steps().get(0).spec().command().equals(CommandNames.JOB_ARRAY);
    }

    static ArraySpec of(Execution array) {
        return Json.decode(array.steps().get(0).spec().data(), ArraySpec.class);
    }

    /** The one step of the array itself. */
    StepSpec step() {
        StepSpec each = each();
        return StepSpecBuilder.builder()
                .index(0)
                .name(each.name())
                .command(CommandNames.JOB_ARRAY)
                .data(Json.toObject(this))
                .dependsOn(List.of())
                .maxRetries(0)
                .onNodeLost(each.onNodeLost())
                .priority(each.priority())
                .build();
    }

    /** The step of a job with another priority; of an array also the tasks that it will open. The same instance where it has it. */
    static StepSpec prioritised(StepSpec step, int priority) {
        if (step.priority() == priority) {
            return step;
        }
        var changed = StepSpecBuilder.builder(step).priority(priority);
        if (step.command().equals(CommandNames.JOB_ARRAY)) {
            JsonObject task = step.data().getJsonObject("task").copy().put("priority", priority);
            changed.data(step.data().copy().put("task", task));
        }
        return changed.build();
    }

    /** The step of a task, before its index is filled in. */
    StepSpec each() {
        return Json.decode(task, StepSpec.class);
    }

    /** How many tasks may fail without the array failing. */
    int tolerated() {
        return (int) (tolerance < 1 ? Math.floor(tolerance * count) : Math.min(tolerance, count));
    }

    /** Ids of tasks sort as their indices do. */
    static String taskId(String arrayId, int index) {
        return String.format(Locale.ROOT, "%s.%04d", arrayId, index);
    }

    static int indexOf(Execution task) {
        return Integer.parseInt(task.id().substring(task.id().lastIndexOf('.') + 1));
    }

    /** @param each {@link #each}, which is worth reading once for many tasks */
    NewExecution task(Execution array, StepSpec each, int index) {
        JsonObject data = each.data().copy();
        String id = taskId(array.id(), index);
        data.put("jobId", id);
        for (String words : List.of("command", "entrypoint")) {
            if (data.getJsonArray(words) != null) {
                var own = new JsonArray();
                data.getJsonArray(words).forEach(word -> own.add(filled(word, index)));
                data.put(words, own);
            }
        }
        Map<String, Object> env = new LinkedHashMap<>();
        if (data.getJsonObject("env") != null) {
            data.getJsonObject("env").forEach(entry -> env.put(entry.getKey(), filled(entry.getValue(), index)));
        }
        env.put(VARIABLES + "INDEX", Integer.toString(index));
        env.put(VARIABLES + "COUNT", Integer.toString(count));
        data.put("env", new JsonObject(env));
        var step = StepSpecBuilder.builder()
                .index(0)
                .name(each.name())
                .command(each.command())
                .data(data)
                .dependsOn(List.of())
                .nodeId(each.nodeId())
                .requires(each.requires())
                .timeoutMs(each.timeoutMs())
                .maxRetries(each.maxRetries())
                .onNodeLost(each.onNodeLost())
                .priority(each.priority())
                .preemptible(each.preemptible())
                .build();
        return NewExecutionBuilder.builder()
                .id(id)
                .name(array.name())
                .category(Execution.JOB)
                .type(JobPlans.TASK)
                .resourceType(array.resourceType())
                .resourceId(array.resourceId())
                .parentExecutionId(array.id())
                .timeoutMs(JobPlans.LONGEST.toMillis())
                .start(true)
                .steps(List.of(step))
                .build();
    }

    private static String filled(Object text, int index) {
        return IndexTemplate.filled(String.valueOf(text), index);
    }
}
