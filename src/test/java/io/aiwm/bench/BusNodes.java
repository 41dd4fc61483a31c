package io.aiwm.bench;

import io.aiwm.boot.App;
import io.aiwm.boot.Config;
import io.aiwm.boot.ConfigLoader;
import io.aiwm.boot.Logging;
import io.aiwm.boot.RunningProcess;
import io.aiwm.boot.VerticlePlan;
import io.aiwm.worker.command.Command;
import io.aiwm.worker.command.CommandHandler;
import io.aiwm.worker.command.CommandJournal;
import io.aiwm.worker.command.CommandRunner;
import io.aiwm.worker.command.Containers;
import io.aiwm.worker.command.NoContainers;
import io.aiwm.worker.hardware.HardwareSampler;
import io.aiwm.worker.link.ControllerLink;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Worker links on the clustered event bus, all in this process: the real protocol and the real journal, and a command that
 * succeeds at once. Arguments: a folder, and a file with one {@code nodeId token} a line. The environment says which cluster.
 */
final class BusNodes implements App {
    private final Vertx vertx;
    private final Path folder;
    private final Map<String, String> tokens;
    private final List<CommandJournal> journals = new ArrayList<>();

    private BusNodes(Vertx vertx, Path folder, Map<String, String> tokens) {
        this.vertx = vertx;
        this.folder = folder;
        this.tokens = tokens;
    }

    public static void main(String[] arguments) throws Exception {
        var tokens = new HashMap<String, String>();
        for (String line : Files.readAllLines(Path.of(arguments[1]))) {
            String[] words = line.strip().split("\\s+");
            tokens.put(words[0], words[1]);
        }
        Path folder = Path.of(arguments[0]);
        var sources = new ConfigLoader.Sources(null, System.getenv(), Map.of(), List.of());
        Config config = ConfigLoader.load(Config.Mode.WORKER, sources).config();
        Logging.configure(config.log());
        RunningProcess.start(
                        config, null, VerticlePlan.find(null), vertx -> List.of(new BusNodes(vertx, folder, tokens)))
                .toCompletionStage()
                .toCompletableFuture()
                .get();
    }

    @Override
    public Future<Void> prepare() {
        Future<Void> ready = Future.succeededFuture();
        for (Map.Entry<String, String> node : tokens.entrySet()) {
            ready = ready.compose(done -> start(node.getKey(), node.getValue()));
        }
        return ready;
    }

    private Future<Void> start(String nodeId, String token) {
        Path home = folder.resolve(nodeId);
        Config.Worker config = ConfigLoader.of(
                        Config.Mode.WORKER,
                        Map.of("worker.nodeId", nodeId, "worker.nodeToken", token, "worker.maxParallel", "100"))
                .worker();
        Containers none = new NoContainers("a bench has none");
        return ControllerLink.create(vertx, config, home, true)
                .compose(link -> CommandJournal.open(vertx, home, Clock.systemUTC())
                        .map(journal -> {
                            journals.add(journal);
                            var runner = new CommandRunner(
                                    vertx,
                                    journal,
                                    List.of(new AtOnce()),
                                    config.maxParallel(),
                                    Clock.systemUTC(),
                                    link);
                            var sampler = new HardwareSampler(vertx, config.gpu(), home, none::info);
                            link.serve(runner, none, sampler, () -> Future.succeededFuture(List.of()), ignored -> {});
                            link.start();
                            return null;
                        }));
    }

    @Override
    public Map<String, Supplier<Deployable>> verticles() {
        Supplier<Deployable> nothing = () -> new VerticleBase() {};
        return Map.of(
                "DockerExecutorVerticle",
                nothing,
                "HardwareSamplerVerticle",
                nothing,
                "ControllerLinkVerticle",
                nothing);
    }

    @Override
    public Future<Void> close() {
        return Future.join(journals.stream().map(CommandJournal::close).toList())
                .mapEmpty();
    }

    private static final class AtOnce implements CommandHandler {
        @Override
        public String name() {
            return "system.healthCheck";
        }

        @Override
        public Future<JsonObject> run(Command command) {
            return Future.succeededFuture(new JsonObject());
        }
    }
}
