package io.aiwm.boot;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The keys that sign tokens and the first password of the user {@code admin}: as configured, or generated at the first
 * start into files only their owner can read.
 *
 * @param jwtKey at least 32 bytes in UTF-8: signs the tokens of nodes, and those of users unless there is a
 *     {@code signingKey}; further secrets of the controllers are derived from it
 * @param signingKey null: none is configured
 * @param passwordFile the file with the generated password; null: it was configured
 */
public record Secrets(String jwtKey, SigningKey signingKey, String adminPassword, Path passwordFile) {
    private static final int KEY_BYTES = 32;
    private static final int LEAST_PASSWORD = 8;
    private static final Set<String> WELL_KNOWN = Set.of(
            "adminadmin",
            "administrator",
            "admin123",
            "admin1234",
            "administrator1",
            "password",
            "password1",
            "password123",
            "passw0rd",
            "p@ssw0rd",
            "changeme",
            "changeit",
            "change-me",
            "changeme123",
            "letmein1",
            "qwertyuiop",
            "qwerty123",
            "12345678",
            "123456789",
            "1234567890",
            "minioadmin",
            "your-password");

    /** Reads or generates what is not configured. Throws {@link StartFailure} naming the file that stands in the way. */
    public static Secrets open(Config config) {
        Path keyFile = config.dataDir().resolve("jwt.key");
        Path passwordFile = config.dataDir().resolve("admin-password");
        String key = config.auth().jwtKey();
        String password = config.auth().adminPassword();
        if (key == null) {
            key = readOrGenerate(keyFile, 48);
            weakKey(key).ifPresent(why -> refuse("auth.jwtKey", keyFile, why));
        }
        SigningKey signingKey = config.auth().signingKey() == null
                ? null
                : SigningKey.parse(config.auth().signingKey());
        if (password != null) {
            return new Secrets(key, signingKey, password, null);
        }
        password = readOrGenerate(passwordFile, 18);
        weakPassword(password).ifPresent(why -> refuse("auth.adminPassword", passwordFile, why));
        return new Secrets(key, signingKey, password, passwordFile);
    }

    /** Returns a value that differs between controllers with different keys for tokens. It is a secret itself. */
    public String tokenKeys() {
        return signingKey == null ? jwtKey : jwtKey + "\n" + signingKey.id();
    }

    /** Returns why this key cannot sign tokens, or nothing. Null stands for a key that will be generated. */
    static Optional<String> weakKey(String key) {
        if (key == null) {
            return Optional.empty();
        }
        int length = key.getBytes(StandardCharsets.UTF_8).length;
        if (length < KEY_BYTES) {
            return Optional.of("is too weak: it has " + length + " bytes and needs at least " + KEY_BYTES);
        }
        return key.chars().distinct().count() < LEAST_PASSWORD
                ? Optional.of("is too weak: it repeats a few characters; take 32 random bytes")
                : Optional.empty();
    }

    /** Returns why this password is too easy to guess, or nothing. Null stands for a password that will be generated. */
    static Optional<String> weakPassword(String password) {
        if (password == null) {
            return Optional.empty();
        }
        if (password.length() < LEAST_PASSWORD) {
            return Optional.of("is too weak: it needs at least " + LEAST_PASSWORD + " characters");
        }
        return WELL_KNOWN.contains(password.toLowerCase(Locale.ROOT))
                        || password.chars().distinct().count() < 3
                ? Optional.of("is too weak: it is among the first that anybody tries")
                : Optional.empty();
    }

    @Override
    public String toString() {
        return "Secrets[masked]";
    }

    private static String readOrGenerate(Path file, int bytes) {
        return SecretFile.readOrCreate(file, () -> {
            byte[] random = new byte[bytes];
            new SecureRandom().nextBytes(random);
            return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        });
    }

    private static void refuse(String key, Path file, String why) {
        throw new StartFailure(key + " in " + file + " " + why);
    }
}
