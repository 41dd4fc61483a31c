package io.aiwm.worker.proxy;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.common.PrivateFiles;
import io.aiwm.common.Sha256;
import io.aiwm.inference.route.GatewayConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The last configuration on disk, readable by this user alone. Blocking. */
final class KeptConfig {
    private static final Logger log = LoggerFactory.getLogger(KeptConfig.class);

    private final Path file;

    KeptConfig(Path folder) throws IOException {
        PrivateFiles.folder(folder);
        this.file = folder.resolve("config.json");
    }

    /** @param sha256 of its text; null: there is none yet */
    record Kept(GatewayConfig config, String sha256) {
        static final Kept NONE = new Kept(GatewayConfig.EMPTY, null);
    }

    /** What was kept last; {@link Kept#NONE} where there is none, or none that can be read. */
    Kept load() {
        if (!Files.isRegularFile(file)) {
            return Kept.NONE;
        }
        try {
            return read(Files.readAllBytes(file));
        } catch (IOException | Failure unreadable) {
            // the words of a parser may quote the text
            log.error(
                    "the last configuration of this proxy cannot be read: it serves nothing before a controller sends one");
            return Kept.NONE;
        }
    }

    static Kept read(byte[] text) {
        return new Kept(Json.decode(new String(text, StandardCharsets.UTF_8), GatewayConfig.class), Sha256.hex(text));
    }

    /** Takes the place of the one before; whole on disk, or not at all. */
    void save(byte[] text) throws IOException {
        Path fresh = file.resolveSibling("config.json.new");
        try (FileChannel out = PrivateFiles.open(
                fresh, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            var buffer = ByteBuffer.wrap(text);
            while (buffer.hasRemaining()) {
                out.write(buffer);
            }
            out.force(true);
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
