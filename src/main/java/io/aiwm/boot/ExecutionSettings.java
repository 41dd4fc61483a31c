package io.aiwm.boot;

import static io.aiwm.boot.Setting.setting;

import java.time.Duration;

/** {@code executions.*}, {@code jobs.*} and {@code retention.*}: limits of the work, and how long ended work is kept. */
final class ExecutionSettings {
    private ExecutionSettings() {}

    static final Setting<Integer> EXECUTIONS_MAX_STEPS =
            setting("executions.maxSteps", SettingType.integer(1, 100_000), "1000", "steps in one execution");
    static final Setting<Integer> EXECUTIONS_MAX_OPEN =
            setting("executions.maxOpen", SettingType.integer(1, 1_000_000), "20000", "executions not yet finished");
    static final Setting<Duration> EXECUTIONS_DEFAULT_TIMEOUT = setting(
            "executions.defaultTimeout",
            SettingType.duration("1s", "30d"),
            "1h",
            "limit of an execution that names none, and of each attempt of a deployment's steps");
    static final Setting<Duration> EXECUTIONS_TICK = setting(
            "executions.tick",
            SettingType.duration("50ms", "10m"),
            "1s",
            "how often the monitor looks for what stands still");
    static final Setting<Duration> EXECUTIONS_RETRY_BACKOFF = setting(
            "executions.retryBackoff",
            SettingType.duration("1ms", "1h"),
            "1s",
            "wait before the second attempt, doubling");
    static final Setting<Duration> EXECUTIONS_RETRY_BACKOFF_MAX = setting(
            "executions.retryBackoffMax",
            SettingType.duration("1ms", "24h"),
            "5m",
            "longest wait between two attempts");
    static final Setting<Duration> EXECUTIONS_RESEND_AFTER = setting(
            "executions.resendAfter", SettingType.duration("50ms", "10m"), "5s", "a command without ack is sent again");
    static final Setting<Double> JOBS_CPU = setting(
                    "jobs.cpu", SettingType.decimal(0), "1", "cores of a job that names none; 0: no claim and no limit")
            .also("DOCKER_CPU_LIMIT");
    static final Setting<Long> JOBS_MEMORY_BYTES = setting(
                    "jobs.memoryBytes",
                    SettingType.bytes("0", "1048576g"),
                    "512MiB",
                    "memory of a job that names none; 0: no claim and no limit")
            .also("DOCKER_MEMORY_LIMIT");
    static final Setting<Duration> JOBS_TIMEOUT = setting(
            "jobs.timeout", SettingType.duration("1s", "365d"), "1h", "limit of one attempt of a job that names none");
    static final Setting<Long> JOBS_MAX_INPUT_BYTES =
            setting("jobs.maxInputBytes", SettingType.bytes("1", "1048576g"), "1g", "largest upload for a job");
    static final Setting<Long> JOBS_MAX_OUTPUT_BYTES = setting(
            "jobs.maxOutputBytes", SettingType.bytes("1", "1048576g"), "256m", "largest archive of a job's outputs");
    static final Setting<Long> JOBS_MAX_LOG_BYTES =
            setting("jobs.maxLogBytes", SettingType.bytes("1", "1g"), "10m", "how much of a job's log is kept at most");
    static final Setting<Duration> RETENTION_EXECUTIONS_AGE = setting(
            "retention.executionsAge",
            SettingType.duration("0s", "36500d"),
            "90d",
            "executions and jobs that ended so long ago are forgotten with their files, unless pinned; 0s: never");
    static final Setting<Integer> RETENTION_EXECUTIONS_COUNT = setting(
            "retention.executionsCount",
            SettingType.integer(0, 1_000_000_000),
            "100000",
            "of more executions and jobs that have ended, those that ended first are forgotten; 0: none");
    static final Setting<Duration> RETENTION_FILES_AGE = setting(
            "retention.filesAge",
            SettingType.duration("0s", "36500d"),
            "90d",
            "inputs, outputs and logs of jobs that have ended are deleted at this age; 0s: only with their jobs");
    static final Setting<Integer> RETENTION_FILES_COUNT = setting(
            "retention.filesCount",
            SettingType.integer(0, 1_000_000_000),
            "100000",
            "of more inputs, outputs and logs of jobs that have ended, the oldest are deleted; 0: none");
    static final Setting<Duration> RETENTION_EVENTS_AGE = setting(
            "retention.eventsAge",
            SettingType.duration("1h", "36500d"),
            "30d",
            "what happened to deployments is forgotten at this age");
    static final Setting<Integer> RETENTION_EVENTS_COUNT = setting(
            "retention.eventsCount",
            SettingType.integer(10, 1_000_000),
            "1000",
            "of more events of one deployment, the oldest are forgotten");

    static final Setting<Duration> RETENTION_USAGE_AGE = setting(
            "retention.usageAge",
            SettingType.duration("1d", "36500d"),
            "400d",
            "what calls of models used, by hour, is forgotten at this age");
    static final Setting<Duration> RETENTION_METRICS_AGE = setting(
            "retention.metricsAge",
            SettingType.duration("1h", "400d"),
            "7d",
            "what nodes, GPUs and replicas used, by minute, is forgotten at this age");

    static Config.Executions executions(Values v) {
        return new Config.Executions(
                v.get(EXECUTIONS_MAX_STEPS),
                v.get(EXECUTIONS_MAX_OPEN),
                v.get(EXECUTIONS_DEFAULT_TIMEOUT),
                v.get(EXECUTIONS_TICK),
                v.get(EXECUTIONS_RETRY_BACKOFF),
                v.get(EXECUTIONS_RETRY_BACKOFF_MAX),
                v.get(EXECUTIONS_RESEND_AFTER));
    }

    static Config.Jobs jobs(Values v) {
        return new Config.Jobs(
                v.get(JOBS_CPU),
                v.get(JOBS_MEMORY_BYTES),
                v.get(JOBS_TIMEOUT),
                v.get(JOBS_MAX_INPUT_BYTES),
                v.get(JOBS_MAX_OUTPUT_BYTES),
                v.get(JOBS_MAX_LOG_BYTES));
    }

    static Config.Retention retention(Values v) {
        return ConfigRetentionBuilder.builder()
                .executionsAge(v.get(RETENTION_EXECUTIONS_AGE))
                .executionsCount(v.get(RETENTION_EXECUTIONS_COUNT))
                .filesAge(v.get(RETENTION_FILES_AGE))
                .filesCount(v.get(RETENTION_FILES_COUNT))
                .eventsAge(v.get(RETENTION_EVENTS_AGE))
                .eventsCount(v.get(RETENTION_EVENTS_COUNT))
                .usageAge(v.get(RETENTION_USAGE_AGE))
                .metricsAge(v.get(RETENTION_METRICS_AGE))
                .build();
    }
}
