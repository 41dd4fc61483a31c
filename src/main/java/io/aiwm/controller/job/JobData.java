package io.aiwm.controller.job;

import io.aiwm.common.Failure.FieldError;
import io.aiwm.controller.execution.Requires;
import io.aiwm.protocol.JobCommand;
import java.util.List;

/** A step {@code job.run} of an execution that is no job: the same rules as a job's, for the fields that both have. */
public final class JobData {
    /** No worker runs such a job: it would wait for GPUs, hold them and be refused where it got them. */
    public static final String NO_GPUS = "has no meaning with the runtime process, which cannot be kept to some GPUs;"
            + " use a container, or leave it out: a process sees every GPU of its machine";

    private JobData() {}

    public static boolean asksForGpus(Requires.Gpus gpus) {
        return gpus != null && gpus.count() > 0;
    }

    /**
     * Everything that is wrong, pointers from {@code at}; empty when nothing is.
     *
     * @param claimed the memory that its step asks for, which counts where the data names none; null: none
     */
    public static List<FieldError> mistakes(JobCommand data, String at, Long claimed) {
        Long memory = data.memoryBytes() == null ? claimed : data.memoryBytes();
        var needs =
                JobRequestRequirementsBuilder.builder().runtime(data.runtime()).build();
        var asJob = JobRequestBuilder.builder()
                .name(data.name())
                .image(data.image())
                .command(data.command())
                .entrypoint(data.entrypoint())
                .env(data.env())
                .secretEnv(data.secretEnv())
                .workDir(data.workDir())
                .network(data.network())
                .user(data.user())
                .readOnlyRoot(data.readOnlyRoot())
                .pidsLimit(data.pidsLimit())
                .pullPolicy(data.pullPolicy())
                .registryAuth(data.registryAuth())
                .requirements(needs)
                .outputs(data.outputs())
                .graceMs(data.graceMs())
                .resumeFrom(data.resumeFrom())
                .shmBytes(data.shmBytes())
                .ulimits(data.ulimits())
                .init(data.init())
                .tmpfs(data.tmpfs())
                .ipc(data.ipc())
                .stopSignal(data.stopSignal())
                .groups(data.groups())
                .build();
        return JobRules.check(asJob, null, at, memory);
    }
}
