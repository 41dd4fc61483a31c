package io.aiwm.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** The official example of an MCP server in an image, made without a registry: this machine's node and what npm installs. */
public final class McpImage {
    public static final String NAME = "aiwm-test/mcp-everything:1";
    /** Of the server in each container. */
    public static final int PORT = 3001;

    private static final String SERVER = "node_modules/@modelcontextprotocol/server-everything/dist/index.js";
    private static final long LIMIT_SECONDS = 300;

    private McpImage() {}

    /** Makes it unless the engine has it, and returns its name. Needs node, npm and tar. @param folder for what npm installs */
    public static String in(Path folder) {
        String engine = System.getenv("DOCKER_HOST");
        if (TestImages.run(engine, null, "image", "inspect", NAME).exit() == 0) {
            return NAME;
        }
        Path programs = folder.resolve("mcp-image");
        try {
            McpPrograms.in(programs).close();
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
        String libraries = "$(ldd \"$node\" | grep -o '/[^ )]*')";
        Programs.run(
                LIMIT_SECONDS,
                engine,
                "sh",
                "-c",
                "set -e; node=$(readlink -f \"$(command -v node)\"); tar -chf - --transform \"s,^${node#/}\\$,bin/node,\""
                        + " -C / \"${node#/}\" $(for each in " + libraries + "; do echo \"${each#/}\"; done)"
                        + " -C \"$0\" node_modules package.json | docker import --change 'ENV PATH=/bin' --change 'CMD [\"node\",\"/"
                        + SERVER + "\",\"streamableHttp\"]' --change 'EXPOSE " + PORT + "' - \"$1\"",
                programs.toString(),
                NAME);
        return NAME;
    }
}
