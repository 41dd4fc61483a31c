package io.aiwm.controller.model;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;

/** How far a download is, how fast, and how long it still takes. Any thread may call. */
final class Transfer {
    private static final long WINDOW_NANOS = 15_000_000_000L;

    private record Sample(long nanos, long bytes) {}

    private final Deque<Sample> samples = new ArrayDeque<>();
    private long total;
    private boolean totalKnown;
    private long before;
    private long inFile;
    private long fresh;
    private int files;
    private int done;

    /** @param sizes of all files; -1: not known */
    synchronized void expect(long[] sizes) {
        files = sizes.length;
        totalKnown = true;
        for (long size : sizes) {
            totalKnown &= size >= 0;
            total += Math.max(0, size);
        }
    }

    /** So much of the file is here. @param taken how much of it has just come */
    synchronized void at(long bytes, long taken) {
        inFile = bytes;
        if (taken > 0) {
            fresh += taken;
            long now = System.nanoTime();
            samples.addLast(new Sample(now, fresh));
            while (samples.size() > 2 && samples.peekFirst().nanos() < now - WINDOW_NANOS) {
                samples.removeFirst();
            }
            if (samples.size() > 1_000) {
                samples.removeFirst();
            }
        }
    }

    synchronized void fileDone() {
        before += inFile;
        inFile = 0;
        done++;
    }

    synchronized long bytes() {
        return before + inFile;
    }

    synchronized int percent() {
        return totalKnown && total > 0 ? (int) Math.min(99, bytes() * 99 / total) : files == 0 ? 0 : done * 99 / files;
    }

    private long perSecond() {
        if (samples.size() < 2) {
            return 0;
        }
        Sample first = samples.peekFirst();
        long nanos = System.nanoTime() - first.nanos();
        return nanos <= 0 ? 0 : (long) ((samples.peekLast().bytes() - first.bytes()) * 1e9 / nanos);
    }

    synchronized String words() {
        long speed = perSecond();
        var words = new StringBuilder();
        words.append(bytes()).append(totalKnown ? " of " + total : "").append(" bytes, file ");
        words.append(Math.min(done + 1, Math.max(1, files))).append(" of ").append(files);
        if (speed > 0) {
            words.append(String.format(Locale.ROOT, ", %.1f MiB/s", speed / 1_048_576.0));
            if (totalKnown) {
                words.append(", ").append(Math.max(0, total - bytes()) / speed).append(" s left");
            }
        }
        return words.toString();
    }
}
