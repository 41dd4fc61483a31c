package io.aiwm.worker.link;

import io.aiwm.boot.Config;
import io.aiwm.protocol.Ids;
import io.aiwm.protocol.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;

/**
 * Who this worker is, kept in {@code identity.json} (mode 0600) for the next start.
 *
 * @param nodeId null: whoever the token says
 * @param nodeToken null: none yet, registration must be open
 */
record Identity(String nodeId, String nodeToken) {

    /** What is configured goes before what is stored; a worker that has neither gets an id made from its hostname. */
    static Identity load(Path file, Config.Worker config) throws IOException {
        Identity stored =
                Files.exists(file) ? Json.decode(Files.readString(file), Identity.class) : new Identity(null, null);
        String token = config.nodeToken() != null ? config.nodeToken() : stored.nodeToken;
        String id = config.nodeId() != null ? config.nodeId() : stored.nodeId;
        boolean handshakeTells = config.controllerUrl() != null && token != null;
        if (id == null && !handshakeTells) {
            id = idFrom(config.hostname());
            new Identity(id, stored.nodeToken).store(file);
        }
        return new Identity(id, token);
    }

    void store(Path file) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(fresh);
        Files.createFile(fresh);
        if (Files.getFileStore(fresh).supportsFileAttributeView("posix")) {
            Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-------"));
        }
        Files.writeString(fresh, Json.encode(this), StandardCharsets.UTF_8, StandardOpenOption.SYNC);
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Two workers on one machine, each with its own data directory, are two nodes: hence the random end. */
    private static String idFrom(String hostname) {
        String readable = (hostname == null ? "" : hostname.toLowerCase(Locale.ROOT))
                .replaceAll("[^a-z0-9-]+", "-")
                .replaceAll("^-+|-+$", "");
        String base = readable.isEmpty() ? "node" : readable.substring(0, Math.min(50, readable.length()));
        return base + "-" + Ids.secret().substring(0, 5);
    }

    @Override
    public String toString() {
        return "Identity[" + nodeId + "]";
    }
}
