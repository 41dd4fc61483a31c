package io.aiwm.controller.model;

import io.aiwm.common.Failure;
import io.aiwm.controller.objects.ObjectUpload;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.time.Instant;
import java.util.function.Function;

/**
 * Files that come in several requests and are continued where they broke off, also after the end of the controller. What has
 * been taken is durable.
 */
public final class ModelUploads {
    private final ModelRecords records;
    private final Models models;
    private final ModelContent content;
    private final IncomingFiles incoming;
    private Function<String, Future<Instant>> since = user -> Future.succeededFuture(Instant.EPOCH);

    ModelUploads(ModelRecords records, Models models, ModelContent content, IncomingFiles incoming) {
        this.records = records;
        this.models = models;
        this.content = content;
        this.incoming = incoming;
    }

    /**
     * How far an upload is.
     *
     * @param offset how many bytes are durable
     * @param version the version that it is for
     */
    public record Progress(String id, long offset, long totalBytes, Instant expiresAt, String versionId, String path) {
        /** The model of the version. */
        public String modelId() {
            return ModelVersion.modelIdOf(versionId);
        }

        /** The number of the version. */
        public int number() {
            return ModelVersion.numberOf(versionId);
        }

        public boolean isWhole() {
            return offset == totalBytes;
        }
    }

    /**
     * Begins one.
     *
     * @param number of a version that takes files; null: a new one, which goes with the upload
     * @param commits whether the version has all its files with this one
     */
    public Future<Progress> begin(Model model, String number, ModelContent.Sent sent, boolean commits) {
        Future<ModelVersion> into =
                number == null ? models.addVersion(model, null, sent.by()) : models.version(model, number);
        return into.compose(version -> Future.succeededFuture(version)
                .compose(checked -> {
                    ModelContent.check(version, sent);
                    return incoming.begin(
                            IncomingModelFileBuilder.builder()
                                    .kind(IncomingModelFile.Kind.TUS)
                                    .versionId(version.id())
                                    .commits(commits)
                                    .ownVersion(number == null),
                            sent);
                })
                .compose(begun -> incoming.letGo(begun.id()).map(free -> progress(begun, 0)))
                .recover(cause -> (number == null ? models.dropVersion(version) : Future.<Void>succeededFuture())
                        .transform(gone -> Future.failedFuture(cause))));
    }

    /** How far one is. Fails with NOT_FOUND, also when it is somebody else's. @param by the user */
    public Future<Progress> get(String id, String by) {
        return mine(id, by)
                .compose(seen -> seen.done()
                        ? Future.succeededFuture(progress(seen, seen.totalBytes()))
                        : offset(seen)
                                .compose(offset -> offset == seen.totalBytes()
                                        // all is here, and nobody could put it into its version
                                        ? holding(id, held -> whole(held)).map(done -> progress(seen, offset))
                                        : Future.succeededFuture(progress(seen, offset))));
    }

    /** An upload of an earlier user of the same name is somebody else's. */
    private Future<IncomingModelFile> mine(String id, String by) {
        return incoming.get(id)
                .compose(seen -> since.apply(by).map(made -> {
                    if (seen.kind() != IncomingModelFile.Kind.TUS
                            || !seen.createdBy().equals(by)
                            || seen.createdAt().isBefore(made)) {
                        throw Failure.notFound("upload", id);
                    }
                    return seen;
                }));
    }

    /** Tells when the user of a name was made. Set once, before the first upload. */
    public void belongTo(Function<String, Future<Instant>> users) {
        since = users;
    }

    private Future<Long> offset(IncomingModelFile seen) {
        return seen.sha256() != null
                ? Future.succeededFuture(seen.totalBytes())
                : incoming.upload(seen)
                        .map(ObjectUpload::offset)
                        .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                                ? incoming.together(seen)
                                        .compose(together -> together
                                                ? Future.succeededFuture(seen.totalBytes())
                                                : Future.failedFuture(Failure.notFound("upload", seen.id())))
                                : Future.failedFuture(cause));
    }

    private static Progress progress(IncomingModelFile seen, long offset) {
        return new Progress(
                seen.id(),
                offset,
                seen.totalBytes(),
                Instant.ofEpochMilli(seen.expiresAtMs()),
                seen.versionId(),
                seen.path());
    }

    private interface Work<T> {
        Future<T> on(IncomingModelFile held);
    }

    private <T> Future<T> holding(String id, Work<T> work) {
        return incoming.hold(id).compose(held -> work.on(held).eventually(() -> incoming.letGo(id)));
    }

    /**
     * Adds what comes; the last byte makes it a file of its version. Call it before anything of the content has been read.
     * Fails with CONFLICT when it does not begin at the offset, or somebody else writes; with INVALID when it breaks off (what
     * came before stays), or when the whole has another checksum (nothing stays); with TOO_LARGE past the size that was said.
     */
    public Future<Progress> append(String id, String by, long offset, ReadStream<Buffer> bytes) {
        Promise<Void> broken = Promise.promise();
        bytes.exceptionHandler(broken::tryFail).pause();
        return mine(id, by)
                .compose(seen -> holding(id, held -> {
                    if (held.done()) {
                        throw Failure.conflict("upload " + id + " has all its bytes");
                    }
                    return incoming.upload(held).compose(upload -> {
                        if (upload.offset() != offset) {
                            throw Failure.conflict(
                                    "upload " + id + " is at offset " + upload.offset() + ", not at " + offset);
                        }
                        if (broken.future().failed()) {
                            throw Failure.invalid("the upload broke off before it began");
                        }
                        return upload.append(bytes)
                                .compose(now -> now == held.totalBytes()
                                        ? whole(held).map(done -> progress(held, now))
                                        : Future.succeededFuture(progress(held, now)));
                    });
                }));
    }

    /** Makes it a file of its version. */
    private Future<ModelVersion> whole(IncomingModelFile held) {
        return incoming.upload(held)
                .compose(ObjectUpload::complete)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? incoming.reread(held)
                        : Future.failedFuture(cause))
                .compose(stored -> incoming.arrived(held, stored))
                .transform(done -> passing(done.cause())
                        // it stays, and is tried again when its sender asks
                        ? Future.<ModelVersion>failedFuture(done.cause())
                        : incoming.finish(held, done))
                .compose(version -> held.commits() ? content.commit(version) : Future.succeededFuture(version))
                .recover(cause -> held.ownVersion() && !passing(cause)
                        ? dropVersion(held.versionId()).transform(gone -> Future.failedFuture(cause))
                        : Future.failedFuture(cause));
    }

    private static boolean passing(Throwable cause) {
        return cause != null && (Failure.of(cause).retryable() || Failure.of(cause).kind == Failure.Kind.INTERNAL);
    }

    private Future<Void> dropVersion(String versionId) {
        return records.version(versionId).compose(models::dropVersion).recover(Blobs::unlessGone);
    }

    /** Throws away what has arrived, and the version that was made for it. */
    public Future<Void> end(String id, String by) {
        return mine(id, by)
                .compose(seen -> incoming.hold(id)
                        .compose(held -> incoming.settle(id))
                        .eventually(() -> incoming.letGo(id))
                        .compose(gone -> seen.ownVersion() && !seen.done()
                                ? dropVersion(seen.versionId())
                                : Future.succeededFuture()));
    }
}
