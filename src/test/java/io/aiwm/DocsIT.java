package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.testing.AiwmProcess;
import io.aiwm.testing.Checkout;
import io.aiwm.testing.DocumentedCommands;
import io.aiwm.testing.Hub;
import io.aiwm.testing.LlamaImage;
import io.aiwm.testing.TestImages;
import io.aiwm.testing.TinyModels;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the commands of README.md and docs/ as they stand there, in a folder that looks like a checkout that was built. What
 * they need of other machines is there in small: {@code docs-prelude.sh} says how.
 */
@Timeout(300)
class DocsIT {
    private static final Path PRELUDE =
            Path.of("src/test/resources/docs-prelude.sh").toAbsolutePath();
    private static final String DOCKER = System.getenv("DOCKER_HOST");

    @TempDir
    Path checkout;

    private Path log;

    @BeforeAll
    static void images() {
        for (String name : List.of("busybox:1", "nginx:1", "ghcr.io/ggml-org/llama.cpp:server")) {
            TestImages.named(DOCKER, name);
        }
    }

    @BeforeEach
    void likeACheckout() throws IOException {
        Checkout.in(checkout);
        for (String file : List.of("Dockerfile", ".dockerignore")) {
            Files.copy(Path.of(file), checkout.resolve(file));
        }
        log = checkout.resolve("docs.log");
    }

    @AfterEach
    void noContainers() {
        TestImages.removeContainers(DOCKER, "aiwm.cluster=" + cluster());
    }

    @Test
    void every_block_says_what_it_is() throws IOException {
        assertThat(pages())
                .flatExtracting(DocumentedCommands::of)
                .allSatisfy(block ->
                        assertThat(block.kind()).as(block.toString()).matches("sh|sh on [a-z0-9-]+|json|text|yaml"));
    }

    @Test
    void the_commands_of_the_readme_and_of_the_pages_about_the_api_do_what_they_say() throws Exception {
        var script = new StringBuilder(DocumentedCommands.script(Path.of("README.md")));
        for (Path page : pages()) {
            String name = page.getFileName().toString();
            if (!List.of("README.md", "add-a-machine.md", "image.md", "security.md")
                    .contains(name)) {
                script.append("(:\n").append(DocumentedCommands.script(page)).append(")\n");
            }
        }

        Vertx vertx = Vertx.vertx();
        String printed;
        try (var hub = new Hub(vertx, "Qwen/Qwen2.5-0.5B-Instruct-GGUF")) {
            Path tiny = TinyModels.in(checkout.resolve("tiny")).file(TinyModels.F16);
            hub.with("qwen2.5-0.5b-instruct-q4_k_m.gguf", Buffer.buffer(Files.readAllBytes(tiny)));
            hub.with("qwen2.5-0.5b-instruct-q8_0.gguf", Buffer.buffer("another"));
            printed = run(
                    script.toString(),
                    Map.of(
                            "AIWM_MODELS_ALLOWED_DOWNLOAD_HOSTS",
                            "127.0.0.1",
                            "HF_ENDPOINT",
                            hub.url(),
                            "AIWM_DEPLOYMENTS_ENGINES_LLAMACPP_IMAGE",
                            LlamaImage.tag()));
        } finally {
            vertx.close().await();
        }

        assertThat(printed).contains("hello from ").contains("\"status\":\"COMPLETED\"");
        for (Page page : pages().stream().map(Page::new).toList()) {
            page.printedAsItSays(printed);
        }
    }

    /** A block of text after one of commands is what these print; … stands for anything. */
    private record Page(Path path) {
        void printedAsItSays(String printed) {
            DocumentedCommands.Block commands = null;
            for (var block : DocumentedCommands.of(path)) {
                if (block.kind().equals("text") && commands != null) {
                    List<String> lines = printed.split("### " + commands + "\n", 2)[1]
                            .split("\n### ", 2)[0]
                            .lines()
                            .toList();
                    for (String line : block.text().lines().toList()) {
                        var pattern = Pattern.compile(Stream.of(line.split("…", -1))
                                .map(Pattern::quote)
                                .collect(Collectors.joining(".*")));
                        assertThat(lines).as(block + ": " + line).anyMatch(pattern.asMatchPredicate());
                    }
                }
                commands = block.kind().equals("sh") ? block : null;
            }
        }
    }

    @Test
    void a_machine_is_added_and_taken_away_as_the_page_says() throws Exception {
        String printed = run(DocumentedCommands.script(Path.of("docs/add-a-machine.md")));

        assertThat(printed)
                .contains("hello from ")
                .contains("\"id\":\"gpu-1\"")
                .contains("\"transport\":\"websocket\"");
    }

    @Test
    void the_cluster_key_is_given_and_exchanged_and_the_firewall_has_rules_as_the_page_says() throws Exception {
        String printed = run("member\n" + DocumentedCommands.script(Path.of("docs/security.md")));

        assertThat(printed).contains("### security.md");
    }

    @Test
    void the_image_is_built_run_and_removed_as_the_page_says() throws Exception {
        String printed = run(DocumentedCommands.script(Path.of("docs/image.md")));

        assertThat(printed).contains("### image.md");
        assertThat(TestImages.run(DOCKER, null, "ps", "-aq", "--filter", "name=" + cluster())
                        .output())
                .isBlank();
    }

    private static List<Path> pages() throws IOException {
        try (Stream<Path> docs = Files.list(Path.of("docs"))) {
            return Stream.concat(
                            Stream.of(Path.of("README.md")),
                            docs.filter(page -> page.toString().endsWith(".md")))
                    .sorted()
                    .toList();
        }
    }

    /** What was printed; everything that it started has ended. */
    private String run(String commands) throws Exception {
        return run(commands, Map.of());
    }

    /** @param settings variables of their environment */
    private String run(String commands, Map<String, String> settings) throws Exception {
        Path script = Files.writeString(checkout.resolve("commands.sh"), commands);
        var builder = new ProcessBuilder("bash", PRELUDE.toString(), script.toString())
                .directory(checkout.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        var environment = builder.environment();
        environment.keySet().removeIf(name -> name.startsWith("AIWM_"));
        environment.putAll(settings);
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        environment.put("AIWM_CLUSTER_NAME", cluster());
        environment.put("AIWM_CLUSTER_ENABLED", "false");
        environment.put("DOCS_NAME", cluster());
        int port = AiwmProcess.freePort();
        environment.put("DOCS_HTTP_PORT", Integer.toString(port));
        environment.put("DOCS_TLS_PORT", Integer.toString(AiwmProcess.freePort()));
        environment.put("DOCS_WEB_PORT", Integer.toString(AiwmProcess.freePort()));
        environment.put("DOCS_WEB_PORT_2", Integer.toString(AiwmProcess.freePort()));
        Process bash = builder.start();
        try {
            assertThat(bash.waitFor(240, TimeUnit.SECONDS))
                    .as(Files.readString(log))
                    .isTrue();
            assertThat(bash.exitValue()).as(Files.readString(log)).isZero();
            return Files.readString(log).replace("127.0.0.1:" + port, "127.0.0.1:3003");
        } finally {
            bash.destroy(); // its trap ends what it started
            bash.waitFor(30, TimeUnit.SECONDS);
        }
    }

    private String cluster() {
        return "docs-" + checkout.getFileName().toString().replaceAll("[^0-9]", "");
    }
}
