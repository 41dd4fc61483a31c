package io.aiwm.bench;

import io.aiwm.testing.AiwmClient;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * Deployments with replicas on hollow nodes, so what the controller alone costs. {@code rolling}: updates of one deployment.
 * {@code reconcile}: very many deployments made, at rest, and after the loss of a node. {@code bench/run} starts it.
 */
public final class DeploymentBench {
    private static final int CLIENTS = 16;
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final int REPLICAS_PER_NODE = 100;
    /** Before the others by name, so it has its share of the replicas whatever decides between equals. */
    private static final String LOST = "first-";

    private final Rig rig;
    private final AiwmClient api;
    private final boolean quick;

    private DeploymentBench(Rig rig, boolean quick) {
        this.rig = rig;
        this.api = rig.api();
        this.quick = quick;
        count(""); // signs in, before many threads use it
    }

    public static void main(String[] args) throws Exception {
        boolean quick = Arrays.asList(args).contains("--quick");
        try (var rig = new Rig()) {
            // a lost node is noticed within the time of a bench
            rig.startController(Map.of("AIWM_FLEET_HEARTBEAT_INTERVAL", "5s", "AIWM_FLEET_OFFLINE_AFTER", "15s"));
            var bench = new DeploymentBench(rig, quick);
            if (args[0].equals("rolling")) {
                bench.rolling();
            } else {
                bench.reconcile();
            }
        }
    }

    private static JsonObject body(String name, int replicas) {
        return new JsonObject()
                .put("name", name)
                .put("replicas", replicas)
                .put(
                        "spec",
                        new JsonObject().put("image", "hollow").put("cpu", 0.5).put("memoryBytes", 64 << 20));
    }

    private void rolling() throws Exception {
        int replicas = 30;
        rig.startHollow(10);
        String id = api.expect(201, api.post("/api/deployments", body("rolling", replicas)))
                .getString("id");
        until(id, seen -> seen.getInteger("readyReplicas") == replicas);
        updates("rolling-warmup", id, 0, 10, quick ? 5 : 20);
        for (int[] variant : new int[][] {{0, 1}, {0, 10}, {1, 0}, {10, 0}, {30, 0}}) {
            updates("rolling", id, variant[0], variant[1], quick ? 3 : 10);
        }
    }

    private void updates(String mode, String id, int surge, int unavailable, int updates) throws Exception {
        String path = "/api/deployments/" + id;
        var policy = new JsonObject().put("maxSurge", surge).put("maxUnavailable", unavailable);
        api.expect(202, api.patch(path, new JsonObject().put("update", policy)));
        int before = api.expect(200, api.get(path)).getInteger("version");
        long made = executions(id);
        Usage from = rig.usage();
        int replicas = 0;
        for (int i = 0; i < updates; i++) {
            var spec = new JsonObject().put("env", new JsonObject().put("N", from.nanos() + "-" + i));
            api.expect(202, api.patch(path, new JsonObject().put("spec", spec)));
            JsonObject done = until(
                    id,
                    seen -> !List.of("ROLLING", "ROLLING_BACK")
                            .contains(seen.getJsonObject("rollout").getString("state")));
            if (!done.getJsonObject("rollout").getString("state").equals("DONE")) {
                throw new IllegalStateException(done.encode());
            }
            replicas += done.getInteger("replicas");
        }
        Usage to = rig.usage();
        int writes = api.expect(200, api.get(path)).getInteger("version") - before;
        var figures = new JsonObject()
                .put("mode", mode)
                .put("max_surge", surge)
                .put("max_unavailable", unavailable)
                .put("total", replicas)
                .put("ms_per_update", Rig.round(from.secondsTo(to) * 1e3 / updates))
                .put("ms_per_replica", Rig.round(from.secondsTo(to) * 1e3 / replicas))
                .put("record_writes_per_replica", Rig.round((double) writes / replicas))
                .put("executions_per_replica", Rig.round((double) (executions(id) - made) / replicas));
        Rig.print(from.put(figures, to, replicas));
    }

    private long executions(String id) {
        return api.expect(200, api.get("/api/executions?pageSize=1&resourceId=" + id))
                .getLong("totalSize");
    }

    private interface Check {
        boolean fits(JsonObject seen);
    }

