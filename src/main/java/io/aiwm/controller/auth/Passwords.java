package io.aiwm.controller.auth;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * Salted, slow hashes of passwords: PBKDF2 with HMAC-SHA-512. A call takes about a tenth of a second by design, so it never runs on an
 * event loop.
 */
final class Passwords {
    private static final String ALGORITHM = "PBKDF2WithHmacSHA512";
    /** The count that OWASP recommends for this algorithm, where the configuration names no other; each hash keeps its own. */
    static final int ITERATIONS = 210_000;

    private static final int MAX_ITERATIONS = 10_000_000;
    private static final int HASH_BITS = 256;
    private static final SecureRandom RANDOM = new SecureRandom();

    private Passwords() {}

    /** For example {@code pbkdf2-sha512$210000$<salt>$<hash>}. */
    static String hash(String password, int iterations) {
        byte[] salt = new byte[16];
        RANDOM.nextBytes(salt);
        var base64 = Base64.getEncoder().withoutPadding();
        return "pbkdf2-sha512$" + iterations + "$" + base64.encodeToString(salt) + "$"
                + base64.encodeToString(derive(password, salt, iterations));
    }

    static boolean matches(String password, String stored) {
        String[] parts = stored.split("\\$");
        if (parts.length != 4 || !parts[0].equals("pbkdf2-sha512")) {
            return false;
        }
        int iterations = Math.min(Integer.parseInt(parts[1]), MAX_ITERATIONS);
        byte[] salt = Base64.getDecoder().decode(parts[2]);
        return MessageDigest.isEqual(Base64.getDecoder().decode(parts[3]), derive(password, salt, iterations));
    }

    private static byte[] derive(String password, byte[] salt, int iterations) {
        var spec = new PBEKeySpec(password.toCharArray(), salt, iterations, HASH_BITS);
        try {
            return SecretKeyFactory.getInstance(ALGORITHM).generateSecret(spec).getEncoded();
        } catch (GeneralSecurityException cause) {
            throw new IllegalStateException("this JDK lacks " + ALGORITHM, cause);
        } finally {
            spec.clearPassword();
        }
    }
}
