package io.aiwm.controller.evaluation;

import io.aiwm.controller.agent.AgentServices;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.store.DocumentStore;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/** Puts this room together. */
public final class EvaluationServices {
    private final Evaluations evaluations;
    private final EvaluationRuns runs;
    private final EvaluationDriver driver;

    /**
     * @param controllerId of this process
     * @param others ids of other controllers that are there
     */
    public record Here(String controllerId, Supplier<Set<String>> others) {}

    /** Make it before the first execution is written: it listens. */
    public EvaluationServices(
            Here here,
            DocumentStore store,
            Executions executions,
            AgentServices agents,
            AgentServices.Models models,
            InstantSource clock) {
        evaluations = new Evaluations(store, clock);
        runs = new EvaluationRuns(
                store,
                new EvaluationRuns.Parts(
                        evaluations, agents.agents(), agents.trials(), executions, clock, here.controllerId()));
        driver = new EvaluationDriver(
                new EvaluationTools(runs, agents.trials(), new TurnEnds(executions), executions, models, clock),
                here.controllerId(),
                here.others());
        runs.onBegun(driver::begin);
    }

    public static List<DocumentStore.Collection> collections() {
        return List.of(Evaluations.COLLECTION, EvaluationRuns.COLLECTION, EvaluationRuns.RESULT_COLLECTION);
    }

    public Evaluations evaluations() {
        return evaluations;
    }

    public EvaluationRuns runs() {
        return runs;
    }

    public EvaluationDriver driver() {
        return driver;
    }
}
