package io.aiwm.controller.batch;

import io.aiwm.common.Ids;
import io.aiwm.controller.batch.JournalFilter.Kind;
import io.aiwm.controller.objects.ObjectStore;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * The lines of a batch that have been called, as objects of the store: what comes while one is written goes into the next together. A
 * line is done when its object is durable, and never called again. Before that the usage of its call is stored: a kill between the two has
 * the line called again, and both calls counted. All of it happens on one context.
 */
final class LineJournal {
    private static final long AGAIN_MILLIS = 1_000;
    /** Small objects are put together when there are so many. */
    private static final int MOST_SMALL = 64;

    private final Context context;
    private final ObjectStore objects;
    private final Supplier<Future<Void>> counted;
    private final String prefix;
    private final List<String> large = new ArrayList<>();
    private final List<String> small = new ArrayList<>();
    private final BitSet done = new BitSet();
    private int answers;
    private int expired;
    private Buffer waiting = Buffer.buffer();
    private List<Promise<Void>> told = new ArrayList<>();
    private boolean writing;
    private boolean closed;
    private final Promise<Void> quiet = Promise.promise();
    private int next;

    /** @param counted succeeds when the usage of all calls that have been answered is stored */
    LineJournal(Context context, ObjectStore objects, String batchId, Supplier<Future<Void>> counted) {
        this.context = context;
        this.objects = objects;
        this.counted = counted;
        this.prefix = "batch/lines/" + batchId + "/";
    }

    /** Reads what an earlier process has written. */
    Future<Void> load() {
        return list(null)
                .compose(keys -> {
                    large.addAll(keys);
                    next = keys.isEmpty() ? 0 : number(keys.get(keys.size() - 1)) + 1;
                    return read(new JournalFilter(entry -> {
                                note(entry.number(), entry.kind());
                                return false;
                            }))
                            .whole();
                })
                .mapEmpty();
    }

    private Future<List<String>> list(String after) {
        return objects.list(prefix, after, ObjectStore.MOST_LISTED).compose(page -> {
            var keys = new ArrayList<String>();
            page.objects().forEach(one -> keys.add(one.key()));
            return page.next() == null
                    ? Future.succeededFuture(keys)
                    : list(page.next()).map(rest -> {
                        keys.addAll(rest);
                        return keys;
                    });
        });
    }

    private int number(String key) {
        return Integer.parseInt(key, prefix.length(), prefix.length() + 8, 10);
    }

    private String nextKey() {
        // another name for each process: of two that believe to have this batch none replaces what the other wrote
        return prefix + String.format(Locale.ROOT, "%08d-", next++) + Ids.next("");
    }

    private PartsContent read(UnaryOperator<Buffer> filter) {
        var keys = new ArrayList<>(large);
        keys.addAll(small);
        return new PartsContent(context, objects, keys, filter);
    }

    private void note(int number, Kind kind) {
        if (!done.get(number)) {
            done.set(number);
            answers += kind == Kind.ANSWER ? 1 : 0;
            expired += kind == Kind.EXPIRED ? 1 : 0;
        }
    }

    boolean isDone(int number) {
        return done.get(number);
    }

    int count() {
        return done.cardinality();
    }

    int answers() {
        return answers;
    }

    /** Lines that were not called in time. */
    int expired() {
        return expired;
    }

    /** Begins nothing more to write and forgets what waits to be written. Completes when what is being written has ended. */
    Future<Void> close() {
        closed = true;
        if (!writing) {
            quiet.tryComplete();
        }
        return quiet.future();
    }

    /** Succeeds when it is durable, however long that takes. */
    Future<Void> add(int number, Kind kind, Buffer json) {
        Promise<Void> durable = Promise.promise();
        waiting.appendBuffer(JournalFilter.line(number, kind, json));
        told.add(durable);
        write();
        return durable.future().onSuccess(stored -> note(number, kind));
    }

    private void write() {
        if (writing || closed || told.isEmpty()) {
            return;
        }
        writing = true;
        Buffer bytes = waiting;
        List<Promise<Void>> written = told;
        waiting = Buffer.buffer();
        told = new ArrayList<>();
        String key = nextKey();
        persist(
                counted,
                () -> put(key, () -> new InMemoryContent(context, bytes), () -> {
                    small.add(key);
                    written.forEach(Promise::tryComplete);
                    if (small.size() >= MOST_SMALL && !closed) {
                        merge();
                    } else {
                        written();
                    }
                }));
    }

    /** Puts what is small together, into an object that is read before it is taken away. */
    private void merge() {
        String key = nextKey();
        List<String> merged = List.copyOf(small);
        put(key, () -> new PartsContent(context, objects, merged, piece -> piece), () -> {
            large.add(key);
            small.removeAll(merged);
            merged.forEach(objects::delete); // one that stays says nothing new
            written();
        });
    }

    private void written() {
        writing = false;
        if (closed) {
            quiet.tryComplete();
        } else {
            write();
        }
    }

    private void put(String key, Supplier<ReadStream<Buffer>> content, Runnable then) {
        persist(() -> objects.put(key, content.get(), Long.MAX_VALUE), then);
    }

    /** Tries it until it is stored. */
    private void persist(Supplier<? extends Future<?>> store, Runnable then) {
        store.get()
                .onComplete(done -> context.runOnContext(turn -> {
                    if (done.succeeded()) {
                        then.run();
                    } else if (closed) {
                        quiet.tryComplete();
                    } else {
                        context.owner().setTimer(AGAIN_MILLIS, timer -> persist(store, then));
                    }
                }));
    }

    /** What is told of lines. @param answersWanted of those with answers, or else of those with errors */
    ReadStream<Buffer> results(boolean answersWanted) {
        return read(new JournalFilter(entry -> (entry.kind() == Kind.ANSWER) == answersWanted));
    }

    /** Takes everything away. */
    Future<Void> clear() {
        close();
        return list(null)
                .compose(keys -> Future.join(keys.stream().map(objects::delete).toList()))
                .mapEmpty();
    }
}
