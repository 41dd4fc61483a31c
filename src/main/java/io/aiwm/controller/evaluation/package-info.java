/**
 * Evaluations: prompts with expectations, run against one or two candidates (an agent with a version of its instruction and a model). A
 * run is an execution of category {@code agent}: each of its steps begins one turn, waits for its end and checks the answer. Described
 * in docs/agents.md.
 *
 * <p>{@link io.aiwm.controller.evaluation.Evaluations} and {@link io.aiwm.controller.evaluation.EvaluationRuns} are the only writers of
 * their records.
 */
package io.aiwm.controller.evaluation;
