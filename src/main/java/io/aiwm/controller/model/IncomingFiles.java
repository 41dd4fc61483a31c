package io.aiwm.controller.model;

import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.common.Sha256;
import io.aiwm.controller.objects.ObjectContent;
import io.aiwm.controller.objects.ObjectStore;
import io.aiwm.controller.objects.ObjectUpload;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Records;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Files on their way into versions; the only writer of {@link IncomingModelFile}. Each step is stored before the next begins: the
 * record of what comes in, its bytes, its checksum in that record, the user in the content's record, the file in the version;
 * then the record of what came in goes. Whoever dies in between leaves that record, and {@link IncomingCleanup#settle} does the rest or
 * undoes it.
 */
final class IncomingFiles {
    private static final String NAME = "modelIncoming";
    static final DocumentStore.Collection COLLECTION = new DocumentStore.Collection(
            NAME,
            List.of(
                    Field.text("versionId"),
                    Field.text("place"),
                    Field.text("phase"),
                    Field.text("kind"),
                    Field.text("createdBy"),
                    Field.number("touchedAtMs"),
                    Field.number("expiresAtMs")));
    /** How long a process may say nothing of what it is at work on, where there are several. */
    static final Duration SILENT = Duration.ofMinutes(3);
    /** How long what was interrupted waits for its sender. */
    static final Duration CONTINUED_WITHIN = Duration.ofDays(1);

    private final ModelRecords records;
    private final Records<IncomingModelFile> incoming;
    private final Blobs blobs;
    private final ObjectStore objects;
    private final ModelQuota quota;
    private final IncomingCleanup ends;
    private final boolean alone;
    private final String self = Ids.next("proc");
    /** What this process is at work on. */
    private final Set<String> atWork = ConcurrentHashMap.newKeySet();

    /** @param alone whether no other process takes in models */
    IncomingFiles(
            DocumentStore store,
            ModelRecords records,
            Blobs blobs,
            ObjectStore objects,
            ModelQuota.Limits limits,
            boolean alone) {
        this.records = records;
        this.incoming = new Records<>(
                store,
                NAME,
                IncomingModelFile.class,
                Records.Shape.of(IncomingModelFile::id, IncomingModelFile::version, IncomingModelFile::withVersion),
                one -> false,
                false);
        this.blobs = blobs;
        this.objects = objects;
        this.quota = new ModelQuota(records, incoming, limits);
        this.ends = new IncomingCleanup(records, incoming, blobs, objects);
        this.alone = alone;
    }

    /**
     * Stores that a file comes, and holds it. One that is to be continued has an upload of the object store. Fails with
     * TOO_LARGE when the quota has no room for it.
     *
     * @param like what is known of it; the rest is filled in
     */
    Future<IncomingModelFile> begin(IncomingModelFileBuilder like, ModelContent.Sent sent) {
        long now = records.now().toEpochMilli();
        String id = Ids.next(IncomingModelFile.PREFIX);
        atWork.add(id);
        return quota.reserve(sent)
                .compose(reserved -> incoming.insert(like.id(id)
                        .version(1)
                        .path(sent.path())
                        .key("models/" + id)
                        .place(objects.place())
                        .totalBytes(sent.sizeBytes())
                        .reservedBytes(reserved)
                        .expectedSha256(sent.sha256())
                        .holder(self)
                        .createdBy(sent.by())
                        .createdAt(records.now())
                        .touchedAtMs(now)
                        .expiresAtMs(now + CONTINUED_WITHIN.toMillis())
                        .build()))
                // two that came at once see each other now
                .compose(begun -> quota.check(begun)
                        .compose(fits -> begun.kind() == IncomingModelFile.Kind.REQUEST
                                ? Future.succeededFuture(begun)
                                : objects.beginUpload(begun.key(), begun.totalBytes())
                                        .compose(upload -> incoming.update(id, seen -> seen.uploadedAs(upload.id()))))
                        .recover(refused -> settle(id).transform(gone -> Future.failedFuture(refused))))
                .onFailure(refused -> atWork.remove(id));
    }

    Future<IncomingModelFile> get(String id) {
        return incoming.get(id);
    }

    Future<List<IncomingModelFile>> ofVersion(String versionId) {
        return find(Condition.eq("versionId", versionId));
    }

    private Future<List<IncomingModelFile>> find(Condition... where) {
        return incoming.find(Query.where(where).limit(ModelRecords.MOST_FOUND)).map(Records.Page::items);
    }

    /** How many files of a version are on their way. */
    Future<Long> coming(String versionId) {
        return incoming.count(List.of(Condition.eq("versionId", versionId), Condition.eq("phase", "coming")));
    }

    /**
     * Takes one that is to be continued, so that nobody else works on it until {@link #letGo}. Fails with CONFLICT, which
     * passes, while somebody does.
     */
    Future<IncomingModelFile> hold(String id) {
        if (!atWork.add(id)) {
            return Future.failedFuture(Failure.busy("upload " + id + " is being written; try again"));
        }
        long now = records.now().toEpochMilli();
        return incoming.update(id, seen -> {
                    boolean free = alone
                            || seen.holder() == null
                            || seen.holder().equals(self)
                            || seen.touchedAtMs() < now - SILENT.toMillis();
                    if (!free) {
                        throw Failure.busy("upload " + id + " is being written by another controller; try again");
                    }
                    return seen.held(self, now, now + CONTINUED_WITHIN.toMillis());
                })
                .onFailure(refused -> atWork.remove(id));
    }

    /** Whether another controller is at work on a file of this version. */
    Future<Boolean> heldElsewhere(String versionId) {
        long since = records.now().toEpochMilli() - SILENT.toMillis();
        return alone
                ? Future.succeededFuture(false)
                : ofVersion(versionId)
                        .map(all -> all.stream()
                                .anyMatch(one -> one.holder() != null
                                        && !one.holder().equals(self)
                                        && one.touchedAtMs() >= since));
    }

    Future<Void> letGo(String id) {
        long now = records.now().toEpochMilli();
        return incoming.update(id, seen -> seen.held(null, now, now + CONTINUED_WITHIN.toMillis()))
                .<Void>mapEmpty()
                .otherwiseEmpty()
                .onComplete(done -> atWork.remove(id));
    }

    Future<IncomingModelFile> tag(String id, String sourceTag) {
        return incoming.update(id, seen -> seen.tagged(sourceTag));
    }

    /** Throws away what has arrived of one, and begins it again. */
    Future<IncomingModelFile> again(IncomingModelFile seen) {
        return ends.abort(seen)
                .compose(gone -> objects.beginUpload(seen.key(), seen.totalBytes()))
                .compose(upload -> incoming.update(
                        seen.id(), now -> now.uploadedAs(upload.id()).tagged(null)));
    }

    /** Fails with NOT_FOUND also when all has arrived and was put together: see {@link #together}. */
    Future<ObjectUpload> upload(IncomingModelFile seen) {
        return objects.resumeUpload(seen.key(), seen.uploadId(), seen.totalBytes());
    }

    /** Whether all has arrived and was put together before anybody could note its checksum. */
    Future<Boolean> together(IncomingModelFile seen) {
        return objects.size(seen.key())
                .map(size -> size == seen.totalBytes())
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.succeededFuture(false)
                        : Future.failedFuture(cause));
    }

    /** What was put together, read again. */
    Future<ObjectStore.Stored> reread(IncomingModelFile seen) {
        return objects.get(seen.key(), 0, -1)
                .compose(IncomingFiles::sum)
                .map(sum -> new ObjectStore.Stored(seen.totalBytes(), sum));
    }

    private static Future<String> sum(ObjectContent content) {
        Promise<String> sum = Promise.promise();
        MessageDigest digest = Sha256.digest();
        content.exceptionHandler(sum::tryFail);
        content.endHandler(end -> sum.tryComplete(HexFormat.of().formatHex(digest.digest())));
        content.handler(piece -> digest.update(piece.getBytes()));
        content.resume();
        return sum.future();
    }

    /** Makes what has arrived a file of the version. Fails with INVALID when it is not what was said. */
    Future<ModelVersion> arrived(IncomingModelFile begun, ObjectStore.Stored stored) {
        if (begun.expectedSha256() != null && !begun.expectedSha256().equals(stored.sha256())) {
            return Future.failedFuture(Failure.invalid(
                    "query:sha256", "is not the checksum of what arrived, which is " + stored.sha256()));
        }
        if (begun.totalBytes() >= 0 && begun.totalBytes() != stored.sizeBytes()) {
            return Future.failedFuture(Failure.invalid(stored.sizeBytes() + " bytes arrived of " + begun.totalBytes()));
        }
        var file = new ModelVersion.File(begun.path(), stored.sizeBytes(), stored.sha256());
        return incoming.update(begun.id(), seen -> seen.arrived(stored.sha256(), stored.sizeBytes()))
                .compose(noted -> blobs.use(stored.sha256(), stored.sizeBytes(), begun.key(), begun.id()))
                .compose(blob -> records.changeVersion(begun.versionId(), seen -> seen.with(file, records.now())));
    }

    /** Gives a version a file whose content is stored already. Fails with NOT_FOUND when it is not. */
    Future<ModelVersion> reuse(String versionId, ModelContent.Sent sent) {
        var like = IncomingModelFileBuilder.builder()
                .kind(IncomingModelFile.Kind.REQUEST)
                .versionId(versionId);
        var file = new ModelVersion.File(sent.path(), sent.sizeBytes(), sent.sha256());
        return blobs.get(sent.sha256())
                .compose(blob -> blob.sizeBytes() == sent.sizeBytes()
                        ? begin(like, sent)
                        : Future.failedFuture(Failure.notFound("content", sent.sha256())))
                .compose(begun -> incoming.update(begun.id(), seen -> seen.arrived(sent.sha256(), sent.sizeBytes()))
                        .compose(noted -> blobs.share(sent.sha256(), begun.id()))
                        .compose(shared -> records.changeVersion(versionId, seen -> seen.with(file, records.now())))
                        .transform(done -> finish(begun, done)));
    }

    /** Settles it, whatever the outcome; what cannot be settled now is left to the sweep. */
    <T> Future<T> finish(IncomingModelFile begun, AsyncResult<T> outcome) {
        return settle(begun.id()).transform(settled -> {
            atWork.remove(begun.id());
            return outcome.succeeded()
                    ? Future.succeededFuture(outcome.result())
                    : Future.failedFuture(outcome.cause());
        });
    }

    /** See {@link IncomingCleanup#settle}. */
    Future<Void> settle(String incomingId) {
        return ends.settle(incomingId);
    }

    /** Says that this process is still at work on what it holds. */
    Future<Void> touch() {
        long now = records.now().toEpochMilli();
        return Future.join(atWork.stream()
                        .map(id -> incoming.update(id, seen -> seen.held(self, now, now + CONTINUED_WITHIN.toMillis())))
                        .toList())
                .otherwiseEmpty()
                .mapEmpty();
    }

    /** What nobody is at work on any more, and nobody will continue. */
    Future<List<String>> abandoned() {
        long now = records.now().toEpochMilli();
        Condition here = Condition.eq("place", objects.place());
        return find(
                        here,
                        Condition.eq("kind", IncomingModelFile.Kind.REQUEST.name()),
                        Condition.lt("touchedAtMs", alone ? now : now - SILENT.toMillis()))
                .compose(requests -> find(here, Condition.lt("expiresAtMs", now))
                        .map(expired -> java.util.stream.Stream.concat(requests.stream(), expired.stream())
                                .map(IncomingModelFile::id)
                                .distinct()
                                .filter(id -> !atWork.contains(id))
                                .toList()));
    }
}
