package io.aiwm.boot;

import static io.aiwm.boot.Setting.setting;

import java.time.Duration;

/** {@code batch.*}: how much is kept of batches of model calls, and how fast they go on. */
final class BatchSettings {
    private BatchSettings() {}

    static final Setting<Long> BATCH_MAX_FILE_BYTES =
            setting("batch.maxFileBytes", SettingType.bytes("1KiB", "64GiB"), "200MiB", "largest file of /v1/files");
    static final Setting<Integer> BATCH_MAX_LINES =
            setting("batch.maxLines", SettingType.integer(1, 1_000_000), "50000", "how many calls one batch may have");
    static final Setting<Integer> BATCH_MAX_FILES = setting(
            "batch.maxFiles",
            SettingType.integer(1, 9_999),
            "1000",
            "how many files of /v1/files one user may have, results of batches included");
    static final Setting<Long> BATCH_MAX_USER_BYTES = setting(
            "batch.maxUserBytes",
            SettingType.bytes("1KiB", "1048576g"),
            "10GiB",
            "how many bytes the files of /v1/files of one user may have, results of batches included");
    static final Setting<Integer> BATCH_MAX_OPEN =
            setting("batch.maxOpen", SettingType.integer(1, 1_000), "20", "how many batches of one user may be open");
    static final Setting<Duration> BATCH_RETENTION = setting(
            "batch.retention",
            SettingType.duration("1h", "3650d"),
            "30d",
            "after which time a file of /v1/files is deleted, and a batch that has ended is forgotten");
    static final Setting<Integer> BATCH_PARALLEL = setting(
            "batch.parallel", SettingType.integer(1, 256), "16", "how many calls of one batch are made at once");
    static final Setting<Integer> BATCH_MAX_PARALLEL = setting(
            "batch.maxParallel",
            SettingType.integer(1, 1_024),
            "64",
            "how many calls of all batches one controller makes at once");

    static Config.Batches batches(Values v) {
        return ConfigBatchesBuilder.builder()
                .maxFileBytes(v.get(BATCH_MAX_FILE_BYTES))
                .maxLines(v.get(BATCH_MAX_LINES))
                .maxFiles(v.get(BATCH_MAX_FILES))
                .maxUserBytes(v.get(BATCH_MAX_USER_BYTES))
                .maxOpen(v.get(BATCH_MAX_OPEN))
                .retention(v.get(BATCH_RETENTION))
                .parallel(v.get(BATCH_PARALLEL))
                .maxParallel(v.get(BATCH_MAX_PARALLEL))
                .build();
    }
}
