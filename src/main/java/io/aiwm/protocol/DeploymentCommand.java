package io.aiwm.protocol;

/**
 * The data of every {@code deployment.*} command. The container's name and labels are made from the command id, so that
 * the same command can make only one container.
 *
 * @param deadline when the command's result is no longer wanted, in milliseconds since the epoch
 * @param spec for create and update; null otherwise
 * @param graceMs for stop, restart, update and delete: how long the container may take to end by itself
 * @param madeBy for delete: only the container that this command made; null: every one of the deployment. For create: the
 *     container before, which is started again where it is what {@code spec} asks for, and whose anonymous volumes a new one
 *     takes over; null: none, and what is there is removed
 * @param claim what the controller set aside for it, added when it is sent; its GPUs are exactly those
 */
public record DeploymentCommand(
        Long deadline,
        String deploymentId,
        String deploymentName,
        Integer replica,
        ContainerSpec spec,
        Long graceMs,
        String madeBy,
        ResourceClaim claim) {

    /** The same with this spec. */
    public DeploymentCommand withSpec(ContainerSpec other) {
        return new DeploymentCommand(deadline, deploymentId, deploymentName, replica, other, graceMs, madeBy, claim);
    }

    public DeploymentCommand(
            Long deadline,
            String deploymentId,
            String deploymentName,
            Integer replica,
            ContainerSpec spec,
            Long graceMs) {
        this(deadline, deploymentId, deploymentName, replica, spec, graceMs, null, null);
    }

    public DeploymentCommand(
            Long deadline,
            String deploymentId,
            String deploymentName,
            Integer replica,
            ContainerSpec spec,
            Long graceMs,
            String madeBy) {
        this(deadline, deploymentId, deploymentName, replica, spec, graceMs, madeBy, null);
    }
}
