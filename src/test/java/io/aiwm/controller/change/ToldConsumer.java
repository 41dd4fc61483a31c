package io.aiwm.controller.change;

import io.aiwm.controller.store.Change;
import io.vertx.core.Future;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/** Notes what it is told, in order, as {@code id@version} or {@code id@version deleted}. */
final class ToldConsumer implements ChangeConsumer {
    static final String NEWS = "news";

    final List<String> told = new CopyOnWriteArrayList<>();
    final List<Change> changes = new CopyOnWriteArrayList<>();
    volatile int resyncs;
    /** What becomes of a change. */
    volatile Function<Change, Future<?>> work = change -> Future.succeededFuture();

    private final String name;

    ToldConsumer(String name) {
        this.name = name;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Set<String> collections() {
        return Set.of(NEWS);
    }

    @Override
    public Future<?> changed(Change change) {
        return work.apply(change).onSuccess(done -> {
            changes.add(change);
            told.add(change.id() + "@" + change.version() + (change.deleted() ? " deleted" : ""));
        });
    }

    @Override
    public synchronized Future<?> resync() {
        resyncs++;
        return Future.succeededFuture();
    }
}
