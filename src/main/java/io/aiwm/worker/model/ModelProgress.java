package io.aiwm.worker.model;

import io.aiwm.common.ByteRate;
import io.aiwm.protocol.TransferProgress;
import io.aiwm.worker.command.Command;

/** What a command is told while the files of its model come, one after the other. */
final class ModelProgress {
    private final Command command;
    private final long total;
    private final ByteRate rate = new ByteRate(System::nanoTime);
    private long before;
    /** Of all files; -1: none has been heard of. */
    private long last = -1;

    ModelProgress(ModelOrder order, Command command) {
        this.command = command;
        boolean known = order.files().stream().allMatch(file -> file.sizeBytes() != null);
        this.total = known
                ? order.files().stream()
                        .mapToLong(ModelOrder.Content::sizeBytes)
                        .sum()
                : -1;
    }

    /** @param bytes of this file that are here */
    synchronized void here(ModelOrder.Content file, long bytes) {
        long all = before + bytes;
        // what was here when it began, or is fetched again, has not come now
        rate.came(last < 0 ? 0 : Math.max(0, all - last));
        last = all;
        var current = new TransferProgress.File(file.path(), bytes, file.sizeBytes());
        TransferProgress progress = TransferProgress.of(all, total, rate.perSecond(), current);
        String of = total > 0 ? " of " + total : "";
        String speed = progress.bytesPerSecond() == null ? "" : ", " + progress.bytesPerSecond() + " bytes/s";
        command.progress().transferred(percent(all), "downloaded " + all + of + " bytes" + speed, progress);
    }

    synchronized void whole(ModelOrder.Content file) {
        before += file.sizeBytes() == null ? 0 : file.sizeBytes();
    }

    private int percent(long all) {
        return total > 0 ? (int) Math.min(99, all * 99 / total) : 0;
    }
}
