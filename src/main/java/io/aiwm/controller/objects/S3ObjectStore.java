package io.aiwm.controller.objects;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.minio.BucketExistsArgs;
import io.minio.GetObjectArgs;
import io.minio.GetPresignedObjectUrlArgs;
import io.minio.MakeBucketArgs;
import io.minio.RemoveObjectArgs;
import io.minio.StatObjectArgs;
import io.minio.UploadObjectArgs;
import io.minio.http.Method;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Objects in a bucket of an S3 server, which several controllers may share. What is written passes through memory in parts of
 * {@value S3Parts#PART_BYTES} bytes, and never through this machine's disk.
 */
public final class S3ObjectStore implements ObjectStore {
    /** Keys begin with a digit or a letter; what else is in the bucket, such as tails of uploads, begins with a dot. */
    private static final String BEFORE_ALL = "/";

    private final Vertx vertx;
    private final Config.ObjectStorage config;
    private final S3Client client;
    private final PartSlots slots = new PartSlots();
    private final IncrementalHash.Kept hashes = new IncrementalHash.Kept();

    public S3ObjectStore(Vertx vertx, Config.ObjectStorage config) {
        this.vertx = vertx;
        this.config = config;
        this.client = new S3Client(vertx, config);
    }

    @Override
    public Future<Void> open() {
        String bucket = config.bucket();
        return client.call(requests -> requests.bucketExists(
                        BucketExistsArgs.builder().bucket(bucket).build()))
                .compose(there -> there
                        ? Future.succeededFuture()
                        : client.call(requests -> requests.makeBucket(
                                MakeBucketArgs.builder().bucket(bucket).build())));
    }

    @Override
    public String place() {
        return "s3:" + config.endpoint() + ":" + config.port() + "/" + config.bucket();
    }

    @Override
    public Future<Stored> put(String key, ReadStream<Buffer> content, long maxBytes) {
        return checked(() -> {
            ObjectKey.checked(key);
            return new S3Put(client, slots, hashes, key).run(content, maxBytes);
        });
    }

    /** The file goes even when it could not be kept: its sender has it and sends it again. */
    @Override
    public Future<Void> put(String key, Path file) {
        return checked(() -> {
            ObjectKey.checked(key);
            return client.call(requests -> requests.uploadObject(UploadObjectArgs.builder()
                            .bucket(config.bucket())
                            .object(key)
                            .filename(file.toString())
                            .contentType("application/octet-stream")
                            .build()))
                    .eventually(() -> client.blocking(() -> Files.deleteIfExists(file)))
                    .mapEmpty();
        });
    }

    @Override
    public Future<ObjectContent> get(String key, long offset, long length) {
        return size(key).compose(size -> {
            if (offset < 0 || offset > size) {
                throw Failure.invalid("offset " + offset + " is not within the file");
            }
            long most = length < 0 ? size - offset : Math.min(length, size - offset);
            // a range of nothing is no range that S3 knows
            Future<InputStream> opened = most == 0
                    ? Future.succeededFuture(InputStream.nullInputStream())
                    : client.call(requests -> requests.getObject(GetObjectArgs.builder()
                                    .bucket(config.bucket())
                                    .object(key)
                                    .offset(offset)
                                    .length(most)
                                    .build()))
                            .map(in -> in);
            return opened.map(in -> new InputContent(vertx, client.threads, in, size));
        });
    }

    @Override
    public Future<Listed> stat(String key) {
        return checked(() -> {
            ObjectKey.checked(key);
            return client.call(requests -> requests.statObject(StatObjectArgs.builder()
                            .bucket(config.bucket())
                            .object(key)
                            .build()))
                    .map(there ->
                            new Listed(key, there.size(), there.lastModified().toInstant()));
        });
    }

    @Override
    public Future<Void> delete(String key) {
        return checked(() -> {
            ObjectKey.checked(key);
            return client.call(requests -> requests.removeObject(RemoveObjectArgs.builder()
                    .bucket(config.bucket())
                    .object(key)
                    .build()));
        });
    }

    @Override
    public Future<ObjectUpload> beginUpload(String key, long sizeBytes) {
        return checked(() -> {
            ObjectKey.checked(key);
            S3Parts.check(sizeBytes);
            return S3Upload.begin(client, slots, hashes, key, sizeBytes).map(upload -> upload);
        });
    }

    @Override
    public Future<ObjectUpload> resumeUpload(String key, String uploadId, long sizeBytes) {
        return checked(() -> {
            ObjectKey.checked(key);
            return new S3Upload(client, slots, hashes, key, uploadId, sizeBytes)
                    .load()
                    .map(upload -> upload);
        });
    }

    @Override
    public Future<List<PendingUpload>> pendingUploads(String prefix, int limit) {
        return checked(() -> {
            ObjectKey.checkedPrefix(prefix);
            ObjectKey.checkedLimit(limit);
            return client.call(requests -> requests.listMultipartUploadsAsync(
                            config.bucket(), null, null, null, null, limit, prefix, null, null, null))
                    .map(answer -> answer.result().uploads().stream()
                            .map(upload -> new PendingUpload(
                                    upload.objectName(),
                                    upload.uploadId(),
                                    upload.initiated().toInstant()))
                            .toList());
        });
    }

    @Override
    public Future<Page> list(String prefix, String after, int limit) {
        return checked(() -> {
            ObjectKey.checkedPrefix(prefix);
            ObjectKey.checkedLimit(limit);
            String from = after == null ? BEFORE_ALL : ObjectKey.checked(after);
            return client.call(requests -> requests.list(config.bucket(), prefix, from, limit))
                    .map(answer -> {
                        var objects = answer.result().contents().stream()
                                .map(object -> new Listed(
                                        object.objectName(),
                                        object.size(),
                                        object.lastModified().toInstant()))
                                .toList();
                        boolean more = answer.result().isTruncated() && !objects.isEmpty();
                        return new Page(
                                objects, more ? objects.get(objects.size() - 1).key() : null);
                    });
        });
    }

    @Override
    public Future<SignedUrl> signedUrl(String key, UrlRequest request) {
        return checked(() -> {
            ObjectKey.checked(key);
            Download.check(request);
            var expiresAt = Instant.now().plus(request.expires());
            var args = GetPresignedObjectUrlArgs.builder()
                    .method(Method.GET)
                    .bucket(config.bucket())
                    .object(key)
                    .expiry((int) request.expires().toSeconds())
                    .extraQueryParams(Map.of(
                            "response-content-disposition",
                            Download.disposition(key, request.fileName()),
                            "response-content-type",
                            Download.contentType(request.contentType())))
                    .build();
            return client.signedUrl(args).map(url -> new SignedUrl(url, expiresAt));
        });
    }

    @Override
    public Future<Void> close() {
        return client.close();
    }

    /** Refuses a wrong argument as everything else is refused. */
    private static <T> Future<T> checked(Supplier<Future<T>> work) {
        try {
            return work.get();
        } catch (Failure refused) {
            return Future.failedFuture(refused);
        }
    }
}
