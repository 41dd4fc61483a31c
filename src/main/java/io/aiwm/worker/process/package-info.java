/**
 * Jobs as plain processes of this machine, without any isolation, and only where the worker's settings allow it. A shell
 * script between worker and program ({@code ProcessShim}) outlives the worker and keeps the exit code and the log.
 */
package io.aiwm.worker.process;
