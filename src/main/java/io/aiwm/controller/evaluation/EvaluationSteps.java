package io.aiwm.controller.evaluation;

import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.NewExecution;
import io.aiwm.controller.execution.NewExecutionBuilder;
import io.aiwm.controller.execution.OnNodeLost;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.execution.StepSpec;
import io.aiwm.controller.execution.StepSpecBuilder;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.CommandNames;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;

/** A run as an execution: a step for each case and candidate. No step carries what somebody said. Pure. */
final class EvaluationSteps {
    static final String TYPE = "agent.evaluation";
    private static final String CATEGORY = "agent";
    /** Of a judge that is away for a while. */
    private static final int RETRIES = 2;
    /** Each turn has a limit of its own. */
    private static final Duration LONGEST = Duration.ofDays(7);

    private EvaluationSteps() {}

    static boolean is(Execution execution) {
        return TYPE.equals(execution.type()) && CATEGORY.equals(execution.category());
    }

    static CommandId command(Execution execution, Step step) {
        return new CommandId(execution.id(), step.spec().index(), step.attempt());
    }

    static NewExecution execution(EvaluationRun run) {
        var steps = new ArrayList<StepSpec>();
        for (int i = 0; i < run.trials(); i++) {
            steps.add(StepSpecBuilder.builder()
                    .index(i)
                    .name(run.caseOf(i).name() + " with " + run.candidateOf(i).name())
                    .command(CommandNames.AGENT_TRIAL)
                    .data(new JsonObject()
                            .put("runId", run.id())
                            .put(Execution.OWNER_SINCE, run.owner().sinceText()))
                    .maxRetries(RETRIES)
                    .onNodeLost(OnNodeLost.WAIT)
                    .build());
        }
        return NewExecutionBuilder.builder()
                .id(run.executionId())
                .name("evaluation " + run.evaluationName())
                .category(CATEGORY)
                .type(TYPE)
                .resourceType("evaluationRun")
                .resourceId(run.id())
                .timeoutMs(LONGEST.toMillis())
                .start(true)
                .steps(steps)
                .build();
    }
}
