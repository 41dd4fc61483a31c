package io.aiwm.controller.objects;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.minio.BucketExistsArgs;
import io.minio.GetObjectArgs;
import io.minio.MakeBucketArgs;
import io.minio.MinioClient;
import io.minio.RemoveObjectArgs;
import io.minio.StatObjectArgs;
import io.minio.UploadObjectArgs;
import io.minio.errors.ErrorResponseException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Objects in a bucket of an S3 server, which several controllers may share. What is written passes through a file under
 * the controller's data directory: a slow sender holds no connection to the server, and nothing half reaches it.
 */
public final class S3ObjectStore implements ObjectStore {
    private static final Logger LOG = LoggerFactory.getLogger(S3ObjectStore.class);
    private static final int THREADS = 8;
    private static final long CONNECT_MILLIS = 10_000;
    private static final long SILENCE_MILLIS = 60_000;
    private static final Set<String> NOT_THERE = Set.of("NoSuchKey", "NoSuchObject", "NotFound", "ResourceNotFound");

    private final Vertx vertx;
    private final Config.ObjectStorage config;
    private final Path spool;
    private final MinioClient client;
    private final WorkerExecutor threads;

    /** @param spool a folder for what is on its way; made when it is not there */
    public S3ObjectStore(Vertx vertx, Config.ObjectStorage config, Path spool) {
        this.vertx = vertx;
        this.config = config;
        this.spool = spool;
        var builder = MinioClient.builder().endpoint(config.endpoint(), config.port(), config.useSsl());
        if (config.accessKey() != null && config.secretKey() != null) {
            builder.credentials(config.accessKey(), config.secretKey());
        }
        this.client = builder.build();
        client.setTimeout(CONNECT_MILLIS, SILENCE_MILLIS, SILENCE_MILLIS);
        this.threads = vertx.createSharedWorkerExecutor(
                "aiwm-objects-" + System.identityHashCode(this), THREADS, 1, TimeUnit.HOURS);
    }

    @Override
    public Future<Void> open() {
        return blocking(() -> {
            Spool.prepare(spool);
            String bucket = config.bucket();
            if (!client.bucketExists(BucketExistsArgs.builder().bucket(bucket).build())) {
                client.makeBucket(MakeBucketArgs.builder().bucket(bucket).build());
            }
            return null;
        });
    }

    @Override
    public String place() {
        return "s3:" + config.endpoint() + ":" + config.port() + "/" + config.bucket();
    }

    @Override
    public Future<Stored> put(String key, ReadStream<Buffer> content, long maxBytes) {
        try {
            ObjectKey.checked(key);
        } catch (Failure refused) {
            return Future.failedFuture(refused);
        }
        Path file = spool.resolve(Ids.uuid7());
        return Spool.write(threads, file, content, maxBytes)
                .compose(stored -> put(key, file).map(stored));
    }

    /** The file goes even when it could not be kept: its sender has it and sends it again. */
    @Override
    public Future<Void> put(String key, Path file) {
        return blocking(() -> {
            ObjectKey.checked(key);
            try {
                client.uploadObject(UploadObjectArgs.builder()
                        .bucket(config.bucket())
                        .object(key)
                        .filename(file.toString())
                        .contentType("application/octet-stream")
                        .build());
            } finally {
                Files.deleteIfExists(file);
            }
            return null;
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
            return blocking(() -> most == 0 ? InputStream.nullInputStream() : open(key, offset, most))
                    .map(in -> new InputContent(vertx, threads, in, size));
        });
    }

    private InputStream open(String key, long offset, long length) throws Exception {
        return client.getObject(GetObjectArgs.builder()
                .bucket(config.bucket())
                .object(key)
                .offset(offset)
                .length(length)
                .build());
    }

    @Override
    public Future<Long> size(String key) {
        return blocking(() -> client.statObject(StatObjectArgs.builder()
                        .bucket(config.bucket())
                        .object(ObjectKey.checked(key))
                        .build())
                .size());
    }

    @Override
    public Future<Void> delete(String key) {
        return blocking(() -> {
            client.removeObject(RemoveObjectArgs.builder()
                    .bucket(config.bucket())
                    .object(ObjectKey.checked(key))
                    .build());
            return null;
        });
    }

    @Override
    public Future<Void> close() {
        return threads.close();
    }

    private <T> Future<T> blocking(Callable<T> work) {
        return threads.executeBlocking(work, false).recover(cause -> Future.failedFuture(failure(cause)));
    }

    private Failure failure(Throwable cause) {
        if (cause instanceof Failure failure) {
            return failure;
        }
        if (cause instanceof ErrorResponseException refused
                && NOT_THERE.contains(refused.errorResponse().code())) {
            return new Failure(Failure.Kind.NOT_FOUND, "there is no such file");
        }
        String why = cause instanceof ErrorResponseException refused
                ? refused.errorResponse().code()
                : cause.getClass().getSimpleName();
        LOG.warn("S3 server {}: {}", config.endpoint(), why, cause);
        return new Failure(
                Failure.Kind.UNAVAILABLE,
                "the S3 server (objectStorage.endpoint) does not do what it is asked (" + why + ")");
    }
}
