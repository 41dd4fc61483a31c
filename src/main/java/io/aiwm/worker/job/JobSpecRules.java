package io.aiwm.worker.job;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.common.Sha256;
import io.aiwm.protocol.ContainerSettings;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.JobCommand;
import io.aiwm.protocol.WorkDir;
import io.aiwm.worker.command.Command;
import io.aiwm.worker.command.CommandFailure;
import java.util.List;

/** What makes no sense in a {@code job.run}, on any worker: fails with {@code invalid}, naming the field. */
final class JobSpecRules {
    private static final int MOST_OUTPUTS = 100;
    private static final long MOST_LOG = 1L << 30;

    private JobSpecRules() {}

    static Job checked(Command command) {
        JobCommand asked;
        try {
            asked = Json.decode(command.data(), JobCommand.class);
        } catch (Failure cause) {
            throw invalid(cause.getMessage());
        }
        require(asked.jobId() != null && !asked.jobId().isBlank(), "jobId is missing");
        ProgramRules.check("", asked.command(), asked.entrypoint(), asked.env());
        require(asked.user() == null || JobCommand.isUser(asked.user()), "user must be a numeric uid or uid:gid");
        require(
                asked.network() == null || List.of("none", "bridge").contains(asked.network()),
                "network must be none or bridge");
        require(!ContainerSettings.IPC_HOST.equals(asked.ipc()), "ipc must be none, private or shareable for a job");
        require(asked.stdin() == null || JobCommand.isStdin(asked.stdin()), "stdin " + JobCommand.STDIN_TOO_LONG);
        limit("outputLimitBytes", asked.outputLimitBytes(), Long.MAX_VALUE);
        limit("logLimitBytes", asked.logLimitBytes(), MOST_LOG);
        limit("graceMs", asked.graceMs(), JobCommand.MOST_GRACE_MS);
        workDir(asked.workDir());
        inputs("inputs", asked.inputs());
        inputs("resume", asked.resume());
        outputs(asked.outputs() == null ? List.of() : asked.outputs());
        var job = new Job(command.id(), asked);
        if (job.isProcess()) {
            process(asked);
        } else {
            require(asked.image() != null, "image is missing; only the runtime process has none");
        }
        return job;
    }

    private static void process(JobCommand asked) {
        require(asked.image() == null, "image has no meaning with the runtime process, which has no container");
        require(asked.user() == null, "user has no meaning with the runtime process: it runs as the worker does");
        require(
                asked.workDir() == null || asked.workDir().equals(JobCommand.WORK_DIR),
                "workDir has no meaning with the runtime process: it starts in a folder of its own");
        List<String> settings = asked.settings().named();
        require(
                settings.isEmpty(),
                String.join(", ", settings) + " has no meaning with the runtime process, which has no container");
        int count = (asked.entrypoint() == null ? 0 : asked.entrypoint().size())
                + (asked.command() == null ? 0 : asked.command().size());
        require(count > 0, "command is missing; without an image nothing else says what to run");
    }

    private static void limit(String field, Long value, long most) {
        require(value == null || (value >= 0 && value <= most), field + " must be from 0 to " + most);
    }

    private static void workDir(String path) {
        String mistake = path == null ? null : WorkDir.mistake(path);
        require(mistake == null, "workDir " + mistake);
    }

    private static void inputs(String field, JobCommand.Inputs inputs) {
        if (inputs != null) {
            require(
                    inputs.fileId() != null && inputs.fileId().matches("[A-Za-z0-9_-]{1,100}"),
                    field + ".fileId is missing or is no file id");
            require(
                    inputs.sha256() == null || Sha256.isHex(inputs.sha256()),
                    field + ".sha256 must be 64 hexadecimal digits");
        }
    }

    private static void outputs(List<String> patterns) {
        require(patterns.size() <= MOST_OUTPUTS, "outputs has more than " + MOST_OUTPUTS + " paths");
        for (String pattern : patterns) {
            String why = Globs.refusal(pattern);
            require(why == null, "outputs: \"" + pattern + "\" " + why);
        }
    }

    private static void require(boolean good, String problem) {
        if (!good) {
            throw invalid(problem);
        }
    }

    private static CommandFailure invalid(String problem) {
        return new CommandFailure(ErrorCategory.INVALID, problem);
    }
}
