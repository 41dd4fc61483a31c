package io.aiwm.controller.file;

import io.aiwm.common.IsolatedForEach;
import io.aiwm.controller.objects.ObjectStore;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.time.InstantSource;
import org.slf4j.LoggerFactory;

/** The sweeps over stored files: deletes what is not wanted any more, and notes the place of files of older versions. */
final class FileSweeps {
    private final IsolatedForEach each = new IsolatedForEach(LoggerFactory.getLogger(FileSweeps.class), "file");
    private final Files files;
    private final Records<StoredFile> records;
    private final ObjectStore objects;
    private final InstantSource clock;
    private volatile boolean allNoted;

    FileSweeps(Files files, Records<StoredFile> records, ObjectStore objects, InstantSource clock) {
        this.files = files;
        this.records = records;
        this.objects = objects;
        this.clock = clock;
    }

    /** See {@link Files#run}. */
    Future<Void> run() {
        return sweep(Condition.eq("place", objects.place())).compose(swept -> sweep(Condition.eq("place", null)));
    }

    private Future<Void> sweep(Condition here) {
        var old = new Condition(
                "createdAtMs", Query.Op.LT, clock.instant().minus(Files.UNUSED).toEpochMilli());
        return files.find(here, Condition.eq("state", "deleting"))
                .compose(marked -> each.all(marked, StoredFile::id, file -> files.delete(file.id())))
                .compose(done -> files.find(here, old, Condition.eq("state", "writing")))
                .compose(left -> each.all(left, StoredFile::id, file -> files.delete(file.id())))
                .compose(done -> files.find(here, old, Condition.eq("kind", "inputs"), Condition.eq("jobId", null)))
                .compose(unused -> each.all(unused, StoredFile::id, this::deleteUnused))
                .mapEmpty();
    }

    private Future<?> deleteUnused(StoredFile file) {
        return records.update(file.id(), seen -> seen.jobId() == null ? seen.deleting() : seen)
                .compose(seen -> seen.jobId() == null ? files.remove(seen) : Future.succeededFuture())
                .recover(Files::unlessGone);
    }

    /** See {@link Files#note}. */
    Future<Void> note() {
        return allNoted
                ? Future.succeededFuture()
                : note(Query.where(Condition.eq("place", null)).limit(Files.MAX_FOUND))
                        .onSuccess(all -> allNoted = all)
                        .mapEmpty();
    }

    /** @return whether all could be looked at */
    private Future<Boolean> note(Query from) {
        return records.find(from)
                .compose(page -> each.all(page.items(), StoredFile::id, this::note)
                        .compose(all -> page.nextCursor() == null
                                ? Future.succeededFuture(all)
                                : note(from.after(page.nextCursor())).map(others -> all && others)));
    }

    private Future<Void> note(StoredFile file) {
        return objects.size(file.key())
                .compose(here ->
                        records.update(file.id(), seen -> seen.place() == null ? seen.at(objects.place()) : seen))
                .<Void>mapEmpty()
                .recover(Files::unlessGone);
    }
}
