/**
 * Executions: a DAG of steps as one record, its only writer, and the pure functions that say what follows what: transitions,
 * retries, deadlines. Places for steps come from the scheduler through {@link io.aiwm.controller.execution.Placer}. Described
 * in docs/executions.md.
 */
package io.aiwm.controller.execution;
