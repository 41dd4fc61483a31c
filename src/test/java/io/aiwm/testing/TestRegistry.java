package io.aiwm.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/**
 * A real image registry on loopback, which engines trust without TLS: Debian's {@code docker-registry}. A test that needs it
 * fails where that is not installed. Tags that were pushed are taken from the engine again at the end.
 */
public final class TestRegistry implements AutoCloseable {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    public static final String USER = "aiwm";
    public static final String PASSWORD = "registry password for tests";
    /** Of the password, by bcrypt. */
    private static final String HASH = "$2b$05$0123456789abcdefghijkuTOQGx1Pw6b6X8nfeCPOexKaXJeCTTf6";

    private final int port = AiwmProcess.freePort();
    private final Path folder;
    private final List<String> names = new ArrayList<>();
    private final boolean closed;
    private Process process;

    /** @param folder for its images and its log */
    public TestRegistry(Path folder) {
        this(folder, false);
    }

    private TestRegistry(Path folder, boolean closed) {
        this.folder = folder;
        this.closed = closed;
        start();
    }

    /** Lets in {@link #USER} with {@link #PASSWORD} alone. */
    public static TestRegistry withPassword(Path folder) {
        return new TestRegistry(folder, true);
    }

    /** Answers from now on, with what it had before. */
    public void start() {
        try {
            Path settings = Files.writeString(
                    folder.resolve("registry.yml"), """
                    version: 0.1
                    storage: { filesystem: { rootdirectory: %s } }
                    http: { addr: '127.0.0.1:%d' }
                    """.formatted(folder.resolve("images"), port) + access());
            process = new ProcessBuilder("docker-registry", "serve", settings.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("registry.log").toFile())
                    .start();
        } catch (IOException cause) {
            throw new UncheckedIOException("docker-registry must be installed for tests that pull images", cause);
        }
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(this::answers);
    }

    private String access() throws IOException {
        if (!closed) {
            return "";
        }
        Path users = Files.writeString(folder.resolve("users"), USER + ":" + HASH + "\n");
        String credential =
                Base64.getEncoder().encodeToString((USER + ":" + PASSWORD).getBytes(StandardCharsets.UTF_8));
        Files.createDirectories(folder.resolve("docker"));
        Files.writeString(
                folder.resolve("docker/config.json"),
                "{\"auths\":{\"127.0.0.1:%d\":{\"auth\":\"%s\"}}}".formatted(port, credential));
        return "auth: { htpasswd: { realm: aiwm, path: '%s' } }%n".formatted(users);
    }

    /** Does not answer any more. */
    public void stop() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException cause) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private boolean answers() throws InterruptedException {
        if (!process.isAlive()) {
            throw new IllegalStateException("docker-registry ended with " + process.exitValue());
        }
        try {
            var ask = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v2/"))
                    .timeout(Duration.ofSeconds(5))
                    .build();
            return HTTP.send(ask, HttpResponse.BodyHandlers.discarding()).statusCode() == (closed ? 401 : 200);
        } catch (IOException notYet) {
            return false;
        }
    }

    /** The name of an image in it. */
    public String name(String repositoryAndTag) {
        return "127.0.0.1:" + port + "/" + repositoryAndTag;
    }

    /** Moves the tag in the registry, and in the engine, to this image of the engine. */
    public void push(String image, String name) {
        tag(image, name);
        docker("--config", folder.resolve("docker").toString(), "push", name);
    }

    /** The engine has the tag no more. */
    public void forget(String name) {
        docker("image", "rm", name);
    }

    /** Moves the tag in the engine alone. */
    public void tag(String image, String name) {
        docker("tag", image, name);
        names.add(name);
    }

    private static void docker(String... arguments) {
        var result = TestImages.run(System.getenv("DOCKER_HOST"), null, arguments);
        if (result.exit() != 0) {
            throw new IllegalStateException("docker " + String.join(" ", arguments) + ": " + result.output());
        }
    }

    @Override
    public void close() {
        stop();
        names.stream()
                .distinct()
                .forEach(name -> TestImages.run(System.getenv("DOCKER_HOST"), null, "image", "rm", "-f", name));
    }
}
