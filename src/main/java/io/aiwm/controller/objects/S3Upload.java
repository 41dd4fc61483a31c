package io.aiwm.controller.objects;

import io.aiwm.common.Failure;
import io.aiwm.common.Sha256;
import io.aiwm.controller.objects.ObjectStore.Stored;
import io.aiwm.controller.objects.PartCutter.Part;
import io.minio.GetObjectArgs;
import io.minio.RemoveObjectArgs;
import io.minio.StatObjectArgs;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * A multipart upload of an S3 server. A part but the last must have 5 MiB, so what a request leaves beyond its last part is
 * kept in an object of its own, the tail, and sent again as the beginning of the next part.
 */
final class S3Upload implements ObjectUpload {
    /** No key begins with a dot, so a tail is no object of a user. */
    private static final String TAILS = ".uploads/";

    private final S3Client client;
    private final PartSlots slots;
    private final IncrementalHash.Kept hashes;
    private final String key;
    private final String id;
    private final long sizeBytes;
    private final AtomicBoolean busy = new AtomicBoolean();
    private final List<io.minio.messages.Part> parts = new ArrayList<>();
    private volatile long partBytes;
    private volatile int tailBytes;
    private IncrementalHash hash;
    private Stored completed;
    private boolean aborted;

    S3Upload(S3Client client, PartSlots slots, IncrementalHash.Kept hashes, String key, String id, long sizeBytes) {
        this.client = client;
        this.slots = slots;
        this.hashes = hashes;
        this.key = key;
        this.id = id;
        this.sizeBytes = sizeBytes;
        this.hash = new IncrementalHash();
    }

    static Future<S3Upload> begin(
            S3Client client, PartSlots slots, IncrementalHash.Kept hashes, String key, long sizeBytes) {
        return client.call(requests -> requests.createMultipartUploadAsync(client.bucket(), null, key, null, null))
                .map(begun ->
                        new S3Upload(client, slots, hashes, key, begun.result().uploadId(), sizeBytes));
    }

