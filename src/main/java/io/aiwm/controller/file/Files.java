package io.aiwm.controller.file;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.common.Sha256;
import io.aiwm.controller.objects.ObjectContent;
import io.aiwm.controller.objects.ObjectStore;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Records;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.FileDrop;
import io.aiwm.protocol.FileKind;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;

/**
 * The files of jobs: inputs that users upload, outputs and logs that workers send. The only writer of their records. A
 * record is stored before its bytes and marked before they go, so that whatever is interrupted is found by {@link #run}.
 *
 * <p>A file is kept at the place of the controller that takes it in, and read at any other through one that has that
 * place. Only who has the place deletes there; it finds what others have marked.
 */
public final class Files {
    private static final String NAME = "files";
    public static final DocumentStore.Collection COLLECTION = new DocumentStore.Collection(
            NAME,
            List.of(
                    Field.text("state"),
                    Field.text("kind"),
                    Field.text("jobId"),
                    Field.text("commandId"),
                    Field.number("createdAtMs"),
                    Field.text("place")));

    /** How long an upload waits for a job, and how long writing or deleting a file may take. */
    public static final Duration UNUSED = Duration.ofHours(24);

    static final int MAX_FOUND = 1_000;

    private final Records<StoredFile> records;
    private final ObjectStore objects;
    private final FileLocations places;
    private final InstantSource clock;
    private final Config.Jobs limits;
    private final FileSweeps sweeps;

    public Files(Vertx vertx, DocumentStore store, ObjectStore objects, InstantSource clock, Config.Jobs limits) {
        this.records = new Records<>(
                store,
                NAME,
                StoredFile.class,
                Records.Shape.of(StoredFile::id, StoredFile::version, StoredFile::withVersion),
                file -> false,
                false);
        this.objects = objects;
        this.places = new FileLocations(vertx, objects);
        this.clock = clock;
        this.limits = limits;
        this.sweeps = new FileSweeps(this, records, objects, clock);
    }

    /** Answers other controllers from now on. Call it when both stores are open. */
    public Future<Void> serve() {
        return places.serve(this::dropped);
    }

    /** Answers them no more. */
    public Future<Void> close() {
        return places.close();
    }

    /**
     * Keeps an upload: the inputs of a job to be made within {@link #UNUSED}. Call it before anything of the content has
     * been read (a request that is to be looked at first must be paused). Succeeds when all of it is stored. Fails with
     * TOO_LARGE past {@code jobs.maxInputBytes} (the content is then left paused: answer and close), with INVALID when it
     * is empty, breaks off or has another checksum; nothing is kept then.
     *
     * @param sha256 what the sender says it is, 64 hexadecimal digits; null: not said
     * @param by the user
     */
    public Future<StoredFile> upload(ReadStream<Buffer> content, String sha256, String by) {
        if (sha256 != null && !Sha256.isHex(sha256)) {
            return Future.failedFuture(Failure.invalid("/sha256", "must be 64 hexadecimal digits"));
        }
        Promise<Void> broken = Promise.promise();
        content.exceptionHandler(broken::tryFail).pause();
        var begun =
                StoredFile.begun(Ids.next("file"), FileKind.inputs, null, null, by, clock.instant(), objects.place());
        return records.insert(begun)
                .compose(inserted -> broken.future().failed()
                        ? Future.failedFuture(Failure.invalid("the upload broke off before it began"))
                        : objects.put(begun.key(), content, limits.maxInputBytes()))
                .compose(stored -> {
                    if (stored.sizeBytes() == 0) {
                        return Future.failedFuture(Failure.invalid("the upload is empty; an archive is expected"));
                    }
                    return sha256 == null || sha256.toLowerCase(Locale.ROOT).equals(stored.sha256())
                            ? ready(begun.id(), stored.sha256(), stored.sizeBytes())
                            : Future.failedFuture(Failure.invalid(
                                    "the checksum given is not that of what arrived, which is " + stored.sha256()));
                })
                .recover(cause -> remove(begun).transform(gone -> Future.failedFuture(cause)));
    }

    /**
     * Gives an upload to a job, which from then on decides how long it is kept. Repeating it for the same job is harmless.
     * Fails with NOT_FOUND, with CONFLICT when another job has it, with INVALID when it is not an upload.
     */
    public Future<StoredFile> use(String id, String jobId) {
        return records.update(id, seen -> {
            readable(seen);
            if (seen.kind() != FileKind.inputs) {
                throw Failure.invalid("file " + id + " is no upload; inputs must be uploaded");
            }
            if (seen.jobId() != null && !seen.jobId().equals(jobId)) {
                throw Failure.conflict("file " + id + " is another job's; upload it again");
            }
            return seen.jobId() == null ? seen.ofJob(jobId) : seen;
        });
    }

