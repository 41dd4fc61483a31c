/**
 * Gives work its node: keeps the ledger of what each node has promised and the queue of what waits, and places what fits.
 *
 * <p>May import {@code controller.execution} (steps, claims, the {@code Placer} port that this room implements), {@code
 * controller.node} (the nodes), {@code controller.store} (the claims that several controllers share), {@code boot}, {@code
 * protocol} and {@code common}.
 *
 * <p>Main types: {@link io.aiwm.controller.scheduler.Scheduler} is the entrance and holds the lock, {@code Ledger} and {@code
 * NodeInfo} are the accounts, {@code WaitQueue} the queue, {@code Placement} the rule by which a node is chosen, {@code
 * SchedulingPass} one pass over the queue, {@code ClaimCoordinator} what is agreed on with other controllers.
 */
package io.aiwm.controller.scheduler;