    @Override
    public String key() {
        return key;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public long offset() {
        return partBytes + tailBytes;
    }

    /** Asks the server what is there. Fails with NOT_FOUND. */
    Future<S3Upload> load() {
        return parts(0).compose(all -> parts.isEmpty() ? findSelf() : Future.succeededFuture())
                .compose(there -> client.repeated(requests -> requests.list(client.bucket(), tails(), null, 1_000)))
                .map(tails -> {
                    tails.result().contents().stream()
                            .filter(tail -> tail.objectName().equals(tail()))
                            .forEach(tail -> tailBytes = (int) tail.size());
                    hash = hashes.take(id, offset());
                    return this;
                });
    }

    /** Some servers (S3Proxy) know no parts of an upload that is not there, rather than not knowing the upload. */
    private Future<Void> findSelf() {
        return client.repeated(requests -> requests.listMultipartUploadsAsync(
                        client.bucket(), null, null, null, null, 1_000, key, null, null, null))
                .compose(answer -> answer.result().uploads().stream()
                                .anyMatch(upload -> upload.uploadId().equals(id))
                        ? Future.succeededFuture()
                        : Future.failedFuture(noUpload()));
    }

    private static Failure noUpload() {
        return new Failure(Failure.Kind.NOT_FOUND, "there is no such upload");
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one operation at a time
    private Future<Void> parts(int after) {
        return client.repeated(
                        requests -> requests.listPartsAsync(client.bucket(), null, key, null, after, id, null, null))
                .compose(answer -> {
                    for (var part : answer.result().partList()) {
                        parts.add(part);
                        partBytes = partBytes + part.partSize();
                    }
                    return answer.result().isTruncated()
                            ? parts(answer.result().nextPartNumberMarker())
                            : Future.succeededFuture();
                });
    }

    private String tails() {
        return TAILS + Sha256.hex(id).substring(0, 32) + "/";
    }

    private String tail() {
        return tails() + partBytes;
    }

    @Override
    public Future<Long> append(ReadStream<Buffer> content) {
        content.pause();
        return alone(() -> {
            long most = (sizeBytes < 0 ? S3Parts.MOST_BYTES : sizeBytes) - offset();
            Future<Buffer> before = tailBytes == 0
                    ? Future.succeededFuture(Buffer.buffer())
                    : client.bytes(tail()).map(Buffer::buffer);
            return PartCutter.cut(slots, before, content, most, new Parts())
                    .onComplete(appended -> hashes.put(id, hash))
                    .map(kept -> offset());
        });
    }

    private final class Parts implements PartCutter.Target {
        @Override
        public Future<Void> keep(Part part) {
            return addPart(part.bytes, part.length);
        }

        @Override
        public Future<Void> rest(Part part, boolean whole) {
            boolean last = partBytes + part.length == sizeBytes;
            if (part.length == 0 || (part.length == tailBytes && !last)) {
                return Future.succeededFuture(); // nothing, or nothing new
            }
            return part.length >= S3Parts.LEAST_BYTES || last ? addPart(part.bytes, part.length) : keepTail(part);
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one operation at a time
    Future<Void> addPart(byte[] bytes, int length) {
        int number = parts.size() + 1;
        if (number > S3Parts.MOST_PARTS) {
            return Future.failedFuture(new Failure(
                    Failure.Kind.TOO_LARGE,
                    "the upload has " + S3Parts.MOST_PARTS + " parts; begin again and send it in larger pieces"));
        }
        String oldTail = tail();
        boolean hadTail = tailBytes > 0;
        return client.repeated(requests ->
                        requests.uploadPartAsync(client.bucket(), null, key, bytes, length, id, number, null, null))
                .compose(stored -> client.blocking(() -> {
                    hashBeyond(partBytes, bytes, length);
                    parts.add(new io.minio.messages.Part(number, stored.etag()));
                    tailBytes = 0;
                    partBytes = partBytes + length;
                    return null;
                }))
                .compose(added -> hadTail ? remove(oldTail).otherwiseEmpty() : Future.succeededFuture());
    }

    private Future<Void> keepTail(Part part) {
        return client.repeated(requests -> requests.put(client.bucket(), tail(), part.bytes, part.length))
                .map(stored -> {
                    hashBeyond(partBytes, part.bytes, part.length);
                    tailBytes = part.length;
                    return null;
                });
    }

    /** The bytes begin at {@code at}; those that the hash has are left out, and it is left alone when it lacks some before. */
    private void hashBeyond(long at, byte[] bytes, int length) {
        long known = hash.bytes() - at;
        if (known >= 0 && known < length) {
            hash.update(bytes, (int) known, length - (int) known);
        }
    }

    @Override
    public Future<Stored> complete() {
        return alone(() -> {
            if (completed != null) {
                return Future.succeededFuture(completed);
            }
            if (sizeBytes >= 0 && offset() < sizeBytes) {
                return Future.failedFuture(Failure.conflict(
                        "only " + offset() + " of " + sizeBytes + " bytes have arrived; send the others first"));
            }
            return lastPart()
                    .compose(last -> join())
                    .compose(joined -> removeTails())
                    .compose(joined -> hash.bytes() == offset() ? client.blocking(hash::hex) : readAgain())
                    .map(sha256 -> completed = new Stored(offset(), sha256));
        });
    }

    /** The tail is the last part; an object without any has an empty one. */
    private Future<Void> lastPart() {
        if (tailBytes == 0) {
            return parts.isEmpty() ? addPart(new byte[0], 0) : Future.succeededFuture();
        }
        return client.bytes(tail()).compose(bytes -> addPart(bytes, bytes.length));
    }

    private Future<Void> join() {
        var all = parts.toArray(io.minio.messages.Part[]::new);
        return client.repeated(requests ->
                        requests.completeMultipartUploadAsync(client.bucket(), null, key, id, all, null, null))
                .<Void>mapEmpty()
                .recover(cause ->
                        Failure.of(cause).kind == Failure.Kind.NOT_FOUND ? wasJoined() : Future.failedFuture(cause));
    }

    /** The answer to a request that had its effect may have been lost. */
    private Future<Void> wasJoined() {
        return client.repeated(requests -> requests.statObject(StatObjectArgs.builder()
                        .bucket(client.bucket())
                        .object(key)
                        .build()))
                .compose(
                        there -> there.size() == offset() ? Future.succeededFuture() : Future.failedFuture(noUpload()));
    }

    private Future<String> readAgain() {
        return client.blocking(() -> {
            var whole = new IncrementalHash();
            byte[] piece = new byte[64 * 1024];
            try (InputStream in = client.requests
                    .getObject(GetObjectArgs.builder()
                            .bucket(client.bucket())
                            .object(key)
                            .build())
                    .get()) {
                for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
                    whole.update(piece, 0, read);
                }
            }
            return whole.hex();
        });
    }

    @Override
    public Future<Void> abort() {
        return alone(() -> {
            if (aborted || completed != null) {
                return Future.succeededFuture();
            }
            return client.repeated(
                            requests -> requests.abortMultipartUploadAsync(client.bucket(), null, key, id, null, null))
                    .<Void>mapEmpty()
                    .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                            ? Future.succeededFuture()
                            : Future.failedFuture(cause))
                    .compose(gone -> removeTails())
                    .onSuccess(gone -> aborted = true);
        });
    }

    private Future<Void> removeTails() {
        hashes.take(id, -1);
        return client.repeated(requests -> requests.list(client.bucket(), tails(), null, 1_000))
                .compose(tails -> Future.all(tails.result().contents().stream()
                        .map(tail -> remove(tail.objectName()))
                        .toList()))
                .mapEmpty();
    }

    private Future<Void> remove(String object) {
        return client.repeated(requests -> requests.removeObject(RemoveObjectArgs.builder()
                .bucket(client.bucket())
                .object(object)
                .build()));
    }

    private <T> Future<T> alone(Supplier<Future<T>> work) {
        if (!busy.compareAndSet(false, true)) {
            return Future.failedFuture(Failure.busy("another request of this upload is under way"));
        }
        return work.get().onComplete(done -> busy.set(false));
    }
}
