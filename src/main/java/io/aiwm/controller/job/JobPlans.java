package io.aiwm.controller.job;

import io.aiwm.boot.Config;
import io.aiwm.common.Json;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.NewExecution;
import io.aiwm.controller.execution.OnNodeLost;
import io.aiwm.controller.execution.Requires;
import io.aiwm.controller.execution.StepSpec;
import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.ContainerSettings;
import io.aiwm.protocol.JobCommand;
import io.aiwm.protocol.NodeRegister;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** The executions that jobs are. */
final class JobPlans {
    /** What {@link Execution#type} says of a job, and of a task of an array; lists of jobs have no tasks. */
    static final String JOB = "job";

    static final String TASK = "task";
    /** What {@link Execution#resourceType} says of a job that a schedule made. */
    static final String SCHEDULE = "schedule";
    /** A job may wait for a node as long as it takes; the time of one attempt is its step's. */
    static final Duration LONGEST = Duration.ofDays(365);

    private static final List<String> SHELL = List.of("/bin/sh", "-c");

    private final Config.Jobs defaults;

    JobPlans(Config.Jobs defaults) {
        this.defaults = defaults;
    }

    /** What a job gets that names no memory; null: no limit of ours. */
    Long usualMemory() {
        return defaults.memoryBytes() > 0 ? (Long) defaults.memoryBytes() : null;
    }

    /**
     * @param inputs the uploaded archive, or null
     * @param scheduleId whose run it is, or null
     */
    NewExecution plan(String id, JobRequest job, JobCommand.Inputs inputs, String scheduleId) {
        StepSpec task = task(id, job, inputs);
        StepSpec only = job.count() == null ? task : ArraySpec.of(job, task).step();
        return new NewExecution(
                id,
                job.name(),
                Execution.JOB,
                JOB,
                scheduleId == null ? null : SCHEDULE,
                scheduleId,
                null,
                LONGEST.toMillis(),
                true,
                List.of(only));
    }

    /** What runs: the job's only step, or that of every task of an array. */
    StepSpec task(String id, JobRequest job, JobCommand.Inputs inputs) {
        var needs = job.needs();
        boolean process = JobCommand.PROCESS.equals(needs.runtime());
        Double cpu = needs.cpu() == null ? (Double) defaults.cpu() : needs.cpu();
        Long memory = needs.memoryBytes() == null ? (Long) defaults.memoryBytes() : needs.memoryBytes();
        cpu = cpu > 0 ? cpu : null;
        memory = memory > 0 ? memory : null;
        var requires = new Requires(
                cpu,
                memory,
                needs.gpus(),
                needs.zone(),
                needs.labelSelector(),
                process ? needs.capabilities() : withEngine(job, needs.capabilities()),
                needs.runtime(),
                needs.role(),
                needs.models(),
                needs.diskBytes());
        return new StepSpec(
                0,
                job.name(),
                CommandNames.JOB_RUN,
                data(id, job, inputs, cpu, memory),
                List.of(),
                false,
                needs.nodeId(),
                null,
                requires,
                job.timeoutMs() == null ? defaults.timeout().toMillis() : job.timeoutMs(),
                job.maxRetries() == null ? 0 : job.maxRetries(),
                job.onNodeLost() == null ? OnNodeLost.RESCHEDULE : job.onNodeLost(),
                job.priority() == null ? null : JobRules.priority(job.priority()),
                job.preemptible(),
                null,
                null);
    }

    private static JsonObject data(String id, JobRequest job, JobCommand.Inputs inputs, Double cpu, Long memory) {
        // a text is for the shell, whatever the image's entrypoint would make of it
        boolean script = job.command() instanceof String;
        List<String> words = script ? List.of((String) job.command()) : words(job.command());
        return Json.toObject(new JobCommand(
                id,
                job.name(),
                job.image(),
                words,
                script && job.entrypoint() == null ? SHELL : job.entrypoint(),
                job.env(),
                job.workDir(),
                job.needs().runtime(),
                job.network(),
                job.user(),
                job.readOnlyRoot(),
                cpu,
                memory,
                job.pidsLimit(),
                job.pullPolicy(),
                job.registryAuth(),
                inputs,
                job.outputs(),
                null,
                job.logLimitBytes(),
                job.graceMs(),
                job.resumeFrom(),
                null,
                null,
                job.secretEnv(),
                job.shmBytes(),
                job.ulimits(),
                job.init(),
                job.tmpfs(),
                job.ipc(),
                job.stopSignal(),
                job.groups()));
    }

    private static List<String> words(Object command) {
        return command == null
                ? null
                : ((List<?>) command).stream().map(String.class::cast).toList();
    }

    private static List<String> withEngine(JobRequest job, List<String> capabilities) {
        List<String> all = Stream.concat(
                        Stream.of(NodeRegister.CONTAINER_ENGINE),
                        capabilities == null ? Stream.of() : capabilities.stream())
                .distinct()
                .toList();
        return job.settings().named().isEmpty() ? all : ContainerSettings.withCapability(all);
    }
}
