package io.aiwm.testing;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * Lets the JVMs that tests start be ready in a fifth of the time: the classes of the jar come from an archive, as {@code
 * bin/aiwm} has one too, and the compiler that takes longest is left out. The tests start some hundred of them.
 */
final class ClassArchive {
    private static final Path ARCHIVE = Path.of("target/tests.jsa").toAbsolutePath();
    private static final List<String> QUICK = List.of("-Xmx384m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");
    private static final Duration LIMIT = Duration.ofSeconds(90);

    private ClassArchive() {}

    /**
     * Of a JVM that runs the jar. The first call for a jar writes the archive, which takes some seconds; who asks meanwhile, in
     * another JVM of the tests, goes without it.
     */
    static synchronized List<String> options() {
        try {
            Path jar = AiwmProcess.jar();
            if (!isThere(jar)) {
                writeUnlessAnotherDoes(jar);
            }
            return isThere(jar)
                    ? Stream.concat(
                                    QUICK.stream(),
                                    Stream.of("-XX:SharedArchiveFile=" + ARCHIVE, "-Xshare:auto", "-Xlog:cds=off"))
                            .toList()
                    : QUICK;
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        } catch (InterruptedException cause) {
            Thread.currentThread().interrupt();
            throw new AssertionError(cause);
        }
    }

    private static boolean isThere(Path jar) throws IOException {
        return Files.exists(ARCHIVE)
                && Files.getLastModifiedTime(ARCHIVE).compareTo(Files.getLastModifiedTime(jar)) >= 0;
    }

    private static void writeUnlessAnotherDoes(Path jar) throws IOException, InterruptedException {
        try (var file = FileChannel.open(ARCHIVE.resolveSibling("tests.jsa.lock"), CREATE, WRITE);
                var lock = file.tryLock()) {
            if (lock != null && !isThere(jar)) {
                write(jar);
            }
        }
    }

    /** What a standalone has loaded when it has worked a little is written down as it ends. */
    private static void write(Path jar) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("aiwm-archive");
        Path log = folder.resolve("log");
        Path written = ARCHIVE.resolveSibling("tests-" + ProcessHandle.current().pid() + ".jsa");
        var command = new ArrayList<String>(List.of(AiwmProcess.java()));
        command.addAll(QUICK);
        command.addAll(List.of("-XX:ArchiveClassesAtExit=" + written, "-jar", jar.toString(), "standalone"));
        var builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        var environment = builder.environment();
        environment
                .keySet()
                .removeIf(name -> name.startsWith("AIWM_") || name.equals("PORT") || name.startsWith("NODE_"));
        environment.put("AIWM_CLUSTER_NAME", AiwmProcess.CLUSTER);
        environment.put("AIWM_CLUSTER_ENABLED", "true"); // with the classes of a cluster
        environment.put("AIWM_CLUSTER_PORT", Integer.toString(AiwmProcess.freePorts()));
        environment.put("ENABLE_DOCKER", "false");
        environment.put("AIWM_ADMIN_PASSWORD", AiwmFleet.PASSWORD);
        int port = AiwmProcess.freePort();
        environment.put("PORT", Integer.toString(port));
        Process process = builder.start();
        try {
            Awaitility.await()
                    .atMost(LIMIT)
                    .until(() -> !process.isAlive() || Files.readString(log).contains(" is ready"));
            work(new AiwmClient(port, AiwmFleet.PASSWORD));
            process.destroy();
            assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS))
                    .as(Files.readString(log))
                    .isTrue();
            assertThat(written).as(Files.readString(log)).exists();
            Files.move(written, ARCHIVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            process.destroyForcibly();
            new ProcessBuilder("rm", "-rf", folder.toString()).start().waitFor();
        }
    }

    /** What most tests do, so that the classes for it are in the archive. */
    private static void work(AiwmClient api) {
        Awaitility.await()
                .atMost(LIMIT)
                .until(() -> api.get("/api/nodes?status=IDLE")
                                .json()
                                .getJsonArray("items")
                                .size()
                        == 1);
        var step = new JsonObject().put("name", "look").put("command", "system.healthCheck");
        var execution = new JsonObject().put("name", "work").put("start", true).put("steps", new JsonArray().add(step));
        String id = api.expect(201, api.post("/api/executions", execution)).getString("id");
        api.getWhenEnded("/api/executions/" + id, 20);
        var job = new JsonObject().put("name", "work").put("image", "none/such:1");
        api.expect(201, api.post("/api/jobs", job));
        var deployment = new JsonObject()
                .put("name", "work")
                .put("replicas", 1)
                .put("spec", new JsonObject().put("image", "none/such:1"));
        String made = api.expect(201, api.post("/api/deployments", deployment)).getString("id");
        for (String path : List.of("jobs", "deployments", "models", "agents", "events", "cluster/stats", "audit")) {
            api.get("/api/" + path);
        }
        api.delete("/api/deployments/" + made);
    }
}
