/**
 * Batches of model calls, as OpenAI's batch API has them: files of lines, and executions that make one call for each line while
 * replicas have nothing else to do. {@link io.aiwm.controller.batch.BatchFiles} and {@link io.aiwm.controller.batch.Batches} are the
 * writers of the records, {@link io.aiwm.controller.batch.BatchRuns} carries batches out.
 */
package io.aiwm.controller.batch;
