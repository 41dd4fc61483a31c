package io.aiwm.controller.objects;

import io.aiwm.controller.objects.ObjectStore.Stored;
import io.aiwm.controller.objects.PartCutter.Part;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;

/** An object that arrives in one go: one request when it is as small as a part, and an upload in parts otherwise. */
final class S3Put implements PartCutter.Target {
    private final S3Client client;
    private final PartSlots slots;
    private final IncrementalHash.Kept hashes;
    private final String key;
    private S3Upload upload;
    private Stored stored;

    S3Put(S3Client client, PartSlots slots, IncrementalHash.Kept hashes, String key) {
        this.client = client;
        this.slots = slots;
        this.hashes = hashes;
        this.key = key;
    }

    Future<Stored> run(ReadStream<Buffer> content, long maxBytes) {
        return PartCutter.cut(slots, Future.succeededFuture(Buffer.buffer()), content, maxBytes, this)
                .compose(kept -> upload == null ? Future.succeededFuture(stored) : upload.complete())
                .recover(cause -> upload == null
                        ? Future.failedFuture(cause)
                        : upload.abort().transform(gone -> Future.failedFuture(cause)));
    }

    @Override
    public Future<Void> keep(Part part) {
        return begun().compose(begun -> begun.addPart(part.bytes, part.length));
    }

    private Future<S3Upload> begun() {
        return upload != null
                ? Future.succeededFuture(upload)
                : S3Upload.begin(client, slots, hashes, key, -1).onSuccess(begun -> upload = begun);
    }

    @Override
    public Future<Void> rest(Part part, boolean whole) {
        if (!whole) {
            return Future.succeededFuture();
        }
        if (upload != null) {
            return upload.addPart(part.bytes, part.length);
        }
        var hash = new IncrementalHash();
        return client.repeated(requests -> {
                    if (hash.bytes() == 0) {
                        hash.update(part.bytes, 0, part.length);
                    }
                    return requests.put(client.bucket(), key, part.bytes, part.length);
                })
                .map(kept -> {
                    stored = new Stored(part.length, hash.hex());
                    return null;
                });
    }
}
