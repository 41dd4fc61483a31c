package io.aiwm.boot;

import io.aiwm.protocol.seal.Hkdf;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * The secret that only members of one cluster know: one key of 32 bytes, or two while the key is being replaced. A process
 * that proves it knows one of them is a member. The handshake on the cluster port ({@link MemberHandshake}) and the certificates
 * of the event bus ({@link BusTls}) are derived from it.
 */
public final class ClusterKey {
    static final int BYTES = 32;
    private static final int MAX_KEYS = 2;
    private static final String FILE = "cluster.key";
    private static final String SEPARATORS = "\n\r\t ,";

    private final List<byte[]> keys;

    private ClusterKey(List<byte[]> keys) {
        this.keys = keys;
    }

    /**
     * As configured, or from {@code cluster.key} under the data directory. A controller makes the file at its first start
     * from the key that signs tokens: controllers that share that key, as those of one installation do, are members of one
     * cluster without further ado. Throws {@link StartFailure}: none for a worker, unreadable, malformed.
     *
     * @param secrets null for a worker
     */
    static ClusterKey open(Config config, Secrets secrets) {
        if (config.cluster().key() != null) {
            return parse(config.cluster().key());
        }
        Path file = file(config);
        if (secrets == null && !Files.exists(file)) {
            throw new StartFailure("this worker is to join the cluster "
                    + config.cluster().name()
                    + " and has no cluster.key: write what 'aiwm cluster key' prints beside a controller into " + file
                    + " (chmod 600), or name a file with AIWM_CLUSTER_KEY_FILE; a worker that only knows a"
                    + " controller's address connects with CONTROLLER_WS_URL instead");
        }
        String text = secrets == null
                ? SecretFile.readOnly(file)
                : SecretFile.readOrCreate(file, () -> text(derived(secrets)));
        unfit(text).ifPresent(why -> {
            throw new StartFailure("cluster.key in " + file + " " + why);
        });
        return parse(text);
    }

    static Path file(Config config) {
        return config.dataDir().resolve(FILE);
    }

    /** Returns why this text is not a cluster key, or nothing. Null stands for a key in its file. */
    static Optional<String> unfit(String text) {
        if (text == null) {
            return Optional.empty();
        }
        List<String> words = words(text);
        if (words.isEmpty() || words.size() > MAX_KEYS) {
            return Optional.of("must hold one key, or two while it is exchanged, as 'aiwm cluster key' prints them");
        }
        boolean good = words.stream().allMatch(word -> bytes(word) != null);
        return good
                ? Optional.empty()
                : Optional.of("must hold keys of " + BYTES + " bytes in base64url, as 'aiwm cluster key' prints them");
    }

    static ClusterKey parse(String text) {
        return new ClusterKey(words(text).stream().map(ClusterKey::bytes).toList());
    }

    /** Returns a new key followed by the newest of these; an older one is dropped. */
    ClusterKey rotated() {
        byte[] fresh = new byte[BYTES];
        new SecureRandom().nextBytes(fresh);
        return new ClusterKey(List.of(fresh, keys.get(0)));
    }

    /** Returns only the newest key. */
    ClusterKey newestAlone() {
        return new ClusterKey(List.of(keys.get(0)));
    }

    int size() {
        return keys.size();
    }

    /** Derives from each key one key for the given purpose, the newest first. */
    List<byte[]> derive(String purpose) {
        return keys.stream().map(key -> Hkdf.derive(key, new byte[0], purpose)).toList();
    }

    /** Returns the form that {@code aiwm cluster key} prints: one key per line. */
    String text() {
        return String.join("\n", keys.stream().map(ClusterKey::text).toList());
    }

    @Override
    public String toString() {
        return "ClusterKey[masked]";
    }

    private static byte[] derived(Secrets secrets) {
        return Hkdf.derive(secrets.jwtKey().getBytes(StandardCharsets.UTF_8), new byte[0], "aiwm cluster key 1");
    }

    private static String text(byte[] key) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(key);
    }

    private static List<String> words(String text) {
        var words = new ArrayList<String>();
        var tokens = new java.util.StringTokenizer(text, SEPARATORS);
        while (tokens.hasMoreTokens()) {
            words.add(tokens.nextToken());
        }
        return words;
    }

    /** Null when it is none. */
    private static byte[] bytes(String word) {
        try {
            byte[] key = Base64.getUrlDecoder().decode(word);
            return key.length == BYTES ? key : null;
        } catch (IllegalArgumentException malformed) {
            return null;
        }
    }
}
