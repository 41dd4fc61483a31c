package io.aiwm.worker.container;

import io.aiwm.boot.Config;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.ContainerSpec;
import io.aiwm.protocol.ContainerSpecBuilder;
import io.aiwm.protocol.JobCommand;
import io.aiwm.worker.command.CommandFailure;
import io.aiwm.worker.job.Job;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** Makes the plan of a job's container: closed where the job does not ask for less, and never open beyond the policy. */
public final class JobPlanner {
    private static final String NOBODY = "65534:65534";
    private static final int PIDS = 256;
    private static final long MEMORY_BYTES = 512L << 20;
    private static final double CPU = 1;

    private final ContainerPolicy policy;
    private final Config.Docker defaults;
    private final ContainerOwner owner;

    public JobPlanner(ContainerPolicy policy, Config.Docker defaults, ContainerOwner owner) {
        this.policy = policy;
        this.defaults = defaults;
        this.owner = owner;
    }

    /** Fails with {@code policy} or {@code invalid}, naming the field, before any engine is asked. */
    public ContainerPlan plan(Job job) {
        ContainerSpec spec;
        try {
            spec = SpecRules.checked(spec(job));
            policy.check(spec);
        } catch (CommandFailure refused) {
            CommandError error = refused.error;
            // a job's fields are not within a spec
            throw new CommandFailure(new CommandError(
                    error.category(),
                    error.message().replaceFirst("^spec\\.", ""),
                    error.retryable(),
                    error.elsewhere()));
        }
        return ContainerPlan.fresh(
                owner,
                spec,
                labels(job, spec),
                environment(job),
                new ContainerPlan.Limits(spec.memoryBytes(), spec.cpu()),
                new ContainerPlan.JobBox(
                        job.workDir(),
                        owner.jobVolume(job.commandId()),
                        job.logLimitBytes(),
                        job.asked().stdin() != null));
    }

    private ContainerSpec spec(Job job) {
        JobCommand asked = job.asked();
        return ContainerSpecBuilder.builder()
                .image(asked.image())
                .command(asked.command())
                .entrypoint(asked.entrypoint())
                .env(asked.env())
                .cpu(cpu(job))
                .memoryBytes(memory(job))
                .restartPolicy("no")
                .runtime(asked.runtime())
                .pullPolicy(asked.pullPolicy())
                .registryAuth(asked.registryAuth())
                .networkMode(asked.network() == null ? "none" : asked.network())
                .user(asked.user() == null ? NOBODY : asked.user())
                .readOnlyRoot(asked.readOnlyRoot() == null || asked.readOnlyRoot())
                .pidsLimit(asked.pidsLimit() == null ? PIDS : asked.pidsLimit())
                .shmBytes(asked.shmBytes())
                .ulimits(asked.ulimits())
                .init(asked.init())
                .tmpfs(asked.tmpfs())
                .ipc(asked.ipc())
                .stopSignal(asked.stopSignal())
                .groups(asked.groups())
                .build()
                .withGpus(job.gpus());
    }

    private long memory(Job job) {
        var claim = job.asked().claim();
        if (job.asked().memoryBytes() != null) {
            return job.asked().memoryBytes();
        }
        if (claim != null && claim.memoryBytes() > 0) {
            return claim.memoryBytes();
        }
        return defaults.memoryLimitBytes() > 0 ? defaults.memoryLimitBytes() : MEMORY_BYTES;
    }

    private double cpu(Job job) {
        var claim = job.asked().claim();
        if (job.asked().cpu() != null) {
            return job.asked().cpu();
        }
        if (claim != null && claim.cpu() > 0) {
            return claim.cpu();
        }
        return defaults.cpuLimit() > 0 ? defaults.cpuLimit() : CPU;
    }

    Map<String, String> labels(Job job, ContainerSpec spec) {
        var id = CommandId.parseAny(job.commandId());
        var labels = new LinkedHashMap<>(owner.labels());
        labels.put(ContainerLabels.COMMAND, job.commandId());
        labels.put(ContainerLabels.EXECUTION, id.executionId());
        labels.put(ContainerLabels.STEP, Integer.toString(id.stepIndex()));
        labels.put(ContainerLabels.ATTEMPT, Integer.toString(id.attempt()));
        labels.put(ContainerLabels.JOB, job.asked().jobId());
        labels.put(ContainerLabels.SPEC_HASH, ContainerPlan.Planner.hash(spec));
        return labels;
    }

    private static Map<String, String> environment(Job job) {
        var environment = new TreeMap<>(job.environment());
        // the home of the user "nobody" is /nonexistent, and many programs write to their home
        environment.putIfAbsent("HOME", job.workDir());
        return environment;
    }
}
