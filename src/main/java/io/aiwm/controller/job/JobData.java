package io.aiwm.controller.job;

import io.aiwm.common.Failure.FieldError;
import io.aiwm.protocol.JobCommand;
import java.util.List;

/** A step {@code job.run} of an execution that is no job: the same rules as a job's, for the fields that both have. */
public final class JobData {
    private JobData() {}

    /**
     * Everything that is wrong, pointers from {@code at}; empty when nothing is.
     *
     * @param claimed the memory that its step asks for, which counts where the data names none; null: none
     */
    public static List<FieldError> mistakes(JobCommand data, String at, Long claimed) {
        Long memory = data.memoryBytes() == null ? claimed : data.memoryBytes();
        var needs =
                new JobRequest.Requirements(null, null, null, null, null, null, data.runtime(), null, null, null, null);
        var asJob = new JobRequest(
                data.name(),
                data.image(),
                data.command(),
                data.entrypoint(),
                data.env(),
                data.secretEnv(),
                data.workDir(),
                data.network(),
                data.user(),
                data.readOnlyRoot(),
                data.pidsLimit(),
                data.pullPolicy(),
                data.registryAuth(),
                needs,
                null,
                null,
                null,
                null,
                false,
                null,
                null,
                null,
                null,
                data.outputs(),
                null,
                data.graceMs(),
                data.resumeFrom(),
                null,
                null,
                null,
                data.shmBytes(),
                data.ulimits(),
                data.init(),
                data.tmpfs(),
                data.ipc(),
                data.stopSignal(),
                data.groups());
        return JobRules.check(asJob, null, at, memory);
    }
}
