package io.aiwm.bench;

import io.aiwm.bench.AgentSpeakers.Talk;
import io.aiwm.testing.AiwmClient;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What a turn of an agent takes longer than the same call of a model over the gateway, with 200 conversations that go on at once. Both are
 * measured in turns in one run: the same engine, pace, history, number in flight and order of arrival; see {@link ConversationLoad}.
 *
 * <p>{@code call_first_byte} is the time of a call of the model until its first piece: of a turn from the event that says that the model
 * is about to be called, of the gateway from the request. {@code first_byte} is the time since the message, or the request, was sent: that
 * of a turn also has what is stored before. {@code p50_ms} is the time until all has ended and is stored.
 *
 * <p>{@code bench/run agents} starts it; {@code --minutes 5} shows instead whether memory stays flat.
 */
public final class AgentBench {
    private static final int CONVERSATIONS = 200;
    /** Answers of 80 tokens, 40 each second. */
    private static final Talk TALK = new Talk(10, 80, 25);

    private static final int TURN_MILLIS = TALK.chunks() * TALK.paceMillis();

    private final Rig rig;
    private final Map<String, Speaker> speakers = new LinkedHashMap<>();

    private AgentBench(Rig rig) {
        this.rig = rig;
    }

    public static void main(String[] args) throws Exception {
        List<String> asked = Arrays.asList(args);
        Process engine = ModelBenchServer.start();
        try (var rig = new Rig()) {
            int port = ModelBenchServer.port(engine);
            rig.startController(
                    Map.of("AIWM_INFERENCE_INTERNAL_ENDPOINTS", "true", "AIWM_AGENTS_TURNS_AT_ONCE", "1000"));
            var bench = new AgentBench(rig);
            bench.prepare(port);
            int at = asked.indexOf("--minutes");
            if (at >= 0) {
                bench.memory(Integer.parseInt(asked.get(at + 1)));
            } else {
                bench.measure(asked.contains("--quick"));
            }
        } finally {
            engine.destroy();
        }
    }

    private void prepare(int engine) throws Exception {
        AiwmClient api = rig.api();
        api.put(
                "/api/inference/endpoints/bench",
                new JsonObject().put("baseUrl", "http://127.0.0.1:" + engine + "/v1"));
        speakers.put("engine", AgentSpeakers.model(api, engine, TALK));
        speakers.put("gateway", AgentSpeakers.model(api, rig.port(), TALK));
        speakers.put("agents", AgentSpeakers.agent(rig.vertx, api, rig.port(), TALK));
        for (Speaker each : speakers.values()) {
            new ConversationLoad(rig.vertx, each, CONVERSATIONS, 3, TURN_MILLIS, new ConversationLoad.Figures()).run();
        }
    }

    private void measure(boolean quick) throws Exception {
        pattern("steady", TURN_MILLIS, quick ? 2 : 4, quick ? 4 : 10);
        pattern("burst", 0, 2, quick ? 3 : 5);
    }

    /** @param times that each is measured, in turns with the others. @param rounds of each of these */
    private void pattern(String name, int spreadMillis, int times, int rounds) throws Exception {
        Map<String, ConversationLoad.Figures> figures = new LinkedHashMap<>();
        Map<String, Usage> used = new LinkedHashMap<>();
        for (int i = 0; i < times; i++) {
            for (String who : speakers.keySet()) {
                var own = figures.computeIfAbsent(who, first -> new ConversationLoad.Figures());
                Usage before = rig.usage();
                new ConversationLoad(rig.vertx, speakers.get(who), CONVERSATIONS, rounds, spreadMillis, own).run();
                used.merge(who, Usage.none().plus(before, rig.usage()), Usage::and);
            }
        }
        for (String who : speakers.keySet()) {
            JsonObject own = figures.get(who).json();
            var line = new JsonObject()
                    .put("mode", "agents-" + name)
                    .put("who", who)
                    .put("conc", CONVERSATIONS);
            own.forEach(each -> line.put(each.getKey(), each.getValue()));
            Rig.print(Usage.none()
                    .put(line, used.get(who), own.getInteger("total"))
                    .put("server_rss_mb", rig.serverRss()));
        }
        added(name, figures.get("gateway").json(), figures.get("agents").json());
    }

    private static void added(String pattern, JsonObject gateway, JsonObject agents) {
        var line = new JsonObject().put("mode", "agents-" + pattern + "-added");
        for (String figure : List.of("call_first_byte_p50_ms", "first_byte_p50_ms", "p50_ms", "p99_ms")) {
            line.put(figure, Rig.round(agents.getDouble(figure) - gateway.getDouble(figure)));
        }
        Rig.print(line);
    }

    /** Conversations that go on for so long, with the memory of the controller each minute. */
    private void memory(int minutes) throws Exception {
        var figures = new ConversationLoad.Figures();
        var load = new ConversationLoad(
                rig.vertx, speakers.get("agents"), CONVERSATIONS, minutes * 60_000 / TURN_MILLIS, TURN_MILLIS, figures);
        var watch = new Thread(() -> watch(minutes, figures), "memory");
        watch.setDaemon(true);
        watch.start();
        load.run();
        watch.interrupt();
        watch.join();
        memory("end", figures);
        Rig.print(new JsonObject().put("mode", "agents-minutes").mergeIn(figures.json()));
    }

    private void watch(int minutes, ConversationLoad.Figures figures) {
        try {
            for (int i = 0; i <= minutes; i++) {
                memory("minute " + i, figures);
                TimeUnit.MINUTES.sleep(1);
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        } catch (Exception cause) {
            System.err.println(cause);
        }
    }

    private void memory(String when, ConversationLoad.Figures figures) throws Exception {
        Rig.print(new JsonObject()
                .put("mode", "agents-memory")
                .put("at", when)
                .put("turns", figures.turns.get())
                .put("server_rss_mb", rig.serverRss())
                .put("heap_after_collection_mb", Usage.heapAfterCollection(rig.controllerPid())));
    }
}
