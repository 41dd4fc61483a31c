package io.aiwm.controller.batch;

import io.aiwm.common.Failure;
import io.vertx.core.Context;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;

/** The lines of a batch that are to be called: those that come back first, then what is not done of the file. Used on one context. */
final class LineSource {
    private final Context context;
    private final LineReader lines;
    private final LineJournal journal;
    private final String endpoint;
    private final Runnable filled;
    private final Consumer<Throwable> broken;
    private final Queue<Waiting> again = new ArrayDeque<>();
    private Waiting next;
    private boolean filling;
    /** The file is not there any more: what was not read of it is never called. */
    private boolean gone;

    /** A line to be called. @param tries that have failed */
    record Waiting(BatchCall call, int tries) {}

    /**
     * @param filled called when there may be more
     * @param broken called when the file cannot be read now
     */
    LineSource(
            Context context,
            LineReader lines,
            LineJournal journal,
            String endpoint,
            Runnable filled,
            Consumer<Throwable> broken) {
        this.context = context;
        this.lines = lines;
        this.journal = journal;
        this.endpoint = endpoint;
        this.filled = filled;
        this.broken = broken;
    }

    /** The next one, which stays here; null: none is at hand, and where there are more they are being read. */
    Waiting peek() {
        if (next == null) {
            next = again.poll();
        }
        while (next == null) {
            LineReader.Line line = lines.poll();
            if (line == null) {
                fill();
                return null;
            }
            if (!journal.isDone(line.number())) {
                next = read(line);
            }
        }
        return next;
    }

    Waiting take() {
        Waiting taken = peek();
        next = null;
        return taken;
    }

    void back(Waiting line) {
        again.add(line);
    }

    /** Whether there is none left, and none to be read. */
    boolean isEmpty() {
        return next == null && again.isEmpty() && (gone || (!filling && lines.isAtEnd()));
    }

    private Waiting read(LineReader.Line line) {
        try {
            return new Waiting(BatchCall.read(line, endpoint), 0);
        } catch (BatchCall.Wrong cannotBe) {
            // what was checked is what is read
            throw new IllegalStateException("line " + line.number() + " has changed: " + cannotBe.error.code());
        }
    }

    private void fill() {
        if (filling || lines.isAtEnd()) {
            return;
        }
        filling = true;
        lines.fill()
                .onComplete(read -> context.runOnContext(turn -> {
                    gone = read.failed() && Failure.of(read.cause()).kind == Failure.Kind.NOT_FOUND;
                    if (read.failed() && !gone) {
                        broken.accept(read.cause());
                    } else {
                        filling = gone; // never again
                        filled.run();
                    }
                }));
    }
}
