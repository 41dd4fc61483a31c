package io.aiwm.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/**
 * One AIWM in a JVM of its own, started as users start it: {@code java -jar target/aiwm.jar <mode>}. It can be killed and
 * started again on the same data. Its output is kept in a file, and shown when it does not get ready. Its JVM is one that
 * starts fast and never gets fast itself ({@link ClassArchive}).
 */
public final class AiwmProcess implements AutoCloseable {
    private static final Duration READY = Duration.ofSeconds(90);
    private static final Duration STOP = Duration.ofSeconds(30);
    private static final HttpClient HTTP =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();

    /**
     * Of everything that these tests start and that has no other: neither a product that runs on this machine, nor another run
     * of the tests, takes their processes or their containers for its own.
     */
    public static final String CLUSTER =
            "test-" + Long.toString(ProcessHandle.current().pid(), 36) + "-" + Long.toString(System.nanoTime(), 36);

    private static final Set<String> CLUSTERED = Set.of(
            "AIWM_CLUSTER_ENABLED", "AIWM_CLUSTER_PORT", "AIWM_CLUSTER_MEMBERS", "AIWM_CLUSTER_HOST", "AIWM_MONGO_URI");

    /** Its folder for temporary files, so that what it leaves there can be told from what others leave. */
    static final String TEMPORARY = "tmp";

    private final String mode;
    private final Path folder;
    private final Map<String, String> environment = new LinkedHashMap<>();
    private Class<?> main;
    private List<String> entrance = List.of();
    private int starts;
    private Process process;

    private AiwmProcess(String mode, Path folder) {
        this.mode = mode;
        this.folder = folder;
        with("AIWM_DATA_DIR", folder.resolve("data").toString());
        with("AIWM_CLUSTER_NAME", CLUSTER);
        if (!mode.equals("worker")) {
            with("PORT", freePort());
            // half a second of a processor at each start and each sign-in, in a JVM without the second compiler
            with("AIWM_AUTH_PASSWORD_ITERATIONS", 10_000);
        }
    }

    /** The jar under test; built by {@code mvn package}. */
    public static Path jar() {
        Path jar = Path.of(System.getProperty("aiwm.jar", "target/aiwm.jar")).toAbsolutePath();
        assertThat(jar).as("build it first: mvn package -DskipTests").exists();
        return jar;
    }

    /** @param mode controller, worker or standalone. @param folder its data and its log go there */
    public static AiwmProcess of(String mode, Path folder) {
        return new AiwmProcess(mode, folder);
    }

    /** Sets an environment variable; applies from the next start. */
    public AiwmProcess with(String variable, Object value) {
        environment.put(variable, value.toString());
        return this;
    }

    /** Lets it join the cluster of a controller that has started. */
    public AiwmProcess memberWith(AiwmProcess controller) {
        return with("AIWM_CLUSTER_KEY_FILE", controller.folder.resolve("data").resolve("cluster.key"));
    }

    /** Starts the jar through another main class, one of the tests. */
    public AiwmProcess through(Class<?> testMain) {
        main = testMain;
        return this;
    }

    /** Starts it by a program that becomes it, such as one that enters a network namespace. */
    public AiwmProcess by(List<String> program) {
        entrance = List.copyOf(program);
        return this;
    }

    private List<String> command() {
        var command = new ArrayList<String>(entrance);
        command.addAll(plainCommand());
        return command;
    }

    private List<String> plainCommand() {
        var command = new ArrayList<String>(List.of(java()));
        command.addAll(ClassArchive.options());
        command.add("-Djava.io.tmpdir=" + folder.resolve(TEMPORARY).toAbsolutePath());
        if (main == null) {
            command.addAll(List.of("-jar", jar().toString(), mode));
        } else {
            Path tests = Path.of("target/test-classes").toAbsolutePath();
            command.addAll(List.of("-cp", jar() + File.pathSeparator + tests, main.getName(), mode));
        }
        return command;
    }

    /** What it is started with. */
    Map<String, String> environment() {
        var all = new LinkedHashMap<>(environment);
        if (!mode.equals("worker") && Collections.disjoint(all.keySet(), CLUSTERED)) {
            all.put("AIWM_CLUSTER_ENABLED", "false"); // as it would be without the name
        }
        return all;
    }

