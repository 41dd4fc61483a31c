/** The worker: {@link io.aiwm.worker.WorkerApp} makes all of its parts, each in a room of its own below. */
package io.aiwm.worker;
