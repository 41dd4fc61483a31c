/**
 * How many replicas deployments have, by the calls that gateways make, and which of those that do not fit beside each other have
 * their turn.
 *
 * <p>{@link io.aiwm.controller.autoscale.Autoscaler} decides each second, on one controller for all. {@code ScaleDecision} is the rule
 * for one deployment by itself, {@code TurnPlan} the rule between those that share nodes; both are pure. What room there is says the
 * ledger of {@code controller.scheduler} alone.
 */
package io.aiwm.controller.autoscale;
