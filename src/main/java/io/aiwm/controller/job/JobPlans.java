package io.aiwm.controller.job;

import io.aiwm.boot.Config;
import io.aiwm.common.Json;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.NewExecution;
import io.aiwm.controller.execution.NewExecutionBuilder;
import io.aiwm.controller.execution.OnNodeLost;
import io.aiwm.controller.execution.RequiresBuilder;
import io.aiwm.controller.execution.StepSpec;
import io.aiwm.controller.execution.StepSpecBuilder;
import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.ContainerSettings;
import io.aiwm.protocol.JobCommand;
import io.aiwm.protocol.JobCommandBuilder;
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
        return NewExecutionBuilder.builder()
                .id(id)
                .name(job.name())
                .category(Execution.JOB)
                .type(JOB)
                .resourceType(scheduleId == null ? null : SCHEDULE)
                .resourceId(scheduleId)
                .timeoutMs(LONGEST.toMillis())
                .start(true)
                .steps(List.of(only))
                .build();
    }

    /** What runs: the job's only step, or that of every task of an array. */
    StepSpec task(String id, JobRequest job, JobCommand.Inputs inputs) {
        var needs = job.needs();
        boolean process = JobCommand.PROCESS.equals(needs.runtime());
        Double cpu = needs.cpu() == null ? (Double) defaults.cpu() : needs.cpu();
        Long memory = needs.memoryBytes() == null ? (Long) defaults.memoryBytes() : needs.memoryBytes();
        cpu = cpu > 0 ? cpu : null;
        memory = memory > 0 ? memory : null;
        var requires = RequiresBuilder.builder()
                .cpu(cpu)
                .memoryBytes(memory)
                .gpus(needs.gpus())
                .zone(needs.zone())
                .labelSelector(needs.labelSelector())
                .capabilities(process ? needs.capabilities() : withEngine(job, needs.capabilities()))
                .runtime(needs.runtime())
                .role(needs.role())
                .models(needs.models())
                .diskBytes(needs.diskBytes())
                .build();
        return StepSpecBuilder.builder()
                .index(0)
                .name(job.name())
                .command(CommandNames.JOB_RUN)
                .data(data(id, job, inputs, cpu, memory))
                .dependsOn(List.of())
                .nodeId(needs.nodeId())
                .requires(requires)
                .timeoutMs(job.timeoutMs() == null ? defaults.timeout().toMillis() : job.timeoutMs())
                .maxRetries(job.maxRetries() == null ? 0 : job.maxRetries())
                .onNodeLost(job.onNodeLost() == null ? OnNodeLost.RESCHEDULE : job.onNodeLost())
                .priority(job.priority() == null ? null : JobRules.priority(job.priority()))
                .preemptible(job.preemptible())
                .build();
    }

    private static JsonObject data(String id, JobRequest job, JobCommand.Inputs inputs, Double cpu, Long memory) {
        // a text is for the shell, whatever the image's entrypoint would make of it
        boolean script = job.command() instanceof String;
        List<String> words = script ? List.of((String) job.command()) : words(job.command());
        return Json.toObject(JobCommandBuilder.builder()
                .jobId(id)
                .name(job.name())
                .image(job.image())
                .command(words)
                .entrypoint(script && job.entrypoint() == null ? SHELL : job.entrypoint())
                .env(job.env())
                .workDir(job.workDir())
                .runtime(job.needs().runtime())
                .network(job.network())
                .user(job.user())
                .readOnlyRoot(job.readOnlyRoot())
                .cpu(cpu)
                .memoryBytes(memory)
                .pidsLimit(job.pidsLimit())
                .pullPolicy(job.pullPolicy())
                .registryAuth(job.registryAuth())
                .inputs(inputs)
                .stdin(job.stdin())
                .outputs(job.outputs())
                .logLimitBytes(job.logLimitBytes())
                .graceMs(job.graceMs())
                .resumeFrom(job.resumeFrom())
                .secretEnv(job.secretEnv())
                .shmBytes(job.shmBytes())
                .ulimits(job.ulimits())
                .init(job.init())
                .tmpfs(job.tmpfs())
                .ipc(job.ipc())
                .stopSignal(job.stopSignal())
                .groups(job.groups())
                .build());
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
