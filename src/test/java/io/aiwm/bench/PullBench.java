package io.aiwm.bench;

import io.aiwm.common.Sha256;
import io.aiwm.testing.AiwmClient;
import io.vertx.core.file.OpenOptions;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.TrafficShapingOptions;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/**
 * One model onto three real workers, or ten with {@code --ten}, at the same time, which give it to one another or do not: how long it takes, and what the
 * store gives. The store is this process; once as quick as the machine is, once on a line of 1 Gbit/s. {@code bench/run pull}.
 */
public final class PullBench {
    private static final long GIGABIT = 125_000_000;

    private static final List<String> FINAL = List.of("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT");

    private final AtomicLong given = new AtomicLong();
    private final Rig rig;
    private final AiwmClient api;
    private final long bytes;
    private final int nodes;
    private volatile Path content;

    private PullBench(Rig rig, long bytes, int nodes) {
        this.rig = rig;
        this.api = rig.api();
        this.bytes = bytes;
        this.nodes = nodes;
    }

    public static void main(String[] args) throws Exception {
        boolean quick = Arrays.asList(args).contains("--quick");
        try (var rig = new Rig()) {
            rig.startController();
            new PullBench(rig, (quick ? 64L : 512L) << 20, Arrays.asList(args).contains("--ten") ? 10 : 3).measure();
        }
    }

    private void measure() throws Exception {
        int free = listen(new HttpServerOptions());
        int gigabit = listen(new HttpServerOptions()
                .setTrafficShapingOptions(new TrafficShapingOptions().setOutboundGlobalBandwidth(GIGABIT)));
        for (boolean peers : new boolean[] {false, true}) {
            var workers = new ArrayList<Process>();
            List<String> ids = IntStream.range(0, nodes)
                    .mapToObj(i -> (peers ? "peer-" : "alone-") + i)
                    .toList();
            for (String id : ids) {
                workers.add(rig.startWorker(id, environment(peers)));
            }
            pull("pull-warmup", ids, peers, free);
            pull("pull", ids, peers, free);
            pull("pull-gigabit", ids, peers, gigabit);
            for (Process worker : workers) {
                rig.kill(worker);
            }
        }
    }

    private int listen(HttpServerOptions options) throws Exception {
        return rig.vertx
                .createHttpServer(options)
                .requestHandler(this::serve)
                .listen(0, "127.0.0.1")
                .await(10, TimeUnit.SECONDS)
                .actualPort();
    }

    private static Map<String, String> environment(boolean peers) {
        return Map.of(
                "AIWM_WORKER_DOCKER_ENABLED",
                "false",
                "AIWM_WORKER_MODEL_SERVE_PEERS",
                String.valueOf(peers),
                "AIWM_WORKER_MODEL_PEER_PORT",
                "0",
                "AIWM_WORKER_POLICY_ALLOWED_DOWNLOAD_HOSTS",
                "127.0.0.1");
    }

    /** New content each time, so nobody has it. */
    private void pull(String mode, List<String> where, boolean peers, int port) throws Exception {
        String name = mode + (peers ? "-peers" : "-alone");
        content = write(rig.data.resolve(name));
        String sha256 = Sha256.hex(content);
        given.set(0);
        Usage from = rig.usage();
        List<String> ids = where.stream()
                .map(node -> fetch(node, name, sha256, "http://127.0.0.1:" + port + "/model"))
                .toList();
        for (String id : ids) {
            JsonObject ended;
            do {
                ended = api.expect(200, api.getWhenEnded("/api/executions/" + id, 20));
            } while (!FINAL.contains(ended.getString("status")));
            if (!ended.getString("status").equals("COMPLETED")) {
                throw new IllegalStateException(ended.encode());
            }
        }
        Usage to = rig.usage();
        var figures = new JsonObject()
                .put("mode", mode)
                .put("peers", peers)
                .put("nodes", where.size())
                .put("mb", bytes / 1_000_000)
                .put("wall_s", Rig.round(from.secondsTo(to)))
                .put("store_mb", given.get() / 1_000_000)
                .put("store_copies", Rig.round((double) given.get() / bytes));
        Rig.print(from.put(figures, to, where.size()));
        Files.delete(content);
    }

    private Path write(Path file) throws Exception {
        byte[] piece = new byte[1 << 20];
        var random = new Random();
        try (OutputStream out = Files.newOutputStream(file)) {
            for (long written = 0; written < bytes; written += piece.length) {
                random.nextBytes(piece);
                out.write(piece);
            }
        }
        return file;
    }

    private String fetch(String node, String name, String sha256, String url) {
        var data = new JsonObject()
                .put("name", name)
                .put("version", "1")
                .put("sha256", sha256)
                .put("sizeBytes", bytes)
                .put("url", url);
        var step =
                new JsonObject().put("command", "model.cache").put("data", data).put("nodeId", node);
        var body = new JsonObject().put("start", true).put("steps", new JsonArray().add(step));
        return api.expect(201, api.post("/api/executions", body)).getString("id");
    }

    private void serve(HttpServerRequest request) {
        String range = request.getHeader("Range");
        long from = range == null ? 0 : Long.parseLong(range.replaceAll("\\D", ""));
        var response = request.response()
                .putHeader("ETag", '"' + content.getFileName().toString() + '"')
                .putHeader("Content-Length", String.valueOf(bytes - from));
        if (from > 0) {
            response.setStatusCode(206).putHeader("Content-Range", "bytes " + from + "-" + (bytes - 1) + "/" + bytes);
        }
        rig.vertx
                .fileSystem()
                .open(content.toString(), new OpenOptions().setRead(true).setWrite(false))
                .compose(file -> {
                    file.setReadPos(from).setReadBufferSize(256 << 10);
                    return file.pipe().to(new Counted(response, given));
                })
                .onFailure(cause -> request.connection().close());
    }
}
