package io.aiwm.controller.eventlog;

import io.aiwm.common.RateLimitedLog;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The newest events, read once for all readers of this controller, whichever controller has written them. Readers ask for what
 * follows the revision they are at, so a slow reader holds nothing in memory: it is only further behind. While there is no reader
 * nothing is read.
 */
public final class EventTail {
    private static final Logger LOG = LoggerFactory.getLogger(EventTail.class);
    private static final RateLimitedLog FAILURES = RateLimitedLog.failures(LOG);
    /** Of the newest, kept in memory; who is further behind reads the store. */
    static final int MOST_KEPT = 5_000;

    private static final int BLOCKS_AT_ONCE = 8;
    /** Blocks of other controllers are found so late. */
    private static final long LOOK_EVERY_MILLIS = 250;

    private final Vertx vertx;
    private final EventBlocks blocks;
    private final Context context;
    private final Set<Listener> readers = ConcurrentHashMap.newKeySet();
    /** Guarded by itself, as {@code head}. */
    private final Deque<ClusterEvent> kept = new ArrayDeque<>();

    private long head = -1;
    private boolean reading;
    private boolean again;
    /** The timer of the next look; -1: none. */
    private long waiting = -1;

    /** By identity: two may run the same code. */
    private static final class Listener {
        private final Runnable news;

        Listener(Runnable news) {
            this.news = news;
        }
    }

    public EventTail(Vertx vertx, EventBlocks blocks) {
        this.vertx = vertx;
        this.blocks = blocks;
        this.context = ((VertxInternal) vertx).createEventLoopContext();
    }

    /** How old revisions may be, and which is the newest. */
    public record Range(long oldest, long newest) {}

    /** Returns the revisions that the store has. */
    public Future<Range> range() {
        return blocks.head().compose(newest -> blocks.oldest().map(oldest -> new Range(oldest, newest)));
    }

    /** Fails with GONE when events after this revision are not kept any more, or never were. */
    public Future<Long> check(long after) {
        return range().compose(range -> after > range.newest() || after < range.oldest() - 1
                ? Future.failedFuture(EventBlocks.tooOld(after, range.oldest(), range.newest()))
                : Future.succeededFuture(after));
    }

    /**
     * Calls back when there may be more events, on any thread, until the returned handle is run.
     *
     * @return ends the calls
     */
    public Runnable listen(Runnable reader) {
        var own = new Listener(reader);
        readers.add(own);
        context.runOnContext(go -> {
            if (!reading) {
                reading = true;
                look();
            }
        });
        return () -> readers.remove(own);
    }

    /** There is a new block. From any thread. */
    public void hint() {
        if (!readers.isEmpty()) {
            context.runOnContext(go -> {
                again = true;
                if (waiting >= 0 && vertx.cancelTimer(waiting)) {
                    waiting = -1;
                    look();
                }
            });
        }
    }

    /** Returns the next events after this revision, at most about {@code limit}; none where it is the newest. Fails with GONE. */
    public Future<List<ClusterEvent>> after(long revision, int limit) {
        synchronized (kept) {
            if (revision == head) {
                return Future.succeededFuture(List.of());
            }
            if (!kept.isEmpty() && kept.peekFirst().revision() <= revision + 1 && revision < head) {
                var next = new ArrayList<ClusterEvent>();
                for (ClusterEvent event : kept) {
                    if (event.revision() > revision && next.size() < limit) {
                        next.add(event);
                    }
                }
                return Future.succeededFuture(next);
            }
        }
        return blocks.after(revision, 1).compose(found -> {
            List<ClusterEvent> next = events(found, revision);
            if (!next.isEmpty() && next.get(0).revision() > revision + 1) {
                return check(revision).map(List.of());
            }
            return Future.succeededFuture(next);
        });
    }

    /** Returns the events before this revision that the filter takes, newest first; looks at {@code most} blocks at most. */
    public Future<Found> before(long revision, EventFilter filter, int limit, int most) {
        return before(revision, filter, new Found(new ArrayList<>(), revision, false), limit, most);
    }

    /**
     * @param next the revision before which to go on
     * @param end whether there is nothing before it
     */
    public record Found(List<ClusterEvent> events, long next, boolean end) {}

    private Future<Found> before(long revision, EventFilter filter, Found found, int limit, int most) {
        return blocks.newest(revision, BLOCKS_AT_ONCE).compose(page -> {
            long next = revision;
            for (EventBlocks.Block block : page) {
                for (int i = block.events().size() - 1; i >= 0; i--) {
                    ClusterEvent event = block.events().get(i);
                    if (event.revision() >= revision) {
                        continue;
                    }
                    if (found.events().size() == limit) {
                        return Future.succeededFuture(new Found(found.events(), next, false));
                    }
                    next = event.revision();
                    if (filter.takes(event)) {
                        found.events().add(event);
                    }
                }
            }
            if (page.size() < BLOCKS_AT_ONCE || most <= BLOCKS_AT_ONCE) {
                return Future.succeededFuture(new Found(found.events(), next, page.size() < BLOCKS_AT_ONCE));
            }
            return before(next, filter, found, limit, most - BLOCKS_AT_ONCE);
        });
    }

    private static List<ClusterEvent> events(List<EventBlocks.Block> blocks, long after) {
        return blocks.stream()
                .flatMap(block -> block.events().stream())
                .filter(event -> event.revision() > after)
                .toList();
    }

    private void look() {
        again = false;
        if (readers.isEmpty()) {
            reading = false;
            synchronized (kept) {
                kept.clear();
                head = -1;
            }
            return;
        }
        long at = newest();
        Future<?> read = at < 0
                ? blocks.head().onSuccess(this::startAt)
                : blocks.after(at, BLOCKS_AT_ONCE).onSuccess(found -> keep(events(found, at)));
        read.onFailure(cause -> FAILURES.failed("events cannot be read", cause.getMessage()))
                .onComplete(done -> context.runOnContext(go -> {
                    boolean news = newest() != at;
                    if (news) {
                        readers.forEach(each -> each.news.run());
                    }
                    if (done.succeeded() && (news || again)) {
                        look();
                    } else {
                        waiting = vertx.setTimer(LOOK_EVERY_MILLIS, due -> {
                            waiting = -1;
                            look();
                        });
                    }
                }));
    }

    private long newest() {
        synchronized (kept) {
            return head;
        }
    }

    private void startAt(long revision) {
        synchronized (kept) {
            head = revision;
        }
    }

    private void keep(List<ClusterEvent> events) {
        synchronized (kept) {
            for (ClusterEvent event : events) {
                kept.addLast(event);
                head = event.revision();
            }
            while (kept.size() > MOST_KEPT) {
                kept.removeFirst();
            }
        }
    }
}
