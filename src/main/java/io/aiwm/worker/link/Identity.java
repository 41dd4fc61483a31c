package io.aiwm.worker.link;

import io.aiwm.boot.Config;
import io.aiwm.common.Ids;
import io.aiwm.common.Json;
import io.aiwm.common.PrivateFiles;
import io.aiwm.common.Sha256;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Base64;
import java.util.Locale;

/**
 * Who this worker is, kept in {@code identity.json} (mode 0600) for the next start.
 *
 * @param nodeToken null: none yet, registration must be open
 * @param given the checksum of the configured token that {@code nodeToken} is, or took the place of; null: the controller gave
 *     it unasked
 */
record Identity(String nodeId, String nodeToken, String given) {

    Identity(String nodeId, String nodeToken) {
        this(nodeId, nodeToken, null);
    }

    /** The same node with what its controller gave it. */
    Identity with(String id, String token) {
        return new Identity(id == null ? nodeId : id, token == null ? nodeToken : token, given);
    }

    /**
     * The id is the configured one, or whose the configured token is, or the stored one, or made from the hostname; the
     * token the configured one, or the stored one if it was given to this id. A configured token that was renewed since it was
     * given has its place in the file taken by the newer one, which then counts.
     */
    static Identity load(Path file, Config.Worker config) throws IOException {
        Identity stored = Files.exists(file)
                ? Json.decode(Files.readString(file), Identity.class)
                : new Identity(null, null, null);
        String id = config.nodeId() != null ? config.nodeId() : subjectOf(config.nodeToken());
        if (id == null) {
            id = stored.nodeId != null ? stored.nodeId : idFrom(config.hostname());
        }
        Identity kept = id.equals(stored.nodeId) ? stored : new Identity(id, null);
        if (kept != stored) {
            kept.store(file);
        }
        String given = config.nodeToken() == null ? null : Sha256.hex(config.nodeToken());
        boolean known = given == null || given.equals(kept.given);
        return known ? kept : new Identity(id, config.nodeToken(), given);
    }

    /** What a JWT says of its owner; unproven, so only good for choosing an id that the controller will check. */
    private static String subjectOf(String token) {
        String[] parts = token == null ? new String[0] : token.split("\\.", -1);
        if (parts.length != 3) {
            return null;
        }
        try {
            var claims = new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8);
            return new JsonObject(claims).getString("sub");
        } catch (IllegalArgumentException | DecodeException | ClassCastException notOurs) {
            return null;
        }
    }

    void store(Path file) throws IOException {
        PrivateFiles.folders(file.toAbsolutePath().getParent());
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(fresh);
        PrivateFiles.write(fresh, Json.encode(this), StandardOpenOption.SYNC);
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
