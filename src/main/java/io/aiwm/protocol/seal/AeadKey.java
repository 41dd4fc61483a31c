package io.aiwm.protocol.seal;

import io.aiwm.common.Failure;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * AES-256-GCM under one key, each message under its own number. The caller never uses a number twice with one key. Safe to
 * use from any thread.
 */
final class AeadKey {
    private static final int TAG_BITS = 128;
    private static final int NONCE_BYTES = 12;
    private static final ThreadLocal<Cipher> CIPHER = ThreadLocal.withInitial(AeadKey::cipher);

    private final SecretKeySpec key;

    /** @param key 32 bytes */
    AeadKey(byte[] key) {
        this.key = new SecretKeySpec(key, "AES");
    }

    /** @param bound what the receiver must know to read the message; not sent along */
    byte[] seal(long number, byte[] bound, byte[] plain) {
        try {
            return run(Cipher.ENCRYPT_MODE, number, bound, plain, 0, plain.length);
        } catch (GeneralSecurityException cause) {
            throw new IllegalStateException("AES-256-GCM cannot encrypt", cause);
        }
    }

    /** Fails with FORBIDDEN when the message was not sealed with this key, number and binding. */
    byte[] open(long number, byte[] bound, byte[] sealed, int from) {
        if (sealed.length - from < TAG_BITS / Byte.SIZE) {
            // the JDK throws what is no GeneralSecurityException
            throw new Failure(Failure.Kind.FORBIDDEN, "the message is not a sealed one");
        }
        try {
            return run(Cipher.DECRYPT_MODE, number, bound, sealed, from, sealed.length - from);
        } catch (AEADBadTagException forged) {
            throw new Failure(Failure.Kind.FORBIDDEN, "the message was not sealed by the one it names");
        } catch (GeneralSecurityException cause) {
            throw new Failure(Failure.Kind.FORBIDDEN, "the message is not a sealed one");
        }
    }

    private byte[] run(int mode, long number, byte[] bound, byte[] data, int from, int length)
            throws GeneralSecurityException {
        byte[] nonce =
                ByteBuffer.allocate(NONCE_BYTES).putInt(0).putLong(number).array();
        Cipher cipher = CIPHER.get();
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(bound);
        return cipher.doFinal(data, from, length);
    }

    private static Cipher cipher() {
        try {
            return Cipher.getInstance("AES/GCM/NoPadding");
        } catch (GeneralSecurityException cause) {
            throw new IllegalStateException("this JDK lacks AES-GCM", cause);
        }
    }
}
