package io.aiwm.protocol.seal;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Derives keys from a secret: HKDF with HMAC-SHA-256 (RFC 5869), for outputs of at most 32 bytes. */
public final class Hkdf {
    public static final int KEY_BYTES = 32;
    private static final String HMAC = "HmacSHA256";

    private Hkdf() {}

    /**
     * @param secret the input key material, at least 32 bytes of entropy
     * @param salt binds the key to one session; may be empty
     * @param info says what the key is for: two purposes never share a key
     * @return 32 bytes
     */
    public static byte[] derive(byte[] secret, byte[] salt, String info) {
        byte[] extracted = mac(salt.length == 0 ? new byte[KEY_BYTES] : salt, secret);
        byte[] label = info.getBytes(StandardCharsets.UTF_8);
        byte[] block = Arrays.copyOf(label, label.length + 1);
        block[label.length] = 1;
        return mac(extracted, block);
    }

    /** HMAC-SHA-256 of the parts, one after the other; callers make the parts unambiguous. */
    public static byte[] mac(byte[] key, byte[]... parts) {
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(new SecretKeySpec(key, HMAC));
            for (byte[] part : parts) {
                mac.update(part);
            }
            return mac.doFinal();
        } catch (GeneralSecurityException cause) {
            throw new IllegalStateException("this JDK lacks " + HMAC, cause);
        }
    }
}
