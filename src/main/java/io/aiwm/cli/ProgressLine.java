package io.aiwm.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** How far something is, told from any thread: one line that changes on a terminal, and elsewhere a line now and then. */
final class ProgressLine {
    private static final long ON_TERMINAL = TimeUnit.MILLISECONDS.toNanos(250);
    private static final long ELSEWHERE = TimeUnit.SECONDS.toNanos(10);
    private static final long WINDOW = TimeUnit.SECONDS.toNanos(10);

    private final PrintWriter err;
    private final boolean terminal = isTerminal();
    private final Deque<long[]> samples = new ArrayDeque<>();
    private String last = "";
    private long saidAt;
    private int width;

    ProgressLine(PrintWriter err) {
        this.err = err;
    }

    /** Whether what is told goes to a terminal, as Linux says it; elsewhere no. The JDK knows no way before version 22. */
    private static boolean isTerminal() {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString().matches("/dev/(pts/|tty).*");
        } catch (IOException | UnsupportedOperationException unknown) {
            return false;
        }
    }

    /** So many bytes are done; what was repeated counts once. */
    synchronized void bytes(String what, long done, long total) {
        long now = System.nanoTime();
        if (!samples.isEmpty() && samples.peekLast()[1] > done) {
            samples.clear();
        }
        if (samples.isEmpty() || now - samples.peekLast()[0] > WINDOW / 100) {
            samples.addLast(new long[] {now, done});
        }
        while (samples.size() > 2 && now - samples.peekFirst()[0] > WINDOW) {
            samples.removeFirst();
        }
        say(words(what, done, total, perSecond(now, done)));
    }

    private double perSecond(long now, long done) {
        long[] first = samples.peekFirst();
        return now - first[0] < WINDOW / 100 ? 0 : (done - first[1]) * 1e9 / (now - first[0]);
    }

    static String words(String what, long done, long total, double perSecond) {
        var words = new StringBuilder(what);
        words.append(' ').append(Output.size(done)).append(" of ").append(Output.size(total));
        words.append(String.format(Locale.ROOT, " %d%%", total == 0 ? 100 : done * 100 / total));
        if (perSecond >= 1) {
            words.append(' ').append(Output.size(perSecond)).append("/s");
            words.append(' ').append((long) ((total - done) / perSecond)).append("s left");
        }
        return words.toString();
    }

    synchronized void say(String words) {
        long now = System.nanoTime();
        last = words;
        if (saidAt == 0 || now - saidAt > (terminal ? ON_TERMINAL : ELSEWHERE)) {
            print(words);
            saidAt = now;
        }
    }

    private void print(String words) {
        if (!terminal) {
            err.println(words);
            return;
        }
        err.print("\r" + words + " ".repeat(Math.max(0, width - words.length())));
        err.flush();
        width = words.length();
    }

    /** Leaves what was said last on the screen, and begins another line. */
    synchronized void end() {
        if (!last.isEmpty()) {
            print(last);
            if (terminal) {
                err.println();
            }
        }
        last = "";
        width = 0;
        saidAt = 0;
        samples.clear();
    }
}
