/**
 * Containers on this machine. {@link io.aiwm.worker.docker.Engine} says what is needed of a container engine, {@link
 * io.aiwm.worker.docker.DockerEngine} does it with Docker; the {@code deployment.*} commands, the reported states and
 * the logs are written against the port alone.
 */
package io.aiwm.worker.docker;
