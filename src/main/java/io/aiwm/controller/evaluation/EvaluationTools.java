package io.aiwm.controller.evaluation;

import io.aiwm.controller.agent.AgentServices;
import io.aiwm.controller.agent.EvaluationTurns;
import io.aiwm.controller.execution.Executions;
import java.time.InstantSource;

/** What carrying out a trial needs. */
record EvaluationTools(
        EvaluationRuns runs,
        EvaluationTurns trials,
        TurnEnds ends,
        Executions executions,
        AgentServices.Models models,
        InstantSource clock) {}
