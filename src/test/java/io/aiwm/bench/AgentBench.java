package io.aiwm.bench;

import io.aiwm.testing.AiwmClient;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Conversations with an agent, 200 at once, each turn one call of a model that streams a chunk each 50 ms, beside the same calls to the
 * gateway and to the engine in the same run. {@code bench/run agents} starts it.
 */
public final class AgentBench {
    private static final int CONVERSATIONS = 200;
    private static final int CHUNKS = 40;
    /** Between two chunks, as an engine with so many streams makes them. */
    private static final int PACE_MILLIS = 50;

    private final Rig rig;
    private final int engine;
    private final int rounds;

    private AgentBench(Rig rig, int engine, int rounds) {
        this.rig = rig;
        this.engine = engine;
        this.rounds = rounds;
    }

    public static void main(String[] args) throws Exception {
        Process engine = ModelBenchServer.start();
        try (var rig = new Rig()) {
            int port = ModelBenchServer.port(engine);
            rig.startController(
                    Map.of("AIWM_INFERENCE_INTERNAL_ENDPOINTS", "true", "AIWM_AGENTS_TURNS_AT_ONCE", "1000"));
            new AgentBench(rig, port, Arrays.asList(args).contains("--quick") ? 5 : 20).measure();
        } finally {
            engine.destroy();
        }
    }

    private void measure() throws Exception {
        AiwmClient api = rig.api();
        api.put(
                "/api/inference/endpoints/bench",
                new JsonObject().put("baseUrl", "http://127.0.0.1:" + engine + "/v1"));
        api.expect(
                201,
                api.post(
                        "/api/instructions",
                        new JsonObject().put("name", "bench").put("systemPrompt", "Answer at length.")));
        api.expect(
                201,
                api.post(
                        "/api/agents",
                        new JsonObject()
                                .put("name", "bench")
                                .put("instructionId", "bench")
                                .put("model", "bench")
                                .put(
                                        "parameters",
                                        new JsonObject()
                                                .put("max_tokens", CHUNKS)
                                                .put("pace_ms", PACE_MILLIS))));
        turns("agents-warm", 2);
        calls("gateway-warm", rig.port(), 2);
        calls("agents-direct", engine, rounds);
        JsonObject gateway = calls("agents-gateway", rig.port(), rounds);
        JsonObject turns = turns("agents", rounds);
        // once more after all of that: what grows with the number of turns is seen here
        turns("agents-again", rounds);
        Rig.print(new JsonObject()
                .put("mode", "agents-added")
                .put("first_byte_p50_ms", added(gateway, turns, "first_byte_p50_ms"))
                .put("p50_ms", added(gateway, turns, "p50_ms"))
                .put("p99_ms", added(gateway, turns, "p99_ms")));
    }

    private static double added(JsonObject gateway, JsonObject turns, String figure) {
        return Rig.round(turns.getDouble(figure) - gateway.getDouble(figure));
    }

    private JsonObject turns(String mode, int times) throws Exception {
        AiwmClient api = rig.api();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < CONVERSATIONS; i++) {
            ids.add(api.expect(201, api.post("/api/conversations", new JsonObject().put("agentId", "bench")))
                    .getString("id"));
        }
        Usage before = rig.usage();
        long rss = rig.serverRss();
        JsonObject figures = new TurnLoad(rig.vertx, rig.port(), api.token(), CONVERSATIONS, times).run(rig.vertx, ids);
        return print(mode, before, figures.put("rss_before_mb", rss));
    }

    private JsonObject calls(String mode, int port, int times) throws Exception {
        var body = new JsonObject()
                .put("model", "bench")
                .put(
                        "messages",
                        new JsonArray()
                                .add(new JsonObject().put("role", "system").put("content", "Answer at length."))
                                .add(new JsonObject()
                                        .put("role", "user")
                                        .put("content", "Say something of about twenty tokens.")))
                .put("max_tokens", CHUNKS)
                .put("pace_ms", PACE_MILLIS)
                .put("stream", true);
        var headers = Map.of(
                "Content-Type",
                "application/json",
                "Authorization",
                "Bearer " + rig.api().token());
        Usage before = rig.usage();
        return print(
                mode,
                before,
                new CallLoad(rig.vertx, port, headers, body, CONVERSATIONS, CONVERSATIONS * times)
                        .run(rig.vertx, CONVERSATIONS));
    }

    private JsonObject print(String mode, Usage before, JsonObject figures) throws Exception {
        var line = new JsonObject().put("mode", mode);
        figures.forEach(each -> line.put(each.getKey(), each.getValue()));
        Rig.print(before.put(line, rig.usage(), figures.getInteger("total")).put("server_rss_mb", rig.serverRss()));
        return figures;
    }
}
