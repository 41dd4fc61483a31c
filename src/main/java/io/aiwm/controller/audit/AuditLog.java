package io.aiwm.controller.audit;

import io.aiwm.common.AuditChain;
import io.aiwm.common.Failure;
import io.aiwm.common.InstantText;
import io.aiwm.common.JsonText;
import io.aiwm.common.RateLimitedLog;
import io.aiwm.controller.store.DocumentStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who changed what, as a chain of entries that shows when somebody has tampered with it. An entry that a change is asked for is
 * written before the change, another one says how it ended: a kill in between leaves the first. Entries that come while a block is
 * written make the next block, which waits a moment for more where nobody waits for it. Any thread may call.
 */
public final class AuditLog {
    public static final DocumentStore.Collection COLLECTION = AuditBlocks.COLLECTION;
    private static final Logger LOG = LoggerFactory.getLogger(AuditLog.class);
    static final String AT = "at";
    private static final int MOST_WAITING = 20_000;
    private static final int MOST_IN_BLOCK = 200;
    /** In busy times a block is written so long after the one before it, so that there are few of them. */
    private static final long GATHER_MILLIS = 25;

    private static final int TRIM_AT_ONCE = 200;
    private static final long RETRY_MILLIS = 500;
    private static final int MOST_RETRIES = 10;
    /** How long the end of this process waits for what is not in the store yet. */
    private static final long MOST_CLOSE_MILLIS = 2_000;

    private final RateLimitedLog failures = RateLimitedLog.failures(LOG);
    private final Vertx vertx;
    private final AuditBlocks blocks;
    private final Duration age;
    private final InstantSource clock;
    private final boolean alone;
    private final long retryMillis;
    /** Guarded by this, as what follows. */
    private final Queue<Waiting> waiting = new ArrayDeque<>();

    private boolean writing;
    /** Whether a timer writes the next block. */
    private boolean gathering;
    /** Null: to be read. */
    private AuditBlocks.Head head;

    private int retries;

    /** @param age after which entries are dropped. @param alone whether no other process writes to the store */
    public AuditLog(Vertx vertx, DocumentStore store, Duration age, InstantSource clock, boolean alone) {
        this(vertx, store, age, clock, alone, RETRY_MILLIS);
    }

    AuditLog(Vertx vertx, DocumentStore store, Duration age, InstantSource clock, boolean alone, long retryMillis) {
        this.vertx = vertx;
        this.blocks = new AuditBlocks(store);
        this.age = age;
        this.clock = clock;
        this.alone = alone;
        this.retryMillis = retryMillis;
    }

    /**
     * @param text of the entry, without what the chain adds
     * @param told null: no event is made of it
     * @param awaited whether a change waits for it
     * @param safe when the change may begin
     */
    private record Waiting(String text, JsonObject told, boolean awaited, Promise<Void> safe) {}

    /**
     * Writes that a change is asked for. Succeeds when the change may begin: the entry is in the store, or will be in the same
     * transaction as the change or an earlier one, because a store that belongs to one process writes in the order of its calls.
     *
     * @param what not changed afterwards; gets the time
     */
    public Future<Void> asked(JsonObject what) {
        return add(dated(what), what, true);
    }

    /** Writes how a change ended, however long the store is away. Succeeds when that is in the store; nobody needs to wait. */
    public Future<Void> ended(JsonObject what) {
        return add(dated(what), what, false);
    }

    /** The same of work that was asked for: it is told as itself, so no event is made of its entry. @param what gets the time */
    public Future<Void> worked(JsonText what) {
        return add(what.put(AT, InstantText.of(clock.instant())).toString(), null, false);
    }

    private String dated(JsonObject said) {
        return said.put(AT, InstantText.of(clock.instant())).encode();
    }

    private Future<Void> add(String text, JsonObject told, boolean awaited) {
        Promise<Void> safe = Promise.promise();
        synchronized (this) {
            if (waiting.size() >= MOST_WAITING) {
                return Future.failedFuture(
                        new Failure(Failure.Kind.UNAVAILABLE, "the audit log cannot be written; try again later"));
            }
            waiting.add(new Waiting(text, told, awaited, safe));
        }
        write(awaited);
        return safe.future();
    }

    /** @param now whether it cannot wait for more */
    private void write(boolean now) {
        AuditBlocks.Head at;
        synchronized (this) {
            gathering &= !now;
            if (writing || gathering || waiting.isEmpty()) {
                return;
            }
            writing = true;
            at = head;
        }
        if (at == null) {
            blocks.head().onSuccess(this::append).onFailure(this::failed);
        } else {
            append(at);
        }
    }

