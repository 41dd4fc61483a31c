package io.aiwm.controller.model;

import io.aiwm.common.ByteRate;
import io.aiwm.protocol.TransferProgress;
import java.util.Locale;
import java.util.function.LongSupplier;

/** How far a download is, how fast, and how long it still takes. Any thread may call. */
final class Transfer {
    private final ByteRate rate;
    private long total;
    private boolean totalKnown;
    private long before;
    private long inFile;
    private String path;
    private long fileSize;
    private int files;
    private int done;

    Transfer() {
        this(System::nanoTime);
    }

    Transfer(LongSupplier nanoTime) {
        rate = new ByteRate(nanoTime);
    }

    /** @param sizes of all files; -1: not known */
    synchronized void expect(long[] sizes) {
        files = sizes.length;
        totalKnown = true;
        for (long size : sizes) {
            totalKnown &= size >= 0;
            total += Math.max(0, size);
        }
    }

    /** This file comes now. @param size -1: not known */
    synchronized void begin(String file, long size) {
        path = file;
        fileSize = size;
    }

    /** So much of the file is here. @param taken how much of it has just come */
    synchronized void at(long bytes, long taken) {
        inFile = bytes;
        if (taken > 0) {
            rate.came(taken);
        }
    }

    synchronized void fileDone() {
        before += inFile;
        inFile = 0;
        path = null;
        done++;
    }

    synchronized long bytes() {
        return before + inFile;
    }

    synchronized int percent() {
        return totalKnown && total > 0 ? (int) Math.min(99, bytes() * 99 / total) : files == 0 ? 0 : done * 99 / files;
    }

    synchronized TransferProgress progress() {
        var file = path == null ? null : new TransferProgress.File(path, inFile, fileSize < 0 ? null : fileSize);
        return TransferProgress.of(bytes(), totalKnown ? total : -1, rate.perSecond(), file);
    }

    synchronized String words() {
        TransferProgress now = progress();
        var words = new StringBuilder();
        words.append(now.bytesDone()).append(totalKnown ? " of " + total : "").append(" bytes, file ");
        words.append(Math.min(done + 1, Math.max(1, files))).append(" of ").append(files);
        if (now.bytesPerSecond() != null) {
            words.append(String.format(Locale.ROOT, ", %.1f MiB/s", now.bytesPerSecond() / 1_048_576.0));
        }
        if (now.secondsLeft() != null) {
            words.append(", ").append(now.secondsLeft()).append(" s left");
        }
        return words.toString();
    }
}
