package io.aiwm.controller.job;

import io.aiwm.controller.execution.OnNodeLost;
import io.aiwm.controller.execution.Requires;
import io.aiwm.protocol.ContainerSettings;
import io.aiwm.protocol.ContainerSpec;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;
import java.util.Map;

/**
 * A job as it is asked for. What is null takes a default: the configured one ({@code jobs.*}) or the tighter one.
 *
 * @param image of the container; null only with the runtime {@code process}
 * @param command a list of words, or one text for {@code /bin/sh -c}
 * @param secretEnv which variables of {@code env} are shown to nobody: true or false; others by how they look
 * @param cpu the short form of {@code requirements.cpu}, as memoryBytes and gpus are of theirs
 * @param priority 0 to 100, or the name of a {@link PriorityClass}
 * @param timeoutMs of one attempt, from its assignment
 * @param inputs an archive that was uploaded, unpacked into the work directory first
 * @param stdin what it reads from its standard input; null: nothing
 * @param outputs paths in the work directory to keep, {@code *} and {@code **} as in a shell
 * @param resumeFrom {@code outputs}: a later attempt finds the outputs of the one before in its work directory
 * @param count not null: an array of so many tasks
 * @param parallelism how many tasks of the array may be open at once
 * @param tolerance how many tasks may fail before the array does: a whole number, or a share of all below 1
 * @param shmBytes this and what follows as in {@link ContainerSettings}
 */
@RecordBuilder
public record JobRequest(
        String name,
        String image,
        Object command,
        List<String> entrypoint,
        Map<String, String> env,
        Map<String, Boolean> secretEnv,
        String workDir,
        String network,
        String user,
        Boolean readOnlyRoot,
        Integer pidsLimit,
        String pullPolicy,
        ContainerSpec.RegistryAuth registryAuth,
        Requirements requirements,
        Double cpu,
        Long memoryBytes,
        Requires.Gpus gpus,
        Object priority,
        boolean preemptible,
        Long timeoutMs,
        Integer maxRetries,
        OnNodeLost onNodeLost,
        Inputs inputs,
        String stdin,
        List<String> outputs,
        Long logLimitBytes,
        Long graceMs,
        String resumeFrom,
        Integer count,
        Integer parallelism,
        Double tolerance,
        Long shmBytes,
        List<ContainerSettings.Ulimit> ulimits,
        Boolean init,
        List<ContainerSettings.Tmpfs> tmpfs,
        String ipc,
        String stopSignal,
        List<Integer> groups) {

    /**
     * What it needs of its node. The amounts are claimed there; CPU and memory are the limits of its sandbox.
     *
     * @param cpu cores
     * @param runtime a container runtime of the node, or {@code process}: no container at all
     * @param nodeId run exactly there
     * @param models names of models it reads: a node that holds them is preferred
     * @param diskBytes free where it writes; claimed, and no limit of the sandbox
     */
    @RecordBuilder
    public record Requirements(
            Double cpu,
            Long memoryBytes,
            Requires.Gpus gpus,
            String zone,
            String labelSelector,
            List<String> capabilities,
            String runtime,
            String role,
            String nodeId,
            List<String> models,
            Long diskBytes) {
        static final Requirements NONE = JobRequestRequirementsBuilder.builder().build();
    }

    /** @param fileId of {@code POST /api/jobs/inputs} */
    public record Inputs(String fileId) {}

    ContainerSettings settings() {
        return new ContainerSettings(shmBytes, ulimits, init, tmpfs, ipc, stopSignal, groups);
    }

    Requirements needs() {
        Requirements said = requirements == null ? Requirements.NONE : requirements;
        return cpu == null && memoryBytes == null && gpus == null
                ? said
                : JobRequestRequirementsBuilder.builder(said)
                        .cpu(cpu == null ? said.cpu() : cpu)
                        .memoryBytes(memoryBytes == null ? said.memoryBytes() : memoryBytes)
                        .gpus(gpus == null ? said.gpus() : gpus)
                        .build();
    }
}