    /** Fails with NOT_FOUND, also for one that is being written or deleted. */
    public Future<StoredFile> get(String id) {
        return records.get(id).map(Files::readable);
    }

    /** What there is of a job, oldest first; at most 1,000. */
    public Future<List<StoredFile>> ofJob(String jobId) {
        return find(Condition.eq("jobId", jobId), Condition.eq("state", "ready"));
    }

    /** Files of jobs by the time they were begun, oldest first. */
    public Future<Records.Page<StoredFile>> oldest(int limit, String cursor) {
        return records.find(new Query(List.of(), List.of(new Query.Order("createdAtMs", false)), limit, cursor));
    }

    public Future<Long> count() {
        return records.count(List.of());
    }

    /**
     * Opens a file for reading, paused; it must be read to its end or closed. Fails with NOT_FOUND, with INVALID when the
     * offset is beyond its end, or with UNAVAILABLE when no controller answers that has the place where it is kept.
     *
     * @param offset first byte, from 0
     * @param length bytes at most; -1 for all
     */
    public Future<ObjectContent> open(StoredFile file, long offset, long length) {
        return places.get(file, offset, length);
    }

    /**
     * Deletes a file for good. One that is gone is a success, and so is one whose place no controller has now: nobody can
     * read it any more, and it is deleted when one is back.
     */
    public Future<Void> delete(String id) {
        return records.update(id, seen -> seen.state() == StoredFile.State.deleting ? seen : seen.deleting())
                .compose(this::remove)
                .recover(Files::unlessGone);
    }

    /** Deletes every file of a job; to be called again until it succeeds. */
    public Future<Void> deleteOf(String jobId) {
        return find(Condition.eq("jobId", jobId)).compose(this::deleteAll);
    }

    /**
     * A sweep, to be run every few minutes, of what is kept at this controller's place: uploads no job has used within a
     * day, what was interrupted, and what others have marked.
     */
    public Future<Void> run() {
        return sweeps.run();
    }

    /**
     * A sweep, to be run every minute: notes this controller's place in the records, from before places were noted, of
     * files that are here. Once it has been through all of them it has nothing more to do.
     */
    public Future<Void> note() {
        return sweeps.note();
    }

    /**
     * Keeps what a worker has sent in full; the same again is a success.
     *
     * @param content taken away
     */
    Future<StoredFile> arrived(
            String jobId, String commandId, FileKind kind, String nodeId, Path content, String sha256, long sizeBytes) {
        var begun = StoredFile.begun(
                CommandId.fileId(commandId, kind), kind, jobId, commandId, nodeId, clock.instant(), objects.place());
        return records.insert(begun)
                .recover(taken -> Failure.of(taken).kind == Failure.Kind.CONFLICT
                        ? records.get(begun.id())
                        : Future.failedFuture(taken))
                .compose(before -> objects.put(begun.key(), content)
                        .compose(stored -> ready(begun.id(), sha256, sizeBytes))
                        // another controller began it, and what it may have stored is wanted no more
                        .compose(ready -> places.areHere(before)
                                ? Future.succeededFuture(ready)
                                : places.drop(before).map(ready)));
    }

    private Future<StoredFile> ready(String id, String sha256, long sizeBytes) {
        return records.update(id, seen -> {
            if (seen.state() == StoredFile.State.deleting) {
                throw Failure.notFound("file", id);
            }
            return seen.ready(sha256, sizeBytes, objects.place());
        });
    }

    Future<List<StoredFile>> find(Condition... where) {
        return records.find(Query.where(where).limit(MAX_FOUND)).map(Records.Page::items);
    }

    private Future<Void> deleteAll(List<StoredFile> files) {
        return Future.join(files.stream().map(file -> delete(file.id())).toList())
                .mapEmpty();
    }

    /** Deletes the bytes where they are, then the record. */
    Future<Void> remove(StoredFile file) {
        return places.areHere(file)
                ? objects.delete(file.key())
                        .compose(gone -> records.delete(file.id()))
                        .mapEmpty()
                : places.drop(file);
    }

    /** Another controller says that a file is wanted here no more; it is gone if its record says so too. */
    private Future<Void> dropped(FileDrop said) {
        return records.get(said.fileId())
                .compose(file -> {
                    if (!places.areHere(file)) {
                        return objects.delete(file.key());
                    }
                    return file.state() == StoredFile.State.deleting ? remove(file) : Future.succeededFuture();
                })
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? objects.delete(StoredFile.key(said.fileId()))
                        : Future.failedFuture(cause));
    }

    private static StoredFile readable(StoredFile file) {
        if (file.state() != StoredFile.State.ready) {
            throw Failure.notFound("file", file.id());
        }
        return file;
    }

    static Future<Void> unlessGone(Throwable cause) {
        return Failure.of(cause).kind == Failure.Kind.NOT_FOUND ? Future.succeededFuture() : Future.failedFuture(cause);
    }
}
