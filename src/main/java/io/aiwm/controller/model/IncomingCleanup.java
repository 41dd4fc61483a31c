package io.aiwm.controller.model;

import io.aiwm.common.Failure;
import io.aiwm.controller.objects.ObjectStore;
import io.aiwm.controller.objects.ObjectUpload;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.util.List;

/** How what is known of a file on its way ends, whoever had begun it and however far it came. */
final class IncomingCleanup {
    private final ModelRecords records;
    private final Records<IncomingModelFile> incoming;
    private final Blobs blobs;
    private final ObjectStore objects;

    IncomingCleanup(ModelRecords records, Records<IncomingModelFile> incoming, Blobs blobs, ObjectStore objects) {
        this.records = records;
        this.incoming = incoming;
        this.blobs = blobs;
        this.objects = objects;
    }

    /**
     * Ends what is known of a file that came in: either its version has it, and is a user of the content, or nothing is left
     * of it. Repeating it is harmless.
     */
    Future<Void> settle(String incomingId) {
        return incoming.get(incomingId)
                .compose(seen -> seen.sha256() == null
                        ? abort(seen).map(false)
                        : settleContent(seen).compose(has -> dropDouble(seen).map(has)))
                .compose(has -> incoming.get(incomingId)
                        .compose(seen -> has && seen.kind() == IncomingModelFile.Kind.TUS && !seen.done()
                                ? incoming.update(incomingId, IncomingModelFile::finished)
                                        .<Void>mapEmpty()
                                : incoming.delete(incomingId).<Void>mapEmpty()))
                .recover(Blobs::unlessGone);
    }

    /** Deletes what has arrived of one, as far as it has. */
    Future<Void> abort(IncomingModelFile seen) {
        if (seen.kind() == IncomingModelFile.Kind.REQUEST) {
            return objects.delete(seen.key());
        }
        // begun, and nobody could note it
        Future<List<String>> uploads = seen.uploadId() != null
                ? Future.succeededFuture(List.of(seen.uploadId()))
                : objects.pendingUploads(seen.key(), ObjectStore.MOST_LISTED)
                        .map(all -> all.stream()
                                .filter(pending -> pending.key().equals(seen.key()))
                                .map(ObjectStore.PendingUpload::uploadId)
                                .toList());
        return uploads.compose(all -> {
                    Future<Void> gone = Future.succeededFuture();
                    for (String upload : all) {
                        gone = gone.compose(before -> objects.resumeUpload(seen.key(), upload, seen.totalBytes())
                                .compose(ObjectUpload::abort)
                                .recover(Blobs::unlessGone));
                    }
                    return gone;
                })
                .compose(gone -> objects.delete(seen.key()));
    }

    /** @return whether the version has it */
    private Future<Boolean> settleContent(IncomingModelFile seen) {
        return records.version(seen.versionId())
                .map(version -> version.uses(seen.sha256()) ? Boolean.TRUE : Boolean.FALSE)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.succeededFuture(null)
                        : Future.failedFuture(cause))
                .compose(has -> {
                    if (has == null) { // the version is gone, or goes
                        return blobs.release(seen.sha256(), List.of(seen.id(), seen.versionId()))
                                .map(false);
                    }
                    return has
                            ? blobs.share(seen.sha256(), seen.versionId())
                                    .compose(shared -> blobs.release(seen.sha256(), List.of(seen.id())))
                                    .compose(done -> stillThere(seen))
                            : blobs.release(seen.sha256(), List.of(seen.id())).map(false);
                });
    }

    /** A version that was deleted while it became a user is none. */
    private Future<Boolean> stillThere(IncomingModelFile seen) {
        return records.version(seen.versionId())
                .map(true)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? blobs.release(seen.sha256(), List.of(seen.versionId()))
                                .map(false)
                        : Future.failedFuture(cause));
    }

    /** Deletes the object that came in when the content is in another one, or in none. */
    private Future<Void> dropDouble(IncomingModelFile seen) {
        return blobs.get(seen.sha256())
                .map(blob -> !blob.key().equals(seen.key()))
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.succeededFuture(true)
                        : Future.failedFuture(cause))
                .compose(drop -> drop ? objects.delete(seen.key()) : Future.succeededFuture());
    }
}
