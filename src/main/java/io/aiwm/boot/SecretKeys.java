package io.aiwm.boot;

import io.aiwm.protocol.seal.Hkdf;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.StringTokenizer;

/** The keys of stored secrets, 32 bytes each: one seals, and all of them open. */
public final class SecretKeys {
    static final int MOST_PREVIOUS = 8;
    private static final int BYTES = 32;
    private static final String FILE = "secrets.key";
    private static final String SEPARATORS = "\n\r\t ,";

    private final byte[] current;
    private final List<byte[]> previous;

    private SecretKeys(byte[] current, List<byte[]> previous) {
        this.current = current;
        this.previous = List.copyOf(previous);
    }

    /**
     * Returns the keys as configured. Without {@code secrets.key}, reads it from {@code secrets.key} under the data directory,
     * which the first start makes: from {@code auth.jwtKey} where one is configured, so that controllers which share that key share
     * this one, too. Throws {@link StartFailure} naming the file that stands in the way.
     */
    public static SecretKeys open(Config config) {
        Path file = config.dataDir().resolve(FILE);
        String key = config.secrets().key();
        if (key == null) {
            key = SecretFile.readOrCreate(file, () -> first(config.auth().jwtKey()));
            unfit(key, 1).ifPresent(why -> {
                throw new StartFailure("secrets.key in " + file + " " + why);
            });
        }
        String previous = config.secrets().previousKeys();
        return new SecretKeys(parse(key).get(0), previous == null ? List.of() : parse(previous));
    }

    /** @param tokenKey null: none is configured */
    private static String first(String tokenKey) {
        byte[] key = new byte[BYTES];
        if (tokenKey == null) {
            new SecureRandom().nextBytes(key);
        } else {
            key = Hkdf.derive(tokenKey.getBytes(StandardCharsets.UTF_8), new byte[0], "aiwm secrets key 1");
        }
        return Base64.getUrlEncoder().withoutPadding().encodeToString(key);
    }

    /** Returns why this text does not hold one to {@code most} keys, or nothing. Null stands for a key in its file. */
    static Optional<String> unfit(String text, int most) {
        if (text == null) {
            return Optional.empty();
        }
        List<byte[]> keys = parse(text);
        if (keys.isEmpty() || keys.size() > most) {
            return Optional.of(most == 1 ? "must hold one key" : "must hold 1 to " + most + " keys");
        }
        return keys.contains(null)
                ? Optional.of("must hold " + BYTES + " bytes in base64, as 'openssl rand -base64 32' prints them")
                : Optional.empty();
    }

    private static List<byte[]> parse(String text) {
        var keys = new ArrayList<byte[]>();
        var words = new StringTokenizer(text, SEPARATORS);
        while (words.hasMoreTokens()) {
            keys.add(bytes(words.nextToken()));
        }
        return keys;
    }

    /** Reads either alphabet of base64. Returns null for what is no key. */
    private static byte[] bytes(String word) {
        try {
            byte[] key = Base64.getUrlDecoder()
                    .decode(word.replace('+', '-').replace('/', '_').replace("=", ""));
            return key.length == BYTES ? key : null;
        } catch (IllegalArgumentException malformed) {
            return null;
        }
    }

    /** Returns the key that seals. */
    public byte[] current() {
        return current.clone();
    }

    /** Returns the further keys that open. */
    public List<byte[]> previous() {
        return previous.stream().map(byte[]::clone).toList();
    }

    @Override
    public String toString() {
        return "SecretKeys[masked]";
    }
}