    private JsonObject until(String id, Check check) throws Exception {
        return until(() -> {
            var seen = api.expect(200, api.get("/api/deployments/" + id));
            return check.fits(seen) ? seen : null;
        });
    }

    private static <T> T until(Callable<T> look) throws Exception {
        long limit = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            T found = look.call();
            if (found != null) {
                return found;
            }
            if (System.nanoTime() > limit) {
                throw new IllegalStateException("it did not come to it");
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private void reconcile() throws Exception {
        int deployments = quick ? 100 : 1_000;
        int replicas = 10 * deployments;
        rig.startHollow("hollow-", replicas / REPLICAS_PER_NODE);
        Process lost = rig.startHollow(LOST, 1);
        rest("reconcile-rest-before", 0);
        made(deployments);
        // what follows the last write, for example the events of it, is not the rest
        TimeUnit.SECONDS.sleep(quick ? 5 : 10);
        rest("reconcile-rest", replicas);
        mended(lost, deployments);
    }

    private void made(int deployments) throws Exception {
        Usage from = rig.usage();
        var clients = Executors.newFixedThreadPool(CLIENTS);
        try {
            var all = clients.invokeAll(IntStream.range(0, deployments)
                    .<Callable<Void>>mapToObj(i -> () -> {
                        api.expect(201, api.post("/api/deployments", body("many-" + i, 10)));
                        return null;
                    })
                    .toList());
            for (var one : all) {
                one.get();
            }
        } finally {
            clients.shutdown();
        }
        Usage accepted = rig.usage();
        until(() -> count("status=RUNNING") == deployments ? true : null);
        Usage to = rig.usage();
        var figures = new JsonObject()
                .put("mode", "reconcile-make")
                .put("deployments", deployments)
                .put("total", 10 * deployments)
                .put("accepted_s", Rig.round(from.secondsTo(accepted)))
                .put("wall_s", Rig.round(from.secondsTo(to)))
                .put("per_s", Rig.round(10 * deployments / from.secondsTo(to)));
        Rig.print(from.put(figures, to, 10 * deployments).put("server_rss_mb", rig.serverRss()));
    }

    private long count(String filter) {
        return api.expect(200, api.get("/api/deployments?pageSize=1&" + filter)).getLong("totalSize");
    }

    /** The share of a core that the controller takes while there is nothing to do but to see that there is nothing to do. */
    private void rest(String mode, int replicas) throws Exception {
        Usage from = rig.usage();
        TimeUnit.SECONDS.sleep(quick ? 10 : 30);
        Usage to = rig.usage();
        double cores = (to.server() - from.server()) / 1e3 / from.secondsTo(to);
        Rig.print(new JsonObject()
                .put("mode", mode)
                .put("replicas", replicas)
                .put("server_cores", Rig.round(cores))
                .put("server_rss_mb", rig.serverRss()));
    }

    private void mended(Process lost, int deployments) throws Exception {
        String node = LOST + 0;
        int had = replicasOn(node);
        rig.kill(lost);
        until(() -> api.expect(200, api.get("/api/nodes/" + node))
                        .getString("status")
                        .equals("OFFLINE")
                ? true
                : null);
        Usage from = rig.usage();
        until(() -> (count("nodeId=" + node) == 0 && count("status=RUNNING") == deployments) ? true : null);
        Usage to = rig.usage();
        var figures = new JsonObject()
                .put("mode", "reconcile-lost-node")
                .put("total", had)
                .put("wall_s", Rig.round(from.secondsTo(to)));
        Rig.print(from.put(figures, to, Math.max(1, had)));
    }

    private int replicasOn(String node) {
        int found = 0;
        String token = "";
        do {
            var page = api.expect(200, api.get("/api/deployments?pageSize=500&nodeId=" + node + token));
            for (Object each : page.getJsonArray("items")) {
                for (Object one : ((JsonObject) each).getJsonArray("instances", new JsonArray())) {
                    found += node.equals(((JsonObject) one).getString("nodeId")) ? 1 : 0;
                }
            }
            token = page.getString("nextPageToken") == null ? null : "&pageToken=" + page.getString("nextPageToken");
        } while (token != null);
        return found;
    }
}
