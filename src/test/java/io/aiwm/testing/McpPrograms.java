package io.aiwm.testing;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The official clients and servers of MCP and its conformance suite, from npm, in a folder of their own, run by node. */
public final class McpPrograms implements AutoCloseable {
    private static final Path SOURCES = Path.of("src/test/clients").toAbsolutePath();
    private static final long LIMIT_SECONDS = 300;
    private static final String SUITE = "node_modules/@modelcontextprotocol/conformance/dist/index.js";

    private final Path folder;
    private final List<Process> running = new ArrayList<>();

    private McpPrograms(Path folder) {
        this.folder = folder;
    }

    /** Installs them; needs npm. */
    public static McpPrograms in(Path folder) throws IOException {
        Files.createDirectories(folder);
        try (var sources = Files.list(SOURCES.resolve("mcp"))) {
            for (Path source : sources.toList()) {
                Files.copy(source, folder.resolve(source.getFileName()));
            }
        }
        Files.copy(SOURCES.resolve("check.mjs"), folder.resolve("check.mjs"));
        Programs.npmCi(LIMIT_SECONDS, folder);
        return new McpPrograms(folder);
    }

    /** Makes all checks of a client. Returns what it printed; a check that fails is an {@link IllegalStateException}. */
    public String check(String script, String url, String key) {
        return Programs.run(LIMIT_SECONDS, null, "node", folder.resolve(script).toString(), url, key);
    }

    /** Runs what the conformance suite requires of a server for a revision. Returns the scenarios that it passed. */
    public List<String> serverConformance(String url, String revision) throws IOException, InterruptedException {
        return passed("server", "--url", url, "--requirements", revision);
    }

    /** Runs one scenario of a client, which the command is. Returns what the suite printed. */
    public String clientConformance(String command, String scenario, String revision)
            throws IOException, InterruptedException {
        return suite("client", "--command", command, "--scenario", scenario, "--spec-version", revision);
    }

    private List<String> passed(String... arguments) throws IOException, InterruptedException {
        return suite(arguments)
                .lines()
                .filter(line -> line.startsWith("✓ "))
                .map(line -> line.substring(2, line.indexOf(':')))
                .toList();
    }

    private String suite(String... arguments) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of("node", "--import", "./node20.mjs", SUITE));
        command.addAll(Arrays.asList(arguments));
        Path output = folder.resolve("suite.log");
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        running.add(process);
        // its status says that a scenario failed, of which there are some that need tools of its own
        process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
        return Files.readString(output);
    }

    /** Starts a program that stays, and returns when it says that it is ready. */
    public void start(String ready, Map<String, String> environment, String... arguments) throws IOException {
        var command = new ArrayList<>(List.of("node"));
        command.addAll(Arrays.asList(arguments));
        Path output = Files.createTempFile(folder, "program", ".log");
        var builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        running.add(process);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> Files.readString(output).contains(ready));
    }

    @Override
    public void close() {
        running.forEach(Process::destroyForcibly);
    }
}