    /** Starts it and returns at once. */
    public AiwmProcess start() {
        try {
            Files.createDirectories(folder.resolve(TEMPORARY));
            var builder = new ProcessBuilder(command())
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log(++starts).toFile());
            builder.environment()
                    .keySet()
                    .removeIf(name -> name.startsWith("AIWM_") || name.equals("PORT") || name.startsWith("NODE_"));
            builder.environment().putAll(environment());
            process = builder.start();
            return this;
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
    }

    /** Starts it and returns when it says that it is ready; a controller also answers its readiness check. */
    public AiwmProcess startAndWait() {
        start();
        return awaitReady();
    }

    public AiwmProcess awaitReady() {
        try {
            Awaitility.await()
                    .atMost(READY)
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> !process.isAlive() || (output().contains(" is ready") && answers()));
        } catch (org.awaitility.core.ConditionTimeoutException late) {
            throw new AssertionError(this + " is not ready after " + READY.toSeconds() + " s:\n" + output(), late);
        }
        if (!process.isAlive()) {
            throw new AssertionError(this + " ended with " + process.exitValue() + ":\n" + output());
        }
        return this;
    }

    private boolean answers() {
        String port = environment.get("PORT");
        return mode.equals("worker") || port == null || status(host() + ":" + port, "/api/health/ready") == 200;
    }

    private String host() {
        return environment.getOrDefault("AIWM_HTTP_HOST", "127.0.0.1");
    }

    /** Of a GET within 5 s; 0: no answer. @param server host and port */
    static int status(String server, String path) {
        try {
            var request = HttpRequest.newBuilder(URI.create("http://" + server + path))
                    .timeout(Duration.ofSeconds(5))
                    .build();
            return HTTP.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        } catch (IOException cause) {
            return 0;
        } catch (InterruptedException cause) {
            Thread.currentThread().interrupt();
            return 0;
        }
    }

    /** SIGKILL; returns when the process is gone. */
    public void kill9() {
        process.destroyForcibly();
        ended();
    }

    /** SIGTERM; returns its exit code. */
    public int stop() {
        process.destroy();
        ended();
        return process.exitValue();
    }

    /** SIGSTOP: it stands still, and its connections stay open, until {@link #resume}. */
    public void suspend() {
        signal("STOP");
    }

    /** SIGCONT. */
    public void resume() {
        signal("CONT");
    }

    private void signal(String name) {
        try {
            int code = new ProcessBuilder("kill", "-" + name, String.valueOf(pid()))
                    .start()
                    .waitFor();
            assertThat(code).as("kill -%s %s", name, pid()).isZero();
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        } catch (InterruptedException cause) {
            Thread.currentThread().interrupt();
            throw new AssertionError(cause);
        }
    }

    private void ended() {
        try {
            if (!process.waitFor(STOP.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(this + " did not end in " + STOP.toSeconds() + " s:\n" + output());
            }
        } catch (InterruptedException cause) {
            Thread.currentThread().interrupt();
            throw new AssertionError(cause);
        }
    }

    public boolean isAlive() {
        return process != null && process.isAlive();
    }

    /** The port it was told to listen on. */
    public int port() {
        return Integer.parseInt(environment.get("PORT"));
    }

    public long pid() {
        return process.pid();
    }

    /** What the newest start has written so far. */
    public String output() {
        try {
            return Files.readString(log(starts));
        } catch (IOException cause) {
            return "(no log: " + cause.getMessage() + ")";
        }
    }

    private Path log(int start) {
        return folder.resolve(mode + "-" + start + ".log");
    }

    public static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** A port nobody listens on now, and no other run of the tests is given. */
    public static int freePort() {
        return Ports.one();
    }

    /** The first of ten neighbouring ports, for a cluster's members. */
    public static int freePorts() {
        return Ports.block();
    }

    /** Ends it, however it is. */
    @Override
    public void close() {
        if (isAlive()) {
            process.destroyForcibly();
            ended();
        }
    }

    @Override
    public String toString() {
        return mode + " in " + folder;
    }
}
