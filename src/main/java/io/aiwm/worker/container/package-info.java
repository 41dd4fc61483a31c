/**
 * Containers on this machine: the engine port ({@link io.aiwm.worker.container.Engine}) and what is decided about
 * containers: plans, policy, replacement, readiness, reports. Knows no engine in particular.
 */
package io.aiwm.worker.container;
