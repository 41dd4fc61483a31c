/**
 * Jobs on this machine: {@code job.run} from its command to its result, the same whatever it runs in. {@link
 * io.aiwm.worker.job.Sandbox} says what is needed of that; archives are read and written here.
 */
package io.aiwm.worker.job;
