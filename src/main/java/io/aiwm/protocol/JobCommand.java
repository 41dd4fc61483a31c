package io.aiwm.protocol;

import io.aiwm.common.Json;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Data of {@code job.run}: one program, run to its end in a sandbox. What is null takes the worker's default, and every
 * default is the tighter one.
 *
 * @param jobId whose run this is; an execution's id
 * @param image of the container; null where {@code runtime} is {@link #PROCESS}
 * @param workDir where it starts and what it may write, an absolute path; null: {@link #WORK_DIR}. Inputs are unpacked there
 * @param runtime a container runtime of the node, or {@link #PROCESS}; null: the engine's default
 * @param network none or bridge; null: none
 * @param user numeric {@code uid[:gid]}; null: nobody, 65534
 * @param readOnlyRoot null: true
 * @param cpu cores it may use; null: the worker's default for containers
 * @param memoryBytes it may use; past it the program is killed and the job ends as resource-exhausted
 * @param pidsLimit null: 256
 * @param inputs an archive to unpack into the work directory first; null: none
 * @param stdin what it reads from its standard input, at most {@link #MOST_STDIN_BYTES} as JSON; null: nothing
 * @param outputs paths in the work directory, {@code *} and {@code **} as in a shell, collected when it has ended well or
 *     not
 * @param outputLimitBytes of the archive of its outputs; larger ones are not kept and the job fails as
 *     resource-exhausted. Null: 256 MiB
 * @param logLimitBytes how much of the end of its output is kept; null: 10 MiB
 * @param graceMs between the request to end and the kill; null: 10 s
 * @param resumeFrom {@link #RESUME_FROM_OUTPUTS}: each attempt goes on from the outputs of an earlier one; null: it begins anew
 * @param resume those outputs, unpacked after the inputs; null: there are none yet. Added when the command is sent
 * @param claim what the controller set aside for it; its GPUs are exactly those. Added when the command is sent
 * @param secretEnv as {@link ContainerSpec#secretEnv}
 * @param shmBytes this and what follows as in {@link ContainerSettings}; never with the runtime process
 */
@RecordBuilder
public record JobCommand(
        String jobId,
        String name,
        String image,
        List<String> command,
        List<String> entrypoint,
        Map<String, String> env,
        String workDir,
        String runtime,
        String network,
        String user,
        Boolean readOnlyRoot,
        Double cpu,
        Long memoryBytes,
        Integer pidsLimit,
        String pullPolicy,
        ContainerSpec.RegistryAuth registryAuth,
        Inputs inputs,
        String stdin,
        List<String> outputs,
        Long outputLimitBytes,
        Long logLimitBytes,
        Long graceMs,
        String resumeFrom,
        Inputs resume,
        ResourceClaim claim,
        Map<String, Boolean> secretEnv,
        Long shmBytes,
        List<ContainerSettings.Ulimit> ulimits,
        Boolean init,
        List<ContainerSettings.Tmpfs> tmpfs,
        String ipc,
        String stopSignal,
        List<Integer> groups) {
    /** The runtime without isolation; a worker offers it only where its configuration says so. */
    public static final String PROCESS = "process";

    public static final String WORK_DIR = "/work";

    /** Of its standard input as JSON, which escapes some characters. */
    public static final int MOST_STDIN_BYTES = 512 << 10;

    public static final String STDIN_TOO_LONG = "has more than " + MOST_STDIN_BYTES + " bytes as JSON";

    private static final Pattern USER = Pattern.compile("[0-9]{1,9}(:[0-9]{1,9})?");

    public static final String RESUME_FROM_OUTPUTS = "outputs";

    /** What {@code graceMs} is when nobody says, and the most it may be. */
    public static final long GRACE_MS = 10_000;

    public static final long MOST_GRACE_MS = 600_000;

    public ContainerSettings settings() {
        return new ContainerSettings(shmBytes, ulimits, init, tmpfs, ipc, stopSignal, groups);
    }

    /** @param fileId what the worker asks the controller for. @param sha256 of the archive, 64 hexadecimal digits */
    public record Inputs(String fileId, String sha256, long sizeBytes) {}

    /** Whether so much standard input may be given. Both sides check it. */
    public static boolean isStdin(String text) {
        return Json.encode(text).getBytes(StandardCharsets.UTF_8).length <= MOST_STDIN_BYTES;
    }

    /** Whether a job may run as this user: a numeric uid, or uid:gid. Both sides check it. */
    public static boolean isUser(String text) {
        return USER.matcher(text).matches();
    }
}
