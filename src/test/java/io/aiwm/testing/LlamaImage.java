package io.aiwm.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * An image with a real inference engine: llama.cpp behind the flags and paths of its own server, made from npm packages and
 * {@code src/test/serving}. The entry point takes {@code -m -c -np -b -t -fa on|off --alias --host --port --api-key
 * --embeddings --no-mmap}, listens on 8080 and answers {@code /health}, {@code /props}, {@code /metrics},
 * {@code /v1/models}, {@code /v1/chat/completions}, {@code /v1/completions} and {@code /v1/embeddings}. {@code /models} has
 * the files of {@link TinyModels}. It runs as user 10001, with a read-only root where {@code /tmp} is a tmpfs.
 */
public final class LlamaImage {
    private static final String NAME = "aiwm-test/llama";
    private static final Path SOURCES = Path.of("src/test/serving");
    private static final List<String> CONTENT =
            List.of("build-image.sh", "make-models.mjs", "server.mjs", "package.json", "package-lock.json");
    private static final int TAG_LENGTH = 12;
    private static final long LIMIT_SECONDS = 300;

    private LlamaImage() {}

    /** The image on the engine that {@code DOCKER_HOST} names; built, in some seconds, unless the engine has it. */
    public static String tag() {
        return tag(System.getenv("DOCKER_HOST"));
    }

    /**
     * The same on another engine, for example {@code unix:///tmp/x/docker.sock}; null: the default one. The tag is a digest
     * of all that the image is built from, so a change there makes another image.
     */
    public static synchronized String tag(String dockerHost) {
        String image = NAME + ":" + digest();
        Path lock = Path.of(System.getProperty("java.io.tmpdir"), "aiwm-test-llama.lock");
        // JVMs of other tests and checkouts may want it at the same time
        try (var channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                var held = channel.lock()) {
            if (!held.isValid() || !present(dockerHost, image)) {
                build(dockerHost, image);
            }
            return image;
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
    }

    private static boolean present(String dockerHost, String image) {
        return TestImages.run(dockerHost, null, "image", "inspect", image).exit() == 0;
    }

    private static void build(String dockerHost, String image) throws IOException {
        Path work = Files.createTempDirectory("aiwm-llama");
        try {
            Programs.run(
                    LIMIT_SECONDS,
                    dockerHost,
                    "sh",
                    SOURCES.resolve("build-image.sh").toString(),
                    image,
                    work.toString());
        } finally {
            Programs.run(LIMIT_SECONDS, null, "rm", "-rf", work.toString());
        }
    }

    private static String digest() {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            for (String file : CONTENT) {
                sha256.update(Files.readAllBytes(SOURCES.resolve(file)));
            }
            return HexFormat.of().formatHex(sha256.digest()).substring(0, TAG_LENGTH);
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        } catch (NoSuchAlgorithmException cause) {
            throw new IllegalStateException(cause);
        }
    }
}
