package io.aiwm.testing;

import io.vertx.core.json.JsonObject;
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
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** A container of {@link LlamaImage} on the engine that {@code DOCKER_HOST} names; closing it removes the container. */
public final class LlamaServer implements AutoCloseable {
    private static final String LABEL = "aiwm-test=llama-server";
    private static final long LIMIT_SECONDS = 60;
    private static final Duration ANSWER_LIMIT = Duration.ofMinutes(5);
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final String container;
    private final int port;

    private LlamaServer(String container, int port) {
        this.container = container;
        this.port = port;
    }

    /**
     * Starts one and waits until it is healthy.
     *
     * @param models mounted read-only at {@code /mounted}; null: none
     * @param arguments of the engine
     */
    public static LlamaServer start(Path models, List<String> arguments) {
        int port = AiwmProcess.freePort();
        var command =
                new ArrayList<>(List.of("docker", "run", "-d", "--read-only", "--tmpfs", "/tmp", "--label", LABEL));
        command.addAll(List.of("-p", "127.0.0.1:" + port + ":8080"));
        if (models != null) {
            command.addAll(List.of("-v", models.toAbsolutePath() + ":/mounted:ro"));
        }
        command.add(LlamaImage.tag());
        command.addAll(arguments);
        String id = docker(command).strip();
        var server = new LlamaServer(id, port);
        try {
            Awaitility.await().atMost(Duration.ofSeconds(LIMIT_SECONDS)).until(server::healthy);
            return server;
        } catch (RuntimeException cause) {
            String said = server.log();
            server.close();
            throw new IllegalStateException("the engine does not become healthy: " + said, cause);
        }
    }

    private boolean healthy() {
        try {
            return send(HttpRequest.newBuilder(uri("/health")).build()).statusCode() == 200;
        } catch (UncheckedIOException notYet) {
            return false;
        }
    }

    /** The answer to one prompt. */
    public String complete(String prompt, int maxTokens) {
        var body = new JsonObject().put("prompt", prompt).put("max_tokens", maxTokens);
        var answer = post("/v1/completions", body);
        return answer.getJsonArray("choices").getJsonObject(0).getString("text");
    }

    /** The answer to one message of a chat. */
    public String chat(String message) {
        var messages = List.of(new JsonObject().put("role", "user").put("content", message));
        var answer = post("/v1/chat/completions", new JsonObject().put("messages", messages));
        return answer.getJsonArray("choices")
                .getJsonObject(0)
                .getJsonObject("message")
                .getString("content");
    }

    private JsonObject post(String path, JsonObject body) {
        var answer = send(HttpRequest.newBuilder(uri(path))
                .timeout(ANSWER_LIMIT)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.encode()))
                .build());
        if (answer.statusCode() != 200) {
            throw new IllegalStateException(path + " answers " + answer.statusCode() + ": " + answer.body());
        }
        return new JsonObject(answer.body());
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    private static HttpResponse<String> send(HttpRequest request) {
        try {
            return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        } catch (InterruptedException cause) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", cause);
        }
    }

    /** All that the engine said until now. */
    public String log() {
        return docker(List.of("docker", "logs", container));
    }

    /** The bytes of every line of the log that names such a buffer, for example {@code KV}, {@code compute}, {@code model}. */
    public long reportedBytes(String buffer) {
        Matcher line = Pattern.compile(Pattern.quote(buffer) + " buffer size =\\s*([0-9.]+) MiB")
                .matcher(log());
        double mebibytes = 0;
        while (line.find()) {
            mebibytes += Double.parseDouble(line.group(1));
        }
        return Math.round(mebibytes * (1 << 20));
    }

    /** What the kernel counts for it that cannot be given back: anonymous memory, and its own. */
    public long usedBytes() {
        String pid = docker(List.of("docker", "inspect", "-f", "{{.State.Pid}}", container))
                .strip();
        try {
            for (String line : Files.readAllLines(Path.of("/proc", pid, "cgroup"))) {
                String[] parts = line.split(":", 3);
                Path unified = Path.of("/sys/fs/cgroup" + parts[2]);
                Path first = Path.of("/sys/fs/cgroup/memory" + parts[2]);
                if (parts[1].isEmpty() && Files.exists(unified.resolve("memory.stat"))) {
                    return stat(unified, "anon") + stat(unified, "kernel");
                }
                if (parts[1].equals("memory") && Files.exists(first.resolve("memory.stat"))) {
                    return stat(first, "rss")
                            + Long.parseLong(Files.readString(first.resolve("memory.kmem.usage_in_bytes"))
                                    .strip());
                }
            }
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
        throw new IllegalStateException("no control group counts the memory of process " + pid);
    }

    private static long stat(Path group, String name) throws IOException {
        try (Stream<String> lines = Files.lines(group.resolve("memory.stat"))) {
            return lines.filter(line -> line.startsWith(name + " "))
                    .mapToLong(line -> Long.parseLong(line.substring(name.length() + 1)))
                    .findFirst()
                    .orElse(0);
        }
    }

    private static String docker(List<String> command) {
        return Programs.run(LIMIT_SECONDS, null, command.toArray(String[]::new));
    }

    @Override
    public void close() {
        docker(List.of("docker", "rm", "-fv", container));
    }
}
