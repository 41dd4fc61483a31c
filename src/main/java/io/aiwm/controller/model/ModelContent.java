package io.aiwm.controller.model;

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
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The files of versions: how their bytes come in, become content that is stored once, and go. Each step is stored before the
 * next begins: the record of what comes in, its bytes, its checksum in that record, the user in the content's record, the
 * file in the version; then the record of what came in goes. Whoever dies in between leaves that record, and
 * {@link #settle} does the rest or undoes it.
 */
public final class ModelContent {
    private static final String NAME = "modelIncoming";
    static final DocumentStore.Collection COLLECTION = new DocumentStore.Collection(
            NAME,
            List.of(
                    Field.text("versionId"),
                    Field.text("place"),
                    Field.text("createdBy"),
                    Field.number("touchedAtMs")));

    private final ModelRecords records;
    private final Records<Incoming> incoming;
    private final Blobs blobs;
    private final ObjectStore objects;
    private final ModelQuota quota;
    /** What this process is at work on. */
    private final Set<String> atWork = ConcurrentHashMap.newKeySet();

    ModelContent(
            DocumentStore store, ModelRecords records, Blobs blobs, ObjectStore objects, ModelQuota.Limits limits) {
        this.records = records;
        this.incoming = new Records<>(
                store,
                NAME,
                Incoming.class,
                Records.Shape.of(Incoming::id, Incoming::version, Incoming::withVersion),
                one -> false,
                false);
        this.blobs = blobs;
        this.objects = objects;
        this.quota = new ModelQuota(records, incoming, limits);
    }

    /**
     * A file that somebody sends.
     *
     * @param sha256 what the sender says it is; null: not said
     * @param sizeBytes what the sender says; -1: not said
     */
    public record Sent(String path, String sha256, long sizeBytes, String by) {
        public Sent {
            sha256 = sha256 == null ? null : sha256.toLowerCase(Locale.ROOT);
        }
    }

    Future<ModelVersion> addVersion(Model model, String notes, String actor) {
        var now = records.now();
        return records.add(
                model.id(),
                number -> ModelVersionBuilder.builder()
                        .id(ModelVersion.id(model.id(), number))
                        .version(1)
                        .modelId(model.id())
                        .number(number)
                        .notes(notes)
                        .files(List.of())
                        .state(ModelState.PENDING)
                        .createdBy(actor)
                        .createdAt(now)
                        .updatedAt(now)
                        .updatedAtMs(now.toEpochMilli())
                        .build());
    }

    /**
     * Puts a file into a version. Call it before anything of the content has been read. Succeeds with the version when all is
     * stored. Fails with INVALID when it breaks off or has another checksum, with TOO_LARGE past what one file or the
     * sender's quota may have, with UNPROCESSABLE when the path is none or taken, with CONFLICT when the version takes no
     * files any more; nothing is left of it then.
     */
    public Future<ModelVersion> put(ModelVersion version, Sent sent, ReadStream<Buffer> content) {
        Promise<Void> broken = Promise.promise();
        content.exceptionHandler(broken::tryFail).pause();
        try {
            check(version, sent);
        } catch (Failure refused) {
            return Future.failedFuture(refused);
        }
        return begin(version.id(), sent).compose(begun -> {
            Future<ObjectStore.Stored> stored = broken.future().failed()
                    ? Future.failedFuture(Failure.invalid("the upload broke off before it began"))
                    : objects.put(begun.key(), content, begun.reservedBytes());
            return stored.compose(bytes -> arrived(begun, sent, bytes)).transform(done -> finish(begun, done));
        });
    }

    private static void check(ModelVersion version, Sent sent) {
        String mistake = ModelPath.mistake(sent.path());
        if (mistake != null) {
            throw Failure.unprocessable("query:path", mistake);
        }
        if (sent.sha256() != null && !Sha256.isHex(sent.sha256())) {
            throw Failure.invalid("query:sha256", "must be 64 hexadecimal digits");
        }
        if (!version.state().isOpen()) {
            throw Failure.conflict(
                    "version " + version.number() + " is " + version.state() + "; its files change no more");
        }
        String clash = ModelPath.clash(version.files(), sent.path());
        ModelVersion.File there = version.file(sent.path());
        if (clash != null && (there == null || !there.sha256().equals(sent.sha256()))) {
            throw Failure.unprocessable("query:path", clash);
        }
    }

    /** Stores that a file comes, in the way of whoever sweeps. Fails when the quota has no room for it. */
    Future<Incoming> begin(String versionId, Sent sent) {
        var now = records.now();
        String id = Ids.next(Incoming.PREFIX);
        return quota.reserve(sent)
                .compose(reserved -> {
                    atWork.add(id);
                    return incoming.insert(IncomingBuilder.builder()
                            .id(id)
                            .version(1)
                            .versionId(versionId)
                            .path(sent.path())
                            .key("models/" + id)
                            .place(objects.place())
                            .reservedBytes(reserved)
                            .createdBy(sent.by())
                            .createdAt(now)
                            .touchedAtMs(now.toEpochMilli())
                            .build());
                })
                // two that came at once see each other now
                .compose(begun -> quota.check(begun)
                        .map(begun)
                        .recover(refused -> incoming.delete(id).transform(gone -> Future.failedFuture(refused))))
                .onFailure(refused -> atWork.remove(id));
    }

    /** Makes what has arrived a file of the version. */
    Future<ModelVersion> arrived(Incoming begun, Sent sent, ObjectStore.Stored stored) {
        if (sent.sha256() != null && !sent.sha256().equals(stored.sha256())) {
            return Future.failedFuture(Failure.invalid(
                    "query:sha256", "is not the checksum of what arrived, which is " + stored.sha256()));
        }
        if (sent.sizeBytes() >= 0 && sent.sizeBytes() != stored.sizeBytes()) {
            return Future.failedFuture(Failure.invalid(stored.sizeBytes() + " bytes arrived of " + sent.sizeBytes()));
        }
        var file = new ModelVersion.File(sent.path(), stored.sizeBytes(), stored.sha256());
        return incoming.update(begun.id(), seen -> seen.arrived(stored.sha256(), stored.sizeBytes()))
                .compose(noted -> blobs.use(stored.sha256(), stored.sizeBytes(), begun.key(), begun.id()))
                .compose(blob -> records.changeVersion(begun.versionId(), seen -> seen.with(file, records.now())));
    }

    /** Settles it, whatever the outcome; what cannot be settled now is left to the sweep. */
    <T> Future<T> finish(Incoming begun, io.vertx.core.AsyncResult<T> outcome) {
        return settle(begun.id()).transform(settled -> {
            atWork.remove(begun.id());
            return outcome.succeeded()
                    ? Future.succeededFuture(outcome.result())
                    : Future.failedFuture(outcome.cause());
        });
    }

    /**
     * Ends what is known of a file that came in: either its version has it, and is a user of the content, or nothing is left
     * of it. Repeating it is harmless.
     */
    Future<Void> settle(String incomingId) {
        return incoming.get(incomingId)
                .compose(seen -> seen.sha256() == null
                        ? objects.delete(seen.key()).map(seen)
                        : settleContent(seen).compose(done -> dropDouble(seen)).map(seen))
                .compose(seen -> incoming.delete(incomingId))
                .<Void>mapEmpty()
                .recover(Blobs::unlessGone);
    }

    private Future<Void> settleContent(Incoming seen) {
        return records.version(seen.versionId())
                .map(version -> version.uses(seen.sha256()) ? Boolean.TRUE : Boolean.FALSE)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.succeededFuture(null)
                        : Future.failedFuture(cause))
                .compose(has -> {
                    if (has == null) { // the version is gone, or goes
                        return blobs.release(seen.sha256(), List.of(seen.id(), seen.versionId()));
                    }
                    return has
                            ? blobs.share(seen.sha256(), seen.versionId())
                                    .compose(shared -> blobs.release(seen.sha256(), List.of(seen.id())))
                                    .compose(done -> stillThere(seen))
                            : blobs.release(seen.sha256(), List.of(seen.id()));
                });
    }

    /** A version that was deleted while it became a user is none. */
    private Future<Void> stillThere(Incoming seen) {
        return records.version(seen.versionId())
                .<Void>mapEmpty()
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? blobs.release(seen.sha256(), List.of(seen.versionId()))
                        : Future.failedFuture(cause));
    }

    /** Deletes the object that came in when the content is in another one, or in none. */
    private Future<Void> dropDouble(Incoming seen) {
        return blobs.get(seen.sha256())
                .map(blob -> !blob.key().equals(seen.key()))
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.succeededFuture(true)
                        : Future.failedFuture(cause))
                .compose(drop -> drop ? objects.delete(seen.key()) : Future.succeededFuture());
    }

    /**
     * Says that a version has all its files: it is looked at and becomes READY, and never changes again. Repeating it is
     * harmless. Fails with UNPROCESSABLE when it has none, with CONFLICT while files are on their way or in another state.
     */
    public Future<ModelVersion> commit(ModelVersion version) {
        if (version.state() == ModelState.READY) {
            return Future.succeededFuture(version);
        }
        return incoming.count(List.of(Condition.eq("versionId", version.id())))
                .compose(coming -> records.changeVersion(version.id(), seen -> {
                    if (seen.files().isEmpty()) {
                        throw Failure.unprocessable("path:number", "names a version without files");
                    }
                    if (coming > 0) {
                        throw Failure.busy("version " + seen.number() + " has " + coming + " files on their way");
                    }
                    return seen.in(ModelState.VERIFYING, null, records.now());
                }))
                .compose(this::verify);
    }

    /** Looks whether the content of each file is there, and makes the version READY or FAILED. */
    Future<ModelVersion> verify(ModelVersion version) {
        var sums = version.files().stream()
                .map(ModelVersion.File::sha256)
                .distinct()
                .toList();
        Future<Void> all = Future.succeededFuture();
        for (String sha256 : sums) {
            all = all.compose(before -> blobs.share(sha256, version.id()))
                    .compose(blob -> objects.place().equals(blob.place())
                            ? objects.size(blob.key()).map(size -> size == blob.sizeBytes())
                            : Future.succeededFuture(true))
                    .compose(whole -> whole
                            ? Future.succeededFuture()
                            : Future.failedFuture(Failure.notFound("content", sha256)));
        }
        return all.compose(whole ->
                        records.changeVersion(version.id(), seen -> seen.in(ModelState.READY, null, records.now())))
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? records.changeVersion(
                                version.id(),
                                seen -> seen.in(
                                        ModelState.FAILED, "content of it is not stored any more", records.now()))
                        : Future.failedFuture(cause));
    }

    /** Opens a file of a version for reading, paused; see {@link ObjectStore#get}. */
    public Future<ObjectContent> open(ModelVersion.File file, long offset, long length) {
        return blobs.get(file.sha256()).compose(blob -> objects.get(blob.key(), offset, length));
    }

    /** Deletes a version: first its mark, then what its model says of it, its content, its record. Repeating it is harmless. */
    Future<Void> removeVersion(ModelVersion version) {
        return records.markDeleting(version.id())
                .compose(marked -> records.change(
                                marked.modelId(), seen -> seen.withoutAliasesOf(marked.number(), records.now()))
                        .compose(records::refresh)
                        .recover(Blobs::unlessGone)
                        .compose(done -> releaseAll(marked))
                        .compose(done -> records.forgetVersion(marked.id())))
                .<Void>mapEmpty()
                .recover(Blobs::unlessGone);
    }

    private Future<Void> releaseAll(ModelVersion version) {
        Future<Void> all = Future.succeededFuture();
        for (String sha256 : version.files().stream()
                .map(ModelVersion.File::sha256)
                .distinct()
                .toList()) {
            all = all.compose(before -> blobs.release(sha256, List.of(version.id())));
        }
        return all;
    }

    /** Deletes a model that is marked, with its versions. Repeating it is harmless. */
    Future<Void> removeModel(Model model) {
        return records.findVersions(
                        Query.where(Condition.eq("modelId", model.id())).limit(ModelRecords.MOST_FOUND))
                .compose(page -> {
                    if (page.items().isEmpty()) {
                        return records.forgetModel(model.id()).mapEmpty();
                    }
                    Future<Void> all = Future.succeededFuture();
                    for (ModelVersion version : page.items()) {
                        all = all.compose(before -> removeVersion(version));
                    }
                    return all.compose(gone -> removeModel(model));
                });
    }

    /** Says that this process is still at work on what it has begun. */
    Future<Void> touch() {
        long now = records.now().toEpochMilli();
        return Future.join(atWork.stream()
                        .map(id -> incoming.update(id, seen -> seen.touched(now)))
                        .toList())
                .otherwiseEmpty()
                .mapEmpty();
    }

    /** What nobody is at work on any more. @param touchedBefore by whom it was begun, if that is not this process */
    Future<List<String>> abandoned(long touchedBefore) {
        return incoming.find(
                        Query.where(Condition.eq("place", objects.place()), Condition.lt("touchedAtMs", touchedBefore))
                                .limit(ModelRecords.MOST_FOUND))
                .map(page -> page.items().stream()
                        .map(Incoming::id)
                        .filter(id -> !atWork.contains(id))
                        .toList());
    }
}
