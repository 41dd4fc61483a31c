package io.aiwm.protocol;

import io.aiwm.protocol.seal.Hkdf;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;

/**
 * Lets a worker read one content from one other worker for a short time. The controller makes it with the key of the worker
 * that serves, which that worker was given at its registration: {@code <seconds since the epoch>.<HMAC-SHA-256 in base64url>}
 * of {@code aiwm model peer 1}, the digest and the seconds, each followed by a line feed.
 */
public final class PeerToken {
    private static final String PURPOSE = "aiwm model peer 1";

    private PeerToken() {}

    /** The key of a node that serves, from a secret that all controllers share. */
    public static byte[] key(byte[] secret, String nodeId) {
        return Hkdf.derive(secret, new byte[0], PURPOSE + " key of " + nodeId);
    }

    public static String make(byte[] key, String sha256, Instant expiresAt) {
        return expiresAt.getEpochSecond() + "." + proof(key, sha256, expiresAt.getEpochSecond());
    }

    /** Whether it opens this content now. @param token may be null, and anything */
    public static boolean opens(String token, byte[] key, String sha256, Instant now) {
        int dot = token == null || token.length() > 128 ? -1 : token.indexOf('.');
        if (dot < 1 || dot > 12 || !token.substring(0, dot).chars().allMatch(Character::isDigit)) {
            return false;
        }
        long expires = Long.parseLong(token.substring(0, dot));
        byte[] wanted = proof(key, sha256, expires).getBytes(StandardCharsets.US_ASCII);
        byte[] given = token.substring(dot + 1).getBytes(StandardCharsets.UTF_8);
        return MessageDigest.isEqual(wanted, given) && now.getEpochSecond() < expires;
    }

    private static String proof(byte[] key, String sha256, long expires) {
        String said = PURPOSE + "\n" + sha256 + "\n" + expires + "\n";
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(Hkdf.mac(key, said.getBytes(StandardCharsets.UTF_8)));
    }
}
