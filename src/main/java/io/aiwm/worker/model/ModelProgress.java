package io.aiwm.worker.model;

import io.aiwm.worker.command.Command;

/** What a command is told while the files of its model come, one after the other. */
final class ModelProgress {
    private final Command command;
    private final long total;
    private long before;
    private long sinceNanos = System.nanoTime();
    private long atSince = -1;
    private long bytesPerSecond;

    ModelProgress(ModelOrder order, Command command) {
        this.command = command;
        boolean known = order.files().stream().allMatch(file -> file.sizeBytes() != null);
        this.total = known
                ? order.files().stream()
                        .mapToLong(ModelOrder.Content::sizeBytes)
                        .sum()
                : -1;
    }

    /** @param bytes of the file that comes now */
    synchronized void here(long bytes) {
        long all = before + bytes;
        long now = System.nanoTime();
        if (atSince < 0 || all < atSince) {
            atSince = all;
            sinceNanos = now;
        } else if (now > sinceNanos) {
            bytesPerSecond = (long) ((all - atSince) * 1e9 / (now - sinceNanos));
        }
        String of = total > 0 ? " of " + total : "";
        String speed = bytesPerSecond > 0 ? ", " + bytesPerSecond + " bytes/s" : "";
        command.progress().accept(percent(all), "downloaded " + all + of + " bytes" + speed);
    }

    synchronized void whole(ModelOrder.Content file) {
        before += file.sizeBytes() == null ? 0 : file.sizeBytes();
    }

    private int percent(long all) {
        return total > 0 ? (int) Math.min(99, all * 99 / total) : 0;
    }
}
