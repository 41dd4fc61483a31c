package io.aiwm.bench;

import io.aiwm.boot.Config;
import io.aiwm.controller.objects.ObjectContent;
import io.aiwm.controller.objects.S3ObjectStore;
import io.minio.GetObjectArgs;
import io.minio.MinioClient;
import io.minio.UploadObjectArgs;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.OpenOptions;
import io.vertx.core.json.JsonObject;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/**
 * One large object up and down through the object store, and the same bytes with the S3 client alone, against the S3 server
 * whose port, folder for the file and bytes are given. {@code bench/run objects} starts it with a heap of 256 MB, and the server
 * in a process of its own.
 */
public final class ObjectBench {
    private static final String BUCKET = "bench";

    private ObjectBench() {}

    public static void main(String[] args) throws Exception {
        boolean quick = Arrays.asList(args).contains("--quick");
        long bytes = (quick ? 256L : 2_048L) << 20;
        Path folder = Files.createTempDirectory("aiwm-objects");
        Path file = write(folder.resolve("content"), bytes);
        Process server = S3BenchServer.start(folder);
        Vertx vertx = Vertx.vertx();
        try {
            int port = S3BenchServer.port(server);
            var store = new S3ObjectStore(
                    vertx,
                    new Config.ObjectStorage(
                            "127.0.0.1",
                            folder,
                            port,
                            new Config.ServerTls(false, null),
                            new Config.S3Keys("key", "secret"),
                            BUCKET,
                            null));
            store.open().await();
            var client = MinioClient.builder()
                    .endpoint("127.0.0.1", port, false)
                    .credentials("key", "secret")
                    .build();
            for (String round : new String[] {"warmup", "measured"}) {
                double up = seconds(() -> client.uploadObject(UploadObjectArgs.builder()
                        .bucket(BUCKET)
                        .object("client")
                        .filename(file.toString(), 16L << 20)
                        .build()));
                double storeUp = seconds(() -> {
                    var content = vertx.fileSystem()
                            .open(file.toString(), new OpenOptions().setRead(true))
                            .await();
                    var upload = store.beginUpload("store", bytes).await();
                    upload.append(content).await();
                    upload.complete().await();
                });
                double down = seconds(() -> {
                    try (InputStream in = client.getObject(GetObjectArgs.builder()
                            .bucket(BUCKET)
                            .object("client")
                            .build())) {
                        in.transferTo(OutputStream.nullOutputStream());
                    }
                });
                double storeDown = seconds(() -> read(store.get("store", 0, -1).await()));
                print(round, "up", bytes, up, storeUp);
                print(round, "down", bytes, down, storeDown);
            }
            store.close().await();
        } finally {
            vertx.close().await();
            server.destroy();
            server.waitFor();
            S3BenchServer.remove(folder);
        }
        System.exit(0); // threads of the S3 client stay for a minute
    }

    private static Path write(Path file, long bytes) throws Exception {
        byte[] piece = new byte[1 << 20];
        var random = new Random(1);
        try (OutputStream out = Files.newOutputStream(file)) {
            for (long written = 0; written < bytes; written += piece.length) {
                random.nextBytes(piece);
                out.write(piece);
            }
        }
        return file;
    }

    private static void read(ObjectContent content) {
        Promise<Void> end = Promise.promise();
        content.exceptionHandler(end::tryFail);
        content.endHandler(end::complete);
        content.handler((Buffer piece) -> {});
        content.resume();
        end.future().await();
    }

    private interface Work {
        void run() throws Exception;
    }

    private static double seconds(Work work) throws Exception {
        long from = System.nanoTime();
        work.run();
        return (System.nanoTime() - from) / 1e9;
    }

    private static void print(String round, String way, long bytes, double client, double store) {
        System.out.println(new JsonObject()
                .put("name", "objects-" + way + (round.equals("warmup") ? "-warmup" : ""))
                .put("bytes", bytes)
                .put("heap_bytes", Runtime.getRuntime().maxMemory())
                .put("client_mb_per_s", Math.round(bytes / client / 1e6))
                .put("store_mb_per_s", Math.round(bytes / store / 1e6))
                .put("time_ratio", Math.round(store / client * 100) / 100.0)
                .encode());
    }
}
