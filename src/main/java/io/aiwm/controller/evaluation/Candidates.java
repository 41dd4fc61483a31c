package io.aiwm.controller.evaluation;

import io.aiwm.common.Failure;
import io.aiwm.common.Failure.FieldError;
import io.aiwm.controller.agent.Agent;
import io.aiwm.controller.agent.AgentBuilder;
import io.aiwm.controller.agent.Agents;
import io.aiwm.controller.evaluation.EvaluationRun.Candidate;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What a run tries, with ids for names and the versions of now. */
final class Candidates {
    private static final List<String> NAMES = List.of("A", "B");

    private final Agents agents;
    private final List<FieldError> errors = new ArrayList<>();

    private Candidates(Agents agents) {
        this.agents = agents;
    }

    /** Fails with UNPROCESSABLE naming everything that does not exist or does not fit. */
    static Future<List<Candidate>> of(Agents agents, Evaluation evaluation, EvaluationRunRequest wanted) {
        return new Candidates(agents).all(evaluation, wanted);
    }

    private Future<List<Candidate>> all(Evaluation evaluation, EvaluationRunRequest wanted) {
        boolean judged = evaluation.cases().stream()
                .flatMap(one -> one.expect().stream())
                .anyMatch(one -> one.type() == Expectation.Type.JUDGED);
        if (judged && wanted.judge() == null) {
            errors.add(new FieldError("/judge", "is needed: the evaluation has expectations that a model judges"));
        }
        Set<String> names = new HashSet<>();
        var each = new ArrayList<Future<Candidate>>();
        for (int i = 0; i < wanted.candidates().size(); i++) {
            EvaluationRunRequest.Candidate one = wanted.candidates().get(i);
            String name = one.name() == null ? NAMES.get(i) : one.name();
            if (!names.add(name)) {
                errors.add(new FieldError("/candidates/" + i + "/name", "is there twice"));
            }
            each.add(candidate("/candidates/" + i, name, one));
        }
        return Future.join(each).map(all -> {
            if (!errors.isEmpty()) {
                throw new Failure(
                        Failure.Kind.UNPROCESSABLE,
                        errors.get(0).pointer() + ": " + errors.get(0).detail(),
                        errors);
            }
            return each.stream().map(Future::result).toList();
        });
    }

    private Future<Candidate> candidate(String at, String name, EvaluationRunRequest.Candidate wanted) {
        return agents.get(wanted.agentId())
                .recover(cause -> missing(cause, at + "/agentId"))
                .compose(agent -> {
                    if (agent != null && !agent.active()) {
                        errors.add(new FieldError(at + "/agentId", "agent " + agent.name() + " is not active"));
                    }
                    return agent == null ? Future.succeededFuture() : pinned(at, name, wanted, agent);
                });
    }

    private Future<Candidate> pinned(String at, String name, EvaluationRunRequest.Candidate wanted, Agent agent) {
        Integer version =
                wanted.instructionVersion() == null ? agent.instructionVersion() : wanted.instructionVersion();
        Agent tried = AgentBuilder.builder(agent).instructionVersion(version).build();
        return agents.instructionOf(tried)
                .recover(cause -> missing(cause, at + "/instructionVersion"))
                .map(instruction -> instruction == null
                        ? null
                        : new Candidate(
                                name,
                                agent.id(),
                                agent.name(),
                                agent.instructionId(),
                                instruction.number(),
                                wanted.model() == null ? agent.model() : wanted.model()));
    }

    private <T> Future<T> missing(Throwable cause, String field) {
        if (Failure.of(cause).kind != Failure.Kind.NOT_FOUND) {
            return Future.failedFuture(cause);
        }
        errors.add(new FieldError(field, cause.getMessage()));
        return Future.succeededFuture(null);
    }
}
