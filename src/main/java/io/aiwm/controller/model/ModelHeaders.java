package io.aiwm.controller.model;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.controller.model.format.ByteSource;
import io.aiwm.controller.model.format.ModelInfo;
import io.aiwm.controller.model.format.ModelReader;
import io.aiwm.controller.objects.ObjectStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What the files of a version say of themselves, read by ranges from the object store, on threads of its own. */
final class ModelHeaders {
    private static final int THREADS = 2;
    private static final long ONE_READ_SECONDS = 60;
    /** In what is stored, where the files say nothing that can be understood. */
    static final String MISTAKE = "mistake";

    private final Blobs blobs;
    private final ObjectStore objects;
    private final WorkerExecutor threads;

    ModelHeaders(Vertx vertx, Blobs blobs, ObjectStore objects) {
        this.blobs = blobs;
        this.objects = objects;
        this.threads = vertx.createSharedWorkerExecutor(
                "aiwm-headers-" + System.identityHashCode(this), THREADS, 10, TimeUnit.MINUTES);
    }

    /**
     * Succeeds with what is stored as {@code info}: a {@link ModelInfo}, or why there is none under {@link #MISTAKE}; null when
     * no file is of a known format. A file that cannot be understood is no reason to refuse a version: some engine may.
     */
    Future<JsonObject> read(ModelVersion version) {
        Future<Map<String, ByteSource>> sources = Future.succeededFuture(new LinkedHashMap<>());
        for (ModelVersion.File file : version.files()) {
            if (ModelReader.reads(file.path())) {
                sources = sources.compose(all -> blobs.get(file.sha256()).map(blob -> {
                    all.put(file.path(), new InStore(blob.key(), blob.sizeBytes()));
                    return all;
                }));
            }
        }
        return sources.compose(all -> threads.executeBlocking(() -> ModelReader.read(all), false))
                .map(info -> info == null ? null : Json.toObject(info))
                .recover(cause -> switch (Failure.of(cause).kind) {
                    case INVALID, UNPROCESSABLE ->
                        Future.succeededFuture(new JsonObject().put(MISTAKE, cause.getMessage()));
                    default -> Future.failedFuture(cause);
                });
    }

    private final class InStore implements ByteSource {
        private final String key;
        private final long size;

        InStore(String key, long size) {
            this.key = key;
            this.size = size;
        }

        @Override
        public long size() {
            return size;
        }

        @Override
        public void read(long offset, byte[] into, int count) throws IOException {
            try {
                Buffer bytes = objects.get(key, offset, count)
                        .compose(content -> content.whole())
                        .toCompletionStage()
                        .toCompletableFuture()
                        .get(ONE_READ_SECONDS, TimeUnit.SECONDS);
                if (bytes.length() != count) {
                    throw new IOException("the object store gave " + bytes.length() + " bytes of " + count);
                }
                bytes.getBytes(into);
            } catch (ExecutionException cause) {
                throw new IOException("the object store cannot be read: "
                        + Failure.of(cause.getCause()).getMessage());
            } catch (TimeoutException cause) {
                throw new IOException("the object store does not answer");
            } catch (InterruptedException cause) {
                Thread.currentThread().interrupt();
                throw new IOException("the controller ends");
            }
        }
    }
}