    private void append(AuditBlocks.Head at) {
        List<Waiting> block = new ArrayList<>();
        synchronized (this) {
            head = at;
            waiting.stream().limit(MOST_IN_BLOCK).forEach(block::add);
        }
        List<String> entries = new ArrayList<>(block.size());
        String prev = at.hash();
        for (Waiting each : block) {
            AuditChain.Link link = AuditChain.link(at.seq() + 1 + entries.size(), prev, each.text());
            entries.add(link.text());
            prev = link.hash();
        }
        var next = new AuditBlocks.Head(at.seq() + block.size(), prev);
        Future<Void> written = blocks.append(
                at.seq() + 1,
                entries,
                clock.instant(),
                AuditNotes.of(block.stream().map(Waiting::told)));
        // a refused write has failed at once
        if (alone && !written.failed()) {
            block.stream().filter(Waiting::awaited).forEach(each -> each.safe().tryComplete());
        }
        written.onSuccess(done -> written(next, block)).onFailure(this::failed);
    }

    private void written(AuditBlocks.Head next, List<Waiting> block) {
        boolean now;
        synchronized (this) {
            head = next;
            retries = 0;
            writing = false;
            block.forEach(each -> waiting.remove());
            now = waiting.size() >= MOST_IN_BLOCK || waiting.stream().anyMatch(Waiting::awaited);
            gathering = !now;
        }
        block.forEach(each -> each.safe().tryComplete());
        if (now) {
            write(true);
        } else {
            vertx.setTimer(GATHER_MILLIS, due -> write(true));
        }
    }

    /** Entries stay in their order; changes that wait for them are refused when the store does not come back soon. */
    private void failed(Throwable cause) {
        Failure failure = Failure.of(cause);
        boolean raced = failure.kind == Failure.Kind.CONFLICT;
        List<Waiting> refused = new ArrayList<>();
        synchronized (this) {
            head = null;
            retries = raced ? 0 : retries + 1;
            if (retries > MOST_RETRIES) {
                // who has not begun is told so; what has been done stays to be written
                waiting.removeIf(each -> each.awaited() && !each.safe().future().isComplete() && refused.add(each));
                retries = 0;
            }
        }
        if (!raced) {
            failures.failed("the audit log cannot be written, and is tried again", failure.getMessage());
        }
        refused.forEach(each -> each.safe().tryFail(failure));
        vertx.setTimer(raced ? 1 : retryMillis, due -> {
            synchronized (this) {
                writing = false;
            }
            write(true);
        });
    }

    /** Writes what waits, at once. Completes when that is in the store, and in any case soon. */
    public Future<Void> close() {
        List<Future<Void>> open;
        synchronized (this) {
            open = waiting.stream().map(each -> each.safe().future()).toList();
        }
        write(true);
        return Future.join(open)
                .timeout(MOST_CLOSE_MILLIS, TimeUnit.MILLISECONDS)
                .onFailure(cause -> LOG.warn("the newest audit entries may not be stored: {}", cause.getMessage()))
                .transform(done -> Future.succeededFuture());
    }

    /**
     * @param next the number before which to go on
     * @param end whether there is nothing before it
     */
    public record Page(List<JsonObject> entries, long next, boolean end) {}

    /** Returns the entries before this number that the filter takes, newest first; looks through {@code most} blocks at most. */
    public Future<Page> before(long seq, AuditFilter filter, int limit, int most) {
        return before(seq, filter, new ArrayList<>(), limit, most);
    }

    private Future<Page> before(long seq, AuditFilter filter, List<JsonObject> found, int limit, int most) {
        return blocks.before(seq, TRIM_AT_ONCE / 10).compose(page -> {
            long next = seq;
            for (AuditBlocks.Block block : page) {
                for (int i = block.entries().size() - 1; i >= 0; i--) {
                    JsonObject entry = block.entries().get(i);
                    long number = entry.getLong(AuditChain.SEQ);
                    if (number >= seq) {
                        continue;
                    }
                    if (found.size() == limit) {
                        return Future.succeededFuture(new Page(found, next, false));
                    }
                    next = number;
                    if (filter.takes(entry)) {
                        found.add(entry);
                    }
                }
            }
            boolean end = page.size() < TRIM_AT_ONCE / 10;
            return end || most <= page.size()
                    ? Future.succeededFuture(new Page(found, next, end))
                    : before(next, filter, found, limit, most - page.size());
        });
    }

    /** Returns the next entries after this number, oldest first; none at the end. */
    public Future<List<JsonObject>> after(long seq) {
        return blocks.after(seq, 1)
                .map(page -> page.stream()
                        .flatMap(block -> block.entries().stream())
                        .filter(entry -> entry.getLong(AuditChain.SEQ) > seq)
                        .toList());
    }

    /** A sweep: drops what is too old, after an entry that says so, so that the rest of the chain still proves itself. */
    public Future<Void> run() {
        return blocks.newestBefore(clock.instant().minus(age)).compose(old -> {
            if (old == null) {
                return Future.succeededFuture();
            }
            JsonObject last = old.newest();
            return ended(new JsonObject()
                            .put("actor", "system")
                            .put("operation", "trimAudit")
                            .put("trimmedThrough", last.getLong(AuditChain.SEQ))
                            .put(AuditChain.TRIMMED, last.getString(AuditChain.HASH)))
                    .compose(said -> blocks.dropThrough(last.getLong(AuditChain.SEQ), TRIM_AT_ONCE))
                    .mapEmpty();
        });
    }
}
