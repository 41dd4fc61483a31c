package io.aiwm.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Clients of inference APIs that people use, from npm, in a folder of their own, run by node. */
public record StockClients(Path folder) {
    private static final Path SOURCES = Path.of("src/test/clients").toAbsolutePath();
    private static final long LIMIT_SECONDS = 180;

    /** Installs them; needs npm. */
    public static StockClients in(Path folder) throws IOException {
        Files.createDirectories(folder);
        for (String name : List.of(
                "package.json",
                "package-lock.json",
                "check.mjs",
                "openai.mjs",
                "anthropic.mjs",
                "ai.mjs",
                "langchain.mjs",
                "others.mjs")) {
            Files.copy(SOURCES.resolve(name), folder.resolve(name));
        }
        Programs.npmCi(LIMIT_SECONDS, folder);
        return new StockClients(folder);
    }

    /** Makes all checks of a client. Returns what it printed; a check that fails is an {@link IllegalStateException}. */
    public String run(String script, String url, String key) {
        return run(script, url, key, List.of());
    }

    /** The same with further arguments. */
    public String run(String script, String url, String key, Collection<String> more) {
        var command = new ArrayList<>(List.of("node", folder.resolve(script).toString(), url, key));
        command.addAll(more);
        return Programs.run(LIMIT_SECONDS, null, command.toArray(String[]::new));
    }

    /** Calls with curl, which does not wait for the end of a stream before it prints. */
    public static String curl(String url, String key, String body) {
        return Programs.run(
                LIMIT_SECONDS,
                null,
                "curl",
                "-sSN",
                "--fail-with-body",
                url,
                "-H",
                "Authorization: Bearer " + key,
                "-H",
                "Content-Type: application/json",
                "-d",
                body);
    }
}
