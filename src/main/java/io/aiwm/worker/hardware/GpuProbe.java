package io.aiwm.worker.hardware;

import io.aiwm.boot.Config;
import io.aiwm.protocol.SystemInfo;
import io.aiwm.protocol.SystemInfoGpuBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** NVIDIA GPUs. A machine without them, or without the driver, has none; one whose driver hangs keeps what it had. */
final class GpuProbe implements Probe {
    /** A missing or hanging driver is not asked at every sample. */
    private static final Duration RETRY = Duration.ofSeconds(60);

    /** Rows of memory are remapped at a reset, and fail rarely: no need to ask at every sample. */
    private static final Duration ROWS_EVERY = Duration.ofSeconds(60);

    private static final Logger log = LoggerFactory.getLogger(GpuProbe.class);

    private final NvidiaSmi smi;
    private List<SystemInfo.Gpu> known = List.of();
    private String cuda;
    private String trouble;
    private String query = GpuTable.QUERY;
    private Map<String, String> rows = Map.of();
    private long rowsAgainAt = System.nanoTime();
    private long askAgainAt = System.nanoTime();

    GpuProbe(Config.Gpu config) {
        smi = new NvidiaSmi(config.nvidiaSmiPath(), config.timeout());
    }

    @Override
    public void look(Sample sample) {
        if (System.nanoTime() - askAgainAt >= 0) {
            ask();
        }
        sample.gpus = known;
    }

    private void ask() {
        try {
            var answer = smi.ask("--query-gpu=" + query, "--format=csv,noheader,nounits");
            if (answer.exitCode() != 0 && answer.text().contains("not a valid field") && !isPlain()) {
                query = GpuTable.PLAIN_QUERY; // a driver of another age: what it knows is better than nothing
                answer = smi.ask("--query-gpu=" + query, "--format=csv,noheader,nounits");
            }
            var found = GpuTable.read(answer.text(), Map.of(), cuda);
            if (found.isEmpty() && answer.exitCode() != 0) {
                throw new IOException("nvidia-smi exited with " + answer.exitCode() + ": " + firstLine(answer.text()));
            }
            if (cuda == null && !found.isEmpty()) {
                cuda = GpuTable.cudaVersion(smi.ask("-q", "-d", "COMPUTE").text());
            }
            boolean mig = found.stream().anyMatch(SystemInfo.Gpu::mig);
            var slices = mig ? GpuTable.slices(smi.ask("-L").text()) : Map.<Integer, List<SystemInfo.MigSlice>>of();
            known = GpuTable.read(answer.text(), slices, cuda, found.isEmpty() ? Map.of() : rows());
            trouble = null;
        } catch (IOException cause) {
            askAgainAt = System.nanoTime() + RETRY.toNanos();
            inTrouble(cause.getMessage());
        }
    }

    private boolean isPlain() {
        return query.equals(GpuTable.PLAIN_QUERY);
    }

    /** A driver or a board that does not know of rows says so in words, which name no GPU. */
    private Map<String, String> rows() throws IOException {
        if (System.nanoTime() - rowsAgainAt >= 0) {
            rows = GpuTable.rows(
                    smi.ask("--query-remapped-rows=" + GpuTable.ROWS_QUERY, "--format=csv,noheader,nounits")
                            .text());
            rowsAgainAt = System.nanoTime() + ROWS_EVERY.toNanos();
        }
        return rows;
    }

    private void inTrouble(String why) {
        if (!why.equals(trouble)) {
            // a machine without the driver's program has no GPUs to be told of
            boolean nothingThere = known.isEmpty() && !smi.isThere();
            log.atLevel(nothingThere ? Level.DEBUG : Level.WARN).log("no word from the GPUs: {}", why);
            trouble = why;
        }
        known = known.stream().map(gpu -> unseen(gpu, why)).toList();
    }

    /** Keeps what does not change; the measured values become null. */
    private static SystemInfo.Gpu unseen(SystemInfo.Gpu gpu, String why) {
        return SystemInfoGpuBuilder.builder(gpu)
                .health(why)
                .memoryUsedBytes(null)
                .utilization(null)
                .temperature(null)
                .powerWatts(null)
                .build();
    }

    private static String firstLine(String text) {
        return text.lines().filter(line -> !line.isBlank()).findFirst().orElse("(nothing said)");
    }
}
