/**
 * What nodes, their GPUs and the replicas of deployments used. The last hour is in memory of the controllers that have the sessions
 * of the nodes, in slots of 10 s; minutes are in the store for as long as {@code retention.metricsAge} says.
 *
 * <p>Main types: {@link io.aiwm.controller.metrics.NodeMetrics} and {@link io.aiwm.controller.metrics.ReplicaMetrics} take samples,
 * {@link io.aiwm.controller.metrics.HourWriter} stores them once a minute, {@link io.aiwm.controller.metrics.MetricHistory} joins
 * memory and store.
 */
package io.aiwm.controller.metrics;
