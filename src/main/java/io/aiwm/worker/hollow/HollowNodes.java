package io.aiwm.worker.hollow;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Many {@link HollowNode}s in one process, for benches and tests. Prints {@code {"hollow":"ready","nodes":N}} once all
 * have registered, and runs until it is ended.
 *
 * <pre>
 * java -cp aiwm.jar io.aiwm.worker.hollow.HollowNodes --url ws://127.0.0.1:3003/ws/node --tokens FILE [--delay-ms 0] [--gpus 0]
 * </pre>
 *
 * The file has one {@code nodeId token} a line.
 */
public final class HollowNodes {
    private static final int MAX_MESSAGE = 1 << 20;
    /** Between two connects, so that a thousand nodes do not knock in the same millisecond. */
    private static final long STAGGER_MS = 2;

    private final List<HollowNode> nodes = new ArrayList<>();
    private final Promise<Void> ready = Promise.promise();

    private final Context context;
    private final HollowEvents events;

    private HollowNodes(Context context, HollowEvents events) {
        this.context = context;
        this.events = events;
    }

    /**
     * Connects, and keeps connected.
     *
     * @param tokens node token by node id
     * @param delayMs how long every command takes
     */
    public static HollowNodes start(Vertx vertx, URI url, Map<String, String> tokens, long delayMs) {
        return start(vertx, url, tokens, delayMs, HollowEvents.NONE);
    }

    /** The same, and tells of what the nodes do. */
    public static HollowNodes start(
            Vertx vertx, URI url, Map<String, String> tokens, long delayMs, HollowEvents events) {
        return start(vertx, url, tokens, delayMs, 0, events);
    }

    /** The same, with GPUs on each. */
    public static HollowNodes start(
            Vertx vertx, URI url, Map<String, String> tokens, long delayMs, int gpus, HollowEvents events) {
        var all = new HollowNodes(vertx.getOrCreateContext(), events);
        all.context.runOnContext(ignored -> all.connect(vertx, url, tokens, delayMs, gpus));
        return all;
    }

    /** Succeeds when every node has registered. */
    public Future<Void> ready() {
        return ready.future();
    }

    public void stop() {
        context.runOnContext(ignored -> nodes.forEach(HollowNode::stop));
    }

    /** Cuts these off like a pulled cable: no connection is closed, and running commands go on. */
    public void cutOff(Set<String> nodeIds) {
        context.runOnContext(ignored ->
                nodes.stream().filter(node -> nodeIds.contains(node.id())).forEach(HollowNode::cutOff));
    }

    /** Ends {@link #cutOff}. */
    public void restore(Set<String> nodeIds) {
        context.runOnContext(ignored ->
                nodes.stream().filter(node -> nodeIds.contains(node.id())).forEach(HollowNode::restore));
    }

    /** These end their connections and register again. */
    public void reconnect(Set<String> nodeIds) {
        context.runOnContext(ignored ->
                nodes.stream().filter(node -> nodeIds.contains(node.id())).forEach(HollowNode::reconnect));
    }

    private void connect(Vertx vertx, URI url, Map<String, String> tokens, long delayMs, int gpus) {
        var client = vertx.createWebSocketClient(new WebSocketClientOptions()
                .setMaxConnections(tokens.size())
                .setMaxFrameSize(MAX_MESSAGE)
                .setMaxMessageSize(MAX_MESSAGE));
        var shared = new HollowNode.Shared(vertx, client, new HollowMessages(gpus), delayMs, events);
        var missing = new HashMap<>(tokens);
        tokens.forEach((nodeId, token) -> {
            var options = new WebSocketConnectOptions()
                    .setHost(url.getHost())
                    .setPort(url.getPort() > 0 ? url.getPort() : 80)
                    .setURI(url.getRawPath())
                    .putHeader("Authorization", "Bearer " + token);
            Runnable onRegistered = () -> {
                missing.remove(nodeId);
                if (missing.isEmpty()) {
                    ready.tryComplete();
                }
            };
            nodes.add(new HollowNode(shared, options, nodeId, onRegistered));
        });
        for (int i = 0; i < nodes.size(); i++) {
            HollowNode node = nodes.get(i);
            vertx.setTimer(1 + i * STAGGER_MS, ignored -> node.connect());
        }
    }

    public static void main(String[] arguments) throws IOException {
        var options = new HashMap<String, String>();
        for (int i = 0; i + 1 < arguments.length; i += 2) {
            options.put(arguments[i], arguments[i + 1]);
        }
        if (!options.containsKey("--url") || !options.containsKey("--tokens") || arguments.length % 2 == 1) {
            System.err.println(
                    "usage: HollowNodes --url ws://HOST:PORT/ws/node --tokens FILE [--delay-ms 0] [--gpus 0]");
            System.exit(2);
        }
        var tokens = new HashMap<String, String>();
        for (String line : Files.readAllLines(Path.of(options.get("--tokens")))) {
            String[] words = line.strip().split("\\s+");
            if (words.length == 2) {
                tokens.put(words[0], words[1]);
            }
        }
        var vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1).setWorkerPoolSize(1));
        start(
                        vertx,
                        URI.create(options.get("--url")),
                        tokens,
                        Long.parseLong(options.getOrDefault("--delay-ms", "0")),
                        Integer.parseInt(options.getOrDefault("--gpus", "0")),
                        HollowEvents.NONE)
                .ready()
                .onSuccess(ignored -> System.out.println("{\"hollow\":\"ready\",\"nodes\":" + tokens.size() + "}"));
    }
}
