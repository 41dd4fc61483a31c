package io.aiwm.controller.objects;

import io.aiwm.common.Failure;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * Cuts one stream into parts of a fixed size. While one is being kept the next one fills; the sender is paused when both are
 * busy, or when no {@link PartSlots slot} is free. A slow sender holds no connection to the store.
 */
final class PartCutter {
    /** Bytes beyond {@code length} are not the part's. */
    static final class Part {
        private static final int FIRST_BYTES = 64 * 1024;
        byte[] bytes = new byte[FIRST_BYTES];
        int length;

        private int fill(Buffer from, int at) {
            int taken = Math.min(from.length() - at, S3Parts.PART_BYTES - length);
            if (length + taken > bytes.length) {
                int grown = Math.max(length + taken, bytes.length * 4);
                bytes = Arrays.copyOf(bytes, Math.min(S3Parts.PART_BYTES, grown));
            }
            from.getBytes(at, at + taken, bytes, length);
            length += taken;
            return taken;
        }
    }

    /** Where parts go; called one at a time. */
    interface Target {
        /** A full one, after which there may or may not be more. */
        Future<Void> keep(Part part);

        /** What is left at the end, perhaps nothing; {@code whole} unless the content broke off or was too large. */
        Future<Void> rest(Part part, boolean whole);
    }

    private final PartSlots slots;
    private final ReadStream<Buffer> content;
    private final long maxBytes;
    private final Target target;
    private final Promise<Void> done = Promise.promise();
    private final Deque<Buffer> waiting = new ArrayDeque<>();
    private int firstAt;
    private Part current;
    private long taken;
    private boolean begun;
    private boolean slotAsked;
    private boolean keeping;
    private boolean ended;
    private boolean paused = true;
    private boolean over;
    private Failure failure;
    private Throwable notKept;

    private PartCutter(PartSlots slots, ReadStream<Buffer> content, long maxBytes, Target target) {
        this.slots = slots;
        this.content = content;
        this.maxBytes = maxBytes;
        this.target = target;
    }

    /**
     * Succeeds when all is kept. Fails with INVALID when the content breaks off and with TOO_LARGE past {@code maxBytes}, when
     * what came before is kept; or as the target fails.
     *
     * @param before goes in front of the content and does not count
     */
    static Future<Void> cut(
            PartSlots slots, Future<Buffer> before, ReadStream<Buffer> content, long maxBytes, Target target) {
        var cutter = new PartCutter(slots, content, maxBytes, target);
        content.pause();
        content.exceptionHandler(cause -> cutter.end(Failure.invalid("the content broke off before its end")));
        content.handler(cutter::take);
        content.endHandler(end -> cutter.end(null));
        before.onComplete(cutter::begin);
        return cutter.done.future();
    }

    private synchronized void begin(AsyncResult<Buffer> before) {
        begun = true;
        if (before.failed()) {
            notKept = before.cause();
            ended = true;
        } else if (before.result().length() > 0) {
            waiting.addFirst(before.result());
        }
        proceed();
    }

    private synchronized void take(Buffer piece) {
        if (ended) {
            return;
        }
        taken += piece.length();
        if (taken > maxBytes) {
            paused = true;
            content.pause();
            end(new Failure(Failure.Kind.TOO_LARGE, "the content is larger than the " + maxBytes + " bytes allowed"));
            return;
        }
        if (piece.length() > 0) {
            waiting.add(piece);
            proceed();
        }
    }

    private synchronized void end(Failure broken) {
        if (!ended) {
            ended = true;
            failure = broken;
            proceed();
        }
    }

    private synchronized void proceed() {
        if (over || !begun) {
            return;
        }
        while (!waiting.isEmpty() && hasSlot() && !(isFull() && keeping)) {
            if (isFull()) {
                keepCurrent();
            } else {
                fillCurrent();
            }
        }
        if (waiting.isEmpty() && ended && !keeping) {
            over = true;
            finish();
        } else if (!ended) {
            pauseOrResume();
        }
    }

    private void pauseOrResume() {
        if (!waiting.isEmpty() && !paused) {
            paused = true;
            content.pause();
        } else if (waiting.isEmpty() && paused) {
            paused = false;
            content.resume(); // last: it may call back at once
        }
    }

    private boolean isFull() {
        return current.length == S3Parts.PART_BYTES;
    }

    private boolean hasSlot() {
        if (current == null && !slotAsked) {
            if (slots.take(this::slotGiven)) {
                current = new Part();
            } else {
                slotAsked = true;
            }
        }
        return current != null;
    }

    private synchronized void slotGiven() {
        slotAsked = false;
        current = new Part();
        if (over) {
            giveBackCurrent();
        } else {
            proceed();
        }
    }

    private void fillCurrent() {
        Buffer first = waiting.getFirst();
        firstAt += current.fill(first, firstAt);
        if (firstAt == first.length()) {
            waiting.removeFirst();
            firstAt = 0;
        }
    }

    private void keepCurrent() {
        Part part = current;
        current = null;
        keeping = true;
        target.keep(part).onComplete(this::kept);
    }

    private void kept(AsyncResult<Void> result) {
        slots.giveBack();
        synchronized (this) {
            keeping = false;
            if (result.failed()) {
                notKept = result.cause();
                ended = true;
                waiting.clear();
                if (!paused) {
                    paused = true;
                    content.pause();
                }
            }
            proceed();
        }
    }

    private void finish() {
        if (notKept != null) {
            giveBackCurrent();
            done.fail(notKept);
            return;
        }
        target.rest(current == null ? new Part() : current, failure == null).onComplete(kept -> {
            giveBackCurrent();
            if (kept.failed() || failure == null) {
                done.handle(kept);
            } else {
                done.fail(failure);
            }
        });
    }

    private synchronized void giveBackCurrent() {
        if (current != null) {
            current = null;
            slots.giveBack();
        }
    }
}
