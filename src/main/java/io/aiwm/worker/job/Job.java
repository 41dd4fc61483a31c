package io.aiwm.worker.job;

import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.JobCommand;
import io.aiwm.protocol.ResourceClaim;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** One {@code job.run} that can be carried out: checked by {@link JobSpecRules}, with every default filled in but the worker's own. */
public record Job(String commandId, JobCommand asked) {
    static final long OUTPUT_LIMIT = 256L << 20;
    static final long LOG_LIMIT = 10L << 20;

    public boolean isProcess() {
        return JobCommand.PROCESS.equals(asked.runtime());
    }

    public String workDir() {
        return asked.workDir() == null ? JobCommand.WORK_DIR : asked.workDir();
    }

    public List<String> outputs() {
        return asked.outputs() == null ? List.of() : asked.outputs();
    }

    public long outputLimitBytes() {
        return asked.outputLimitBytes() == null ? OUTPUT_LIMIT : asked.outputLimitBytes();
    }

    public long logLimitBytes() {
        return asked.logLimitBytes() == null ? LOG_LIMIT : asked.logLimitBytes();
    }

    /** What the program reads; null: nothing. */
    public byte[] stdin() {
        return asked.stdin() == null ? null : asked.stdin().getBytes(StandardCharsets.UTF_8);
    }

    Duration grace() {
        return Duration.ofMillis(asked.graceMs() == null ? JobCommand.GRACE_MS : asked.graceMs());
    }

    public List<Integer> gpus() {
        return ResourceClaim.gpusOf(asked.claim());
    }

    /** The user's variables, and ours, which win. */
    public Map<String, String> environment() {
        var all = new TreeMap<String, String>();
        if (asked.env() != null) {
            all.putAll(asked.env());
        }
        all.put("AIWM_JOB_ID", asked.jobId());
        all.put("AIWM_COMMAND_ID", commandId);
        all.put("AIWM_ATTEMPT", Integer.toString(CommandId.parseAny(commandId).attempt()));
        return all;
    }
}
