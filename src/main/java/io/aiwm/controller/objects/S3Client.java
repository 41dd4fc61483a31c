package io.aiwm.controller.objects;

import io.aiwm.boot.Config;
import io.aiwm.boot.StartFailure;
import io.aiwm.common.Failure;
import io.minio.GetObjectArgs;
import io.minio.GetObjectResponse;
import io.minio.GetPresignedObjectUrlArgs;
import io.minio.ListObjectsV2Response;
import io.minio.MinioAsyncClient;
import io.minio.ObjectWriteResponse;
import io.minio.errors.ErrorResponseException;
import io.minio.errors.ServerException;
import io.minio.http.HttpUtils;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.GeneralSecurityException;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import okhttp3.OkHttpClient;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The client of the S3 server: requests as futures, its refusals as failures, and repetition of what may be repeated. */
final class S3Client {
    private static final Logger LOG = LoggerFactory.getLogger(S3Client.class);
    private static final int THREADS = 8;
    private static final long CONNECT_MILLIS = 10_000;
    private static final long SILENCE_MILLIS = 60_000;
    private static final int MOST_REQUESTS = 64;
    private static final int MOST_TRIES = 4;
    private static final long FIRST_PAUSE_MILLIS = 250;
    private static final Set<String> NOT_THERE =
            Set.of("NoSuchKey", "NoSuchObject", "NoSuchUpload", "NotFound", "ResourceNotFound");
    private static final Set<String> PASSING =
            Set.of("InternalError", "OperationAborted", "RequestTimeout", "ServiceUnavailable", "SlowDown");

    final Requests requests;
    final WorkerExecutor threads;
    private final Vertx vertx;
    private final Config.ObjectStorage config;
    private final OkHttpClient http;

    /** One request to the server; begun on a worker thread. */
    interface Call<T> {
        CompletableFuture<T> begin(Requests requests) throws Exception;
    }

    /** Opens what the library keeps for its own uploads. */
    @SuppressWarnings("try") // nobody closes it as a resource
    static final class Requests extends MinioAsyncClient {
        private Requests(MinioAsyncClient built) {
            super(built);
        }

        CompletableFuture<ObjectWriteResponse> put(String bucket, String key, byte[] bytes, int length)
                throws Exception {
            return putObjectAsync(bucket, null, key, bytes, length, null, null);
        }

        CompletableFuture<ListObjectsV2Response> list(String bucket, String prefix, String after, int limit)
                throws Exception {
            return listObjectsV2Async(bucket, null, null, "url", after, limit, prefix, null, false, false, null, null);
        }

        CompletableFuture<String> region(String bucket) throws Exception {
            return getRegionAsync(bucket, null);
        }
    }

    S3Client(Vertx vertx, Config.ObjectStorage config) {
        this.vertx = vertx;
        this.config = config;
        this.http = http(config);
        this.requests = new Requests(builder()
                .endpoint(config.endpoint(), config.port(), config.tls().enabled())
                .build());
        this.threads = vertx.createSharedWorkerExecutor(
                "aiwm-objects-" + System.identityHashCode(this), THREADS, 1, TimeUnit.HOURS);
    }

    private static OkHttpClient http(Config.ObjectStorage config) {
        OkHttpClient http = HttpUtils.newDefaultHttpClient(CONNECT_MILLIS, SILENCE_MILLIS, SILENCE_MILLIS);
        if (config.tls().ca() != null) {
            try {
                http = HttpUtils.enableExternalCertificates(
                        http, config.tls().ca().toString());
            } catch (GeneralSecurityException | IOException unfit) {
                LOG.debug("{}", config.tls().ca(), unfit);
                throw new StartFailure("objectStorage.ca holds no certificate that can be read: "
                        + config.tls().ca());
            }
        }
        http.dispatcher().setMaxRequests(MOST_REQUESTS);
        http.dispatcher().setMaxRequestsPerHost(MOST_REQUESTS);
        return http;
    }

