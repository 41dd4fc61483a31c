package io.aiwm.controller.secret;

import io.aiwm.common.Sha256;
import io.aiwm.protocol.seal.Hkdf;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Seals values for the store with AES-256-GCM under a random nonce. A sealed value is bound to the name and the number of its
 * secret: copied to another one, it does not open. Safe to use from any thread.
 */
public final class SecretCipher {
    private static final int TAG_BITS = 128;
    private static final int NONCE_BYTES = 12;
    private static final int ID_CHARS = 16;

    private final SecureRandom random = new SecureRandom();
    private final Map<String, SecretKeySpec> keys = new LinkedHashMap<>();
    private final String currentId;

    /** @param current 32 bytes: seals and opens. @param previous open only */
    public SecretCipher(byte[] current, List<byte[]> previous) {
        currentId = idOf(current);
        keys.put(currentId, new SecretKeySpec(current, "AES"));
        previous.forEach(key -> keys.putIfAbsent(idOf(key), new SecretKeySpec(key, "AES")));
    }

    /** @param keyId of the key that it is sealed with. @param text nonce and ciphertext, in base64 */
    record Sealed(String keyId, String text) {}

    /** Tells keys apart and says nothing of the key. */
    private static String idOf(byte[] key) {
        return Sha256.hex(Hkdf.derive(key, new byte[0], "aiwm stored secrets key print"))
                .substring(0, ID_CHARS);
    }

    /** Returns the id of the key that seals. */
    String keyId() {
        return currentId;
    }

    /** Returns the ids of all keys that open. */
    List<String> keyIds() {
        return List.copyOf(keys.keySet());
    }

    Sealed seal(String name, int number, String value) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        try {
            byte[] text = cipher(Cipher.ENCRYPT_MODE, currentId, nonce, name, number)
                    .doFinal(value.getBytes(StandardCharsets.UTF_8));
            byte[] all = new byte[nonce.length + text.length];
            System.arraycopy(nonce, 0, all, 0, nonce.length);
            System.arraycopy(text, 0, all, nonce.length, text.length);
            return new Sealed(currentId, Base64.getEncoder().encodeToString(all));
        } catch (GeneralSecurityException cause) {
            throw new IllegalStateException("AES-256-GCM cannot encrypt", cause);
        }
    }

    /** Returns the value; empty if no key of this controller opens it for this name and number. */
    Optional<String> open(String name, int number, Sealed sealed) {
        if (!keys.containsKey(sealed.keyId())) {
            return Optional.empty();
        }
        try {
            byte[] all = Base64.getDecoder().decode(sealed.text());
            if (all.length < NONCE_BYTES + TAG_BITS / Byte.SIZE) {
                return Optional.empty();
            }
            byte[] nonce = new byte[NONCE_BYTES];
            System.arraycopy(all, 0, nonce, 0, NONCE_BYTES);
            byte[] value = cipher(Cipher.DECRYPT_MODE, sealed.keyId(), nonce, name, number)
                    .doFinal(all, NONCE_BYTES, all.length - NONCE_BYTES);
            return Optional.of(new String(value, StandardCharsets.UTF_8));
        } catch (GeneralSecurityException | IllegalArgumentException damaged) {
            return Optional.empty();
        }
    }

    private Cipher cipher(int mode, String keyId, byte[] nonce, String name, int number)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, keys.get(keyId), new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(("aiwm stored secret 1\n" + name + "\n" + number).getBytes(StandardCharsets.UTF_8));
        return cipher;
    }

    @Override
    public String toString() {
        return "SecretCipher[" + currentId + "]";
    }
}
