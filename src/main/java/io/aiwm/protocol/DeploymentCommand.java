package io.aiwm.protocol;

import io.soabase.recordbuilder.core.RecordBuilder;

/**
 * The data of every {@code deployment.*} command. The container's name and labels are made from the command id, so that
 * the same command can make only one container.
 *
 * @param deadline when the command's result is no longer wanted, in milliseconds since the epoch
 * @param leftMs for how long from its sending on; counts instead of the deadline. Both are added when it is sent
 * @param spec for create and update; null otherwise
 * @param graceMs for stop, restart, update and delete: how long the container may take to end by itself
 * @param madeBy for delete: only the container that this command made; null: every one of the deployment. For create: the
 *     container before, which is started again where it is what {@code spec} asks for, and whose anonymous volumes a new one
 *     takes over; null: none, and what is there is removed
 * @param claim what the controller set aside for it, added when it is sent; its GPUs are exactly those
 * @param restart for update: true where a restart was asked for that pulls the image. A container that is what {@code spec}
 *     asks for, and of the image that was pulled, is restarted instead of replaced; a worker that does not know the field
 *     replaces it
 * @param readyMs for create and update: how long a container may take from its start until it is ready; null: as long as the
 *     command may. A worker that does not know the field waits as long as that
 * @param drainMs for update, restart, delete and sleep: how long the container runs on before it is stopped, so that it serves those
 *     who read its address before the controller took it out of the record; null: not at all. A worker that does not know the
 *     field stops it at once
 * @param settleMs for create: how long a container without a check must have run before it counts as ready; null: {@link
 *     #SETTLE_MS}. Shorter where containers of the same spec have run before. A worker that does not know the field waits
 *     {@link #SETTLE_MS}
 * @param port for sleep and wake: where the engine listens in its container
 */
@RecordBuilder
public record DeploymentCommand(
        Long deadline,
        Long leftMs,
        String deploymentId,
        String deploymentName,
        Integer replica,
        ContainerSpec spec,
        Long graceMs,
        String madeBy,
        ResourceClaim claim,
        Boolean restart,
        Long readyMs,
        Long drainMs,
        Long settleMs,
        Integer port) {
    /** A program that ends at once does so within this. */
    public static final long SETTLE_MS = 500;

    /** No {@link #drainMs} is longer. */
    public static final long MOST_DRAIN_MS = 600_000;

    /** The same with this spec. */
    public DeploymentCommand withSpec(ContainerSpec other) {
        return DeploymentCommandBuilder.builder(this).spec(other).build();
    }

    /** The same for a container that must be ready within this; null: within the time of the command. */
    public DeploymentCommand readyWithin(Long millis) {
        return DeploymentCommandBuilder.builder(this).readyMs(millis).build();
    }

    /** The same for a container that runs on for so long before it is stopped. */
    public DeploymentCommand drainedFor(long millis) {
        return DeploymentCommandBuilder.builder(this).drainMs(millis).build();
    }

    /** The same for a container without a check that counts as ready when it has run for so long. */
    public DeploymentCommand settledAfter(long millis) {
        return DeploymentCommandBuilder.builder(this).settleMs(millis).build();
    }

    /** The same for an engine that listens there. */
    public DeploymentCommand at(Integer enginePort) {
        return DeploymentCommandBuilder.builder(this).port(enginePort).build();
    }

    /** The same as a restart. */
    public DeploymentCommand asRestart() {
        return DeploymentCommandBuilder.builder(this).restart(true).build();
    }
}
