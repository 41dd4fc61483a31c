package io.aiwm.controller.evaluation;

import io.aiwm.controller.agent.AgentRig;
import io.aiwm.controller.agent.WithAgentRig;
import io.aiwm.controller.execution.Execution;
import java.util.List;
import org.junit.jupiter.api.Timeout;

/** Runs of evaluations by agents whose model is scripted. */
@Timeout(300)
abstract class EvaluationRig extends WithAgentRig {
    static final EvaluationRuns.Author ADA = new EvaluationRuns.Author(AgentRig.ADA, null);

    EvaluationRuns runs() {
        return rig.process.evaluations().runs();
    }

    void evaluation(EvaluationCase... cases) {
        rig.process
                .evaluations()
                .evaluations()
                .create("eval_1", new EvaluationRequest("talk", null, List.of(cases), null, null), "ada")
                .await();
    }

    static EvaluationCase asked(String name, String prompt, Expectation... expect) {
        return new EvaluationCase(name, prompt, null, List.of(expect));
    }

    static EvaluationRunRequest.Candidate of(String agent, Integer version) {
        return new EvaluationRunRequest.Candidate(null, agent, version, null);
    }

    EvaluationRun begin(String id, String judge, EvaluationRunRequest.Candidate... candidates) {
        return runs().create(id, "talk", new EvaluationRunRequest(List.of(candidates), judge, 2), ADA)
                .await();
    }

    Execution execution(EvaluationRun run) {
        return rig.process.executions().get(run.executionId()).await();
    }
}
