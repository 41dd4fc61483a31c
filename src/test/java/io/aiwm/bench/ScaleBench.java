package io.aiwm.bench;

import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.TestImages;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * From no container to one, ten and thirty that run, on a real engine: the replicas of a deployment, beside the engine's own API
 * and, with {@code --swarm}, beside a service of Docker Swarm on the same engine. Each in turn, and the median of the rounds.
 * {@code bench/run scale} starts it.
 */
public final class ScaleBench {
    /** Ends at once when it is told to. */
    static final List<String> COMMAND = List.of("sh", "-c", "trap 'exit 0' TERM; sleep 3600 & wait");

    private static final int[] SIZES = {1, 10, 30};

    private final AiwmClient api;
    private final Map<String, long[]> rounds = new TreeMap<>();

    private ScaleBench(AiwmClient api) {
        this.api = api;
    }

    private interface Starter {
        /** Returns how many nanoseconds it took until so many ran; none of them is left then. */
        long start(int containers) throws Exception;
    }

    public static void main(String[] args) throws Exception {
        boolean quick = Arrays.asList(args).contains("--quick");
        String image = TestImages.web(1);
        try (var rig = new Rig();
                var engine = new BareEngine(image);
                var swarm = Arrays.asList(args).contains("--swarm") ? new BareSwarm(image) : null) {
            rig.startController();
            rig.startWorker("containers", Map.of());
            new ScaleBench(rig.api()).measure(engine, swarm, image, quick ? 1 : 3);
        }
    }

    private void measure(BareEngine engine, BareSwarm swarm, String image, int times) throws Exception {
        String id = deployment(image);
        try {
            for (int size : SIZES) {
                // one is over in a moment: more of them
                measure(engine, swarm, id, size, size == 1 ? 5 * times : times);
                print(size);
            }
        } finally {
            api.expect(202, api.delete("/api/deployments/" + id));
        }
    }

    private void measure(BareEngine engine, BareSwarm swarm, String id, int size, int times) throws Exception {
        for (int round = -1; round < times; round++) {
            int place = Math.max(0, round);
            take("engine", size, place, times, n -> engine.start(n, n));
            take("aiwm", size, place, times, n -> scaled(id, n));
            if (swarm != null) {
                take("swarm", size, place, times, swarm::start);
            }
        }
    }

    /** The round before the first is written over: it warms. */
    private void take(String who, int size, int place, int places, Starter starter) throws Exception {
        rounds.computeIfAbsent(who + size, none -> new long[places])[place] = starter.start(size);
    }

    private void print(int size) {
        double engine = median("engine" + size);
        for (String who : List.of("engine", "aiwm", "swarm")) {
            if (rounds.containsKey(who + size)) {
                System.out.println(new JsonObject()
                        .put("peer", who)
                        .put("mode", "scale")
                        .put("replicas", size)
                        .put("rounds", rounds.get(who + size).length)
                        .put("ms", Rig.round(median(who + size)))
                        .put("more_than_engine_ms", Rig.round(median(who + size) - engine))
                        .put("to_engine", Rig.round(median(who + size) / engine))
                        .encode());
            }
        }
    }

    private double median(String name) {
        long[] all = rounds.get(name).clone();
        Arrays.sort(all);
        return all[all.length / 2] / 1e6;
    }

    private String deployment(String image) {
        var spec = new JsonObject()
                .put("image", image)
                .put("command", new JsonArray(COMMAND))
                .put("memoryBytes", 64 << 20);
        var body = new JsonObject().put("name", "scale").put("replicas", 0).put("spec", spec);
        return api.expect(201, api.post("/api/deployments", body)).getString("id");
    }

    private long scaled(String id, int replicas) throws Exception {
        long began = System.nanoTime();
        scale(id, replicas);
        until(id, seen -> seen.getInteger("readyReplicas") == replicas);
        long took = System.nanoTime() - began;
        scale(id, 0);
        until(id, seen -> seen.getJsonArray("instances").isEmpty());
        return took;
    }

    private void scale(String id, int replicas) {
        api.expect(202, api.post("/api/deployments/" + id + "/scale", new JsonObject().put("replicas", replicas)));
    }

    private void until(String id, Predicate<JsonObject> check) throws Exception {
        long limit = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
        JsonObject seen = api.expect(200, api.get("/api/deployments/" + id));
        while (!check.test(seen)) {
            if (System.nanoTime() > limit) {
                throw new IllegalStateException(seen.encode());
            }
            TimeUnit.MILLISECONDS.sleep(2);
            seen = api.expect(200, api.get("/api/deployments/" + id));
        }
    }
}
