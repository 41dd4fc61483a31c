package io.aiwm.testing;

import io.aiwm.boot.Banner;
import io.aiwm.boot.Config;
import io.aiwm.boot.ConfigLoader;
import io.aiwm.boot.Logging;
import io.aiwm.boot.RunningProcess;
import io.aiwm.boot.Secrets;
import io.aiwm.boot.StartFailure;
import io.aiwm.boot.VerticlePlan;
import io.aiwm.cli.Cli;
import io.aiwm.controller.ControllerApp;
import io.aiwm.controller.store.DocumentStore;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A controller that halts at its writes, one after the other. While there is a file {@code halt-at} in its data directory,
 * the virtual machine ends, as kill -9 would end it, right before or right after the first write of an execution, a
 * deployment or what belongs to a conversation or an evaluation, of a kind that it has not halted at so far. Without the file it is the controller it would be anyway.
 */
public final class HaltingController {
    private static final Set<String> WRITES = Set.of("insert", "insertAll", "replaceIf", "delete", "deleteWhere");
    private static final Set<String> WATCHED = Set.of(
            "executions",
            "deployments",
            "agentConversations",
            "agentMessages",
            "agentApprovals",
            "evaluationRuns",
            "evaluationResults");

    /** On which side of the write it halts: the write is not done, or done and nobody in this process knows. */
    public enum Moment {
        BEFORE,
        AFTER
    }

    private HaltingController() {}

    /** From now on the controller on this data directory halts at its next write of a new kind. */
    public static void arm(Path dataDir, Moment moment) throws IOException {
        arm(dataDir, moment, List.of());
    }

    /** @param kinds at whose writes it halts; empty: at all */
    public static void arm(Path dataDir, Moment moment, List<String> kinds) throws IOException {
        Path beside = dataDir.resolve("halt-at.new");
        var lines = new ArrayList<String>(List.of(moment.name()));
        lines.addAll(kinds);
        Files.write(beside, lines);
        Files.move(beside, dataDir.resolve("halt-at"));
    }

    public static void disarm(Path dataDir) throws IOException {
        Files.deleteIfExists(dataDir.resolve("halt-at"));
    }

    /** Halts at kinds of writes again that it has halted at. */
    public static void forget(Path dataDir) throws IOException {
        Files.deleteIfExists(dataDir.resolve("halts"));
    }

    /** The kinds of writes that it has halted at, oldest first, each with the moment. */
    public static List<String> halts(Path dataDir) throws IOException {
        Path file = dataDir.resolve("halts");
        return Files.exists(file) ? Files.readAllLines(file) : List.of();
    }

    public static void main(String[] arguments) {
        int code = new Cli(System.getenv(), HaltingController::run, System.out, System.err).execute(arguments);
        if (code != Cli.KEEPS_RUNNING) {
            System.exit(code);
        }
    }

    private static void run(ConfigLoader.Loaded loaded, VerticlePlan.Source verticles) {
        Config config = loaded.config();
        Logging.configure(config.log());
        Secrets secrets = Secrets.open(config);
        try {
            RunningProcess.start(
                            config,
                            secrets,
                            verticles,
                            vertx -> List.of(new ControllerApp(
                                    vertx,
                                    config,
                                    secrets,
                                    halting(ControllerApp.storeOf(vertx, config), config.dataDir()))))
                    .toCompletionStage()
                    .toCompletableFuture()
                    .join();
        } catch (RuntimeException failed) {
            throw new StartFailure(String.valueOf(failed.getMessage()));
        }
        System.out.println(Banner.of(config, secrets, List.of()));
    }

    private static DocumentStore halting(DocumentStore store, Path dataDir) {
        return (DocumentStore) Proxy.newProxyInstance(
                HaltingController.class.getClassLoader(),
                new Class<?>[] {DocumentStore.class},
                (proxy, method, arguments) -> {
                    boolean watched = WRITES.contains(method.getName()) && WATCHED.contains((String) arguments[0]);
                    String kind = watched ? kind(method.getName(), arguments) : null;
                    haltIfWanted(dataDir, Moment.BEFORE, kind);
                    try {
                        Object answer = method.invoke(store, arguments);
                        return kind == null
                                ? answer
                                : ((Future<?>) answer).map(done -> {
                                    haltIfWanted(dataDir, Moment.AFTER, kind);
                                    return done;
                                });
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                });
    }

    /** What a write means in the story, whatever its number and its ids are. */
    private static String kind(String method, Object[] arguments) {
        if (!(arguments[1] instanceof DocumentStore.Document document)) {
            return method + " of " + arguments[0];
        }
        var json = new JsonObject(document.json());
        var parts = new ArrayList<String>(
                List.of(method + " of " + arguments[0], String.valueOf(json.getString("status"))));
        for (String field : List.of("role", "state")) {
            if (json.getValue(field) instanceof String said) {
                parts.add(said);
            }
        }
        for (Object step : json.getJsonArray("steps", new JsonArray())) {
            parts.add(((JsonObject) step).getString("status"));
        }
        for (Object instance : json.getJsonArray("instances", new JsonArray())) {
            for (String part : List.of("seen", "container")) {
                var container = ((JsonObject) instance).getJsonObject(part);
                if (container != null) {
                    parts.add(part + " " + container.getString("state"));
                }
            }
        }
        return String.join(", ", parts);
    }

    private static synchronized void haltIfWanted(Path dataDir, Moment moment, String kind) {
        Path wanted = dataDir.resolve("halt-at");
        try {
            if (kind == null || !Files.exists(wanted)) {
                return;
            }
            List<String> lines = Files.readAllLines(wanted);
            if (!lines.get(0).equals(moment.name()) || (lines.size() > 1 && !lines.contains(kind))) {
                return;
            }
            String halt = moment + " " + kind;
            if (!halts(dataDir).contains(halt)) {
                Files.writeString(
                        dataDir.resolve("halts"), halt + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
                Runtime.getRuntime().halt(137);
            }
        } catch (NoSuchFileException disarmed) {
            return;
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
