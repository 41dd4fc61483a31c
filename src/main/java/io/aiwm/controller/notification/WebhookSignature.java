package io.aiwm.controller.notification;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Signatures of webhooks as Standard Webhooks has them. Pure. */
final class WebhookSignature {
    private static final String PREFIX = "whsec_";
    private static final String ALGORITHM = "HmacSHA256";
    private static final int LEAST_BYTES = 16;

    private WebhookSignature() {}

    /**
     * Returns the value of the header {@code webhook-signature}; null where the secret is too short.
     *
     * @param secret {@code whsec_} and base64, or any text of at least 16 bytes
     */
    static String of(String secret, String id, long timestamp, String body) {
        byte[] key = key(secret.strip());
        if (key.length < LEAST_BYTES) {
            return null;
        }
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            byte[] signature = mac.doFinal((id + "." + timestamp + "." + body).getBytes(StandardCharsets.UTF_8));
            return "v1," + Base64.getEncoder().encodeToString(signature);
        } catch (GeneralSecurityException everyJavaHasIt) {
            throw new IllegalStateException(everyJavaHasIt);
        }
    }

    private static byte[] key(String secret) {
        if (secret.startsWith(PREFIX)) {
            try {
                return Base64.getDecoder().decode(secret.substring(PREFIX.length()));
            } catch (IllegalArgumentException noBase64) {
                return new byte[0];
            }
        }
        return secret.getBytes(StandardCharsets.UTF_8);
    }
}
