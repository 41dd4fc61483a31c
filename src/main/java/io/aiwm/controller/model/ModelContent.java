package io.aiwm.controller.model;

import io.aiwm.common.Failure;
import io.aiwm.common.Sha256;
import io.aiwm.controller.objects.ObjectContent;
import io.aiwm.controller.objects.ObjectStore;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** The files of versions: how they are put in, looked at, read and deleted. */
public final class ModelContent {
    private final ModelRecords records;
    private final IncomingFiles incoming;
    private final Blobs blobs;
    private final ObjectStore objects;
    private final ModelHeaders headers;
    private final MeasuredUses uses;

    ModelContent(
            ModelRecords records,
            IncomingFiles incoming,
            Blobs blobs,
            ObjectStore objects,
            ModelHeaders headers,
            MeasuredUses uses) {
        this.uses = uses;
        this.records = records;
        this.incoming = incoming;
        this.blobs = blobs;
        this.objects = objects;
        this.headers = headers;
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
        var like = IncomingModelFileBuilder.builder()
                .kind(IncomingModelFile.Kind.REQUEST)
                .versionId(version.id());
        return incoming.begin(like, sent).compose(begun -> {
            Future<ObjectStore.Stored> stored = broken.future().failed()
                    ? Future.failedFuture(Failure.invalid("the upload broke off before it began"))
                    : objects.put(begun.key(), content, begun.reservedBytes());
            return stored.compose(bytes -> incoming.arrived(begun, bytes))
                    .transform(done -> incoming.finish(begun, done));
        });
    }

    static void check(ModelVersion version, Sent sent) {
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

    /**
     * Says that a version has all its files: it is looked at and becomes READY, and never changes again. Repeating it is
     * harmless. Fails with UNPROCESSABLE when it has none, with CONFLICT while files are on their way or in another state.
     */
    public Future<ModelVersion> commit(ModelVersion version) {
        if (version.state() == ModelState.READY) {
            return Future.succeededFuture(version);
        }
        return incoming.coming(version.id())
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
        Future<Void> all = Future.succeededFuture();
        for (String sha256 : sums(version)) {
            all = all.compose(before -> blobs.share(sha256, version.id()))
                    .compose(blob -> objects.place().equals(blob.place())
                            ? objects.size(blob.key()).map(size -> size == blob.sizeBytes())
                            : Future.succeededFuture(true))
                    .compose(whole -> whole
                            ? Future.succeededFuture()
                            : Future.failedFuture(Failure.notFound("content", sha256)));
        }
        return all.compose(whole -> headers.read(version))
                .compose(info -> records.changeVersion(
                        version.id(),
                        seen -> seen.state() == ModelState.READY
                                ? seen
                                : seen.in(ModelState.READY, null, records.now())
                                        .but()
                                        .info(info)
                                        .build()))
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? records.changeVersion(
                                version.id(),
                                seen -> seen.in(
                                        ModelState.FAILED, "content of it is not stored any more", records.now()))
                        : Future.failedFuture(cause));
    }

    private static List<String> sums(ModelVersion version) {
        return version.files().stream()
                .map(ModelVersion.File::sha256)
                .distinct()
                .toList();
    }

    /** Opens a file of a version for reading, paused; see {@link ObjectStore#get}. */
    public Future<ObjectContent> open(ModelVersion.File file, long offset, long length) {
        return blobs.get(file.sha256()).compose(blob -> objects.get(blob.key(), offset, length));
    }

    /** A URL under which anyone can read a file until it expires; see {@link ObjectStore#signedUrl}. */
    public Future<ObjectStore.SignedUrl> url(ModelVersion.File file, ObjectStore.UrlRequest request) {
        return blobs.get(file.sha256()).compose(blob -> objects.signedUrl(blob.key(), request));
    }

    /** Deletes a version: first its mark, then what its model says of it, its content, its record. Repeating it is harmless. */
    Future<Void> removeVersion(ModelVersion version) {
        return records.markDeleting(version.id())
                .compose(marked -> records.change(
                                marked.modelId(), seen -> seen.withoutAliasesOf(marked.number(), records.now()))
                        .compose(records::refresh)
                        .recover(Blobs::unlessGone)
                        .compose(done -> dropComing(marked))
                        .compose(done -> releaseAll(marked))
                        .compose(done -> uses.forget(marked.id()))
                        .compose(done -> records.forgetVersion(marked.id())))
                .<Void>mapEmpty()
                .recover(Blobs::unlessGone);
    }

    /** What is to be continued will not be; a request that is under way finds out by itself. */
    private Future<Void> dropComing(ModelVersion version) {
        return incoming.ofVersion(version.id()).compose(all -> {
            Future<Void> gone = Future.succeededFuture();
            for (IncomingModelFile each : all) {
                if (each.kind() != IncomingModelFile.Kind.REQUEST) {
                    gone = gone.compose(before -> incoming.settle(each.id()));
                }
            }
            return gone;
        });
    }

    private Future<Void> releaseAll(ModelVersion version) {
        Future<Void> all = Future.succeededFuture();
        for (String sha256 : sums(version)) {
            all = all.compose(before -> blobs.release(sha256, List.of(version.id())));
        }
        return all;
    }

    /** Throws away the files of an upload that FAILED: nobody can use them. Repeating it is harmless. */
    Future<Void> empty(ModelVersion failed) {
        return releaseAll(failed)
                .compose(gone -> records.changeVersion(
                        failed.id(),
                        seen -> seen.but().files(List.of()).sizeBytes(0).build()))
                .<Void>mapEmpty()
                .recover(Blobs::unlessGone);
    }

    /**
     * Ends an upload that nobody has continued for a time. Nothing happens when somebody has meanwhile, or while a file is on
     * its way.
     *
     * @param before when it was changed last, at the latest
     * @param time for how long nobody did, in words
     */
    Future<Void> abandon(ModelVersion left, Instant before, String time) {
        return incoming.coming(left.id())
                .compose(coming -> coming > 0
                        ? Future.succeededFuture()
                        : records.changeVersion(
                                        left.id(),
                                        seen -> seen.state().isUpload()
                                                        && seen.updatedAt().isBefore(before)
                                                ? seen.in(
                                                        ModelState.FAILED,
                                                        "nobody continued the upload for " + time,
                                                        records.now())
                                                : seen)
                                .<Void>mapEmpty()
                                .recover(Blobs::unlessGone));
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
}
