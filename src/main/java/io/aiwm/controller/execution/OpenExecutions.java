package io.aiwm.controller.execution;

import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** Counts the executions that are open, and tells listeners of those that end. */
final class OpenExecutions {
    private static final List<Condition> OPEN = List.of(Condition.in("status", List.of("PENDING", "RUNNING")));

    private final Records<Execution> records;
    private final boolean exclusive;
    private final AtomicInteger open = new AtomicInteger();
    private final List<Consumer<Execution>> finishedListeners = new CopyOnWriteArrayList<>();
    private final List<Consumer<Execution>> endedElsewhereListeners = new CopyOnWriteArrayList<>();

    OpenExecutions(Records<Execution> records, boolean exclusive) {
        this.records = records;
        this.exclusive = exclusive;
    }

    /** How many are open, by what this process has counted. */
    int count() {
        return open.get();
    }

    /** Counts what is open in the store. */
    Future<Void> prepare() {
        return records.count(OPEN)
                .onSuccess(count -> open.addAndGet(count.intValue()))
                .mapEmpty();
    }

    /** Calls back after a final state is stored; at least once over all controllers, so the listener repeats harmlessly. */
    void onFinished(Consumer<Execution> listener) {
        finishedListeners.add(listener);
    }

    /** Calls back with what this process wrote last of an execution that another controller then brought to its end. */
    void onEndedElsewhere(Consumer<Execution> listener) {
        endedElsewhereListeners.add(listener);
    }

    /** A hint: this execution has ended. Nothing happens when this process knows. */
    void ended(String id) {
        Execution last = records.kept(id);
        if (last != null && !last.status().isFinal()) {
            records.release(id::equals);
            endedElsewhereListeners.forEach(listener -> listener.accept(last));
        }
    }

    /**
     * Calls back with every running one as it is stored, a page at a time so that nothing else has to wait for all of them,
     * and makes good what this process has counted and kept of executions that other controllers changed. What it calls back
     * with is not to be changed.
     *
     * @return ids of running ones that cannot be read
     */
    Future<Set<String>> recount(Consumer<List<Execution>> running) {
        var ids = new HashSet<String>();
        var unreadable = new HashSet<String>();
        return eachRunning(
                        Query.where(Condition.eq("status", "RUNNING")).oldestFirst(),
                        page -> {
                            page.forEach(one -> ids.add(one.id()));
                            running.accept(page);
                        },
                        unreadable)
                .compose(done -> exclusive ? Future.succeededFuture() : others(ids))
                .map(unreadable);
    }

    private Future<Void> others(Set<String> ids) {
        return records.count(OPEN).map(count -> {
            open.set(count.intValue());
            records.release(id -> !ids.contains(id));
            return null;
        });
    }

    private Future<Void> eachRunning(Query query, Consumer<List<Execution>> running, Set<String> unreadable) {
        return records.look(query).compose(page -> {
            running.accept(page.items());
            unreadable.addAll(page.unreadable());
            return page.nextCursor() == null
                    ? Future.succeededFuture()
                    : eachRunning(query.after(page.nextCursor()), running, unreadable);
        });
    }

    /** A listener for every write. */
    void written(Execution before, Execution after) {
        boolean wasOpen = before != null && !before.status().isFinal();
        boolean isOpen = !after.status().isFinal();
        if (wasOpen != isOpen) {
            open.addAndGet(isOpen ? 1 : -1);
        }
        if (!isOpen && (before == null || wasOpen)) {
            finishedListeners.forEach(listener -> listener.accept(after));
        }
    }
}