    private MinioAsyncClient.Builder builder() {
        var builder = MinioAsyncClient.builder().httpClient(http);
        return config.keys().accessKey() == null || config.keys().secretKey() == null
                ? builder
                : builder.credentials(config.keys().accessKey(), config.keys().secretKey());
    }

    /** The host in the URL is part of its signature, so another name of the server needs a client of its own. */
    Future<String> signedUrl(GetPresignedObjectUrlArgs args) {
        if (config.publicUrl() == null) {
            return blocking(() -> requests.getPresignedObjectUrl(args));
        }
        return call(found -> found.region(bucket()))
                .compose(region -> blocking(() -> {
                    var outside = builder()
                            .endpoint(config.publicUrl().toString())
                            .region(region)
                            .build();
                    return outside.getPresignedObjectUrl(args);
                }));
    }

    String bucket() {
        return config.bucket();
    }

    /** Fails with NOT_FOUND and UNAVAILABLE. */
    <T> Future<T> call(Call<T> call) {
        return once(call).recover(cause -> Future.failedFuture(failure(cause)));
    }

    /** A request that has the same effect when it is sent twice; sent again after a while when the server is busy or away. */
    <T> Future<T> repeated(Call<T> call) {
        return repeated(call, 1).recover(cause -> Future.failedFuture(failure(cause)));
    }

    private <T> Future<T> repeated(Call<T> call, int attempt) {
        return once(call).recover(cause -> {
            if (attempt == MOST_TRIES || !mayPass(cause)) {
                return Future.failedFuture(cause);
            }
            LOG.info("S3 server {}: {}; trying again", config.endpoint(), why(cause));
            return vertx.timer(FIRST_PAUSE_MILLIS << (2 * (attempt - 1)), TimeUnit.MILLISECONDS)
                    .compose(later -> repeated(call, attempt + 1));
        });
    }

    private <T> Future<T> once(Call<T> call) {
        var context = vertx.getOrCreateContext();
        return threads.executeBlocking(() -> call.begin(requests), false)
                .compose(begun -> Future.fromCompletionStage(begun, context))
                .recover(cause -> Future.failedFuture(inner(cause)));
    }

    private static Throwable inner(Throwable cause) {
        Throwable inner = cause;
        while ((inner instanceof CompletionException
                        || inner instanceof ExecutionException
                        || inner instanceof UncheckedIOException)
                && inner.getCause() != null) {
            inner = inner.getCause();
        }
        return inner;
    }

    /** The whole of a small object. */
    Future<byte[]> bytes(String key) {
        var args = GetObjectArgs.builder().bucket(bucket()).object(key).build();
        return repeated(requests -> requests.getObject(args).thenApply(S3Client::all));
    }

    private static byte[] all(GetObjectResponse opened) {
        try (opened) {
            return opened.readAllBytes();
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    /** Work that blocks, on the client's own threads. */
    <T> Future<T> blocking(Callable<T> work) {
        return threads.executeBlocking(work, false).recover(cause -> Future.failedFuture(failure(inner(cause))));
    }

    Future<Void> close() {
        http.dispatcher().executorService().shutdown();
        http.connectionPool().evictAll();
        return threads.close();
    }

    private static boolean mayPass(Throwable cause) {
        return cause instanceof IOException
                || cause instanceof ServerException
                || (cause instanceof ErrorResponseException refused
                        && PASSING.contains(refused.errorResponse().code()));
    }

    private static String why(Throwable cause) {
        return cause instanceof ErrorResponseException refused
                ? refused.errorResponse().code()
                : cause.getClass().getSimpleName();
    }

    private Failure failure(Throwable cause) {
        if (cause instanceof Failure failure) {
            return failure;
        }
        if (cause instanceof ErrorResponseException refused
                && NOT_THERE.contains(refused.errorResponse().code())) {
            return new Failure(Failure.Kind.NOT_FOUND, "there is no such file");
        }
        LOG.warn("S3 server {}: {}", config.endpoint(), why(cause), cause);
        return new Failure(
                Failure.Kind.UNAVAILABLE,
                "the S3 server (objectStorage.endpoint) does not do what it is asked (" + why(cause) + ")");
    }
}
