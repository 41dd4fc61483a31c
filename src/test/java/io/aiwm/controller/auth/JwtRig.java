package io.aiwm.controller.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.boot.Secrets;
import io.aiwm.boot.SigningKey;
import io.aiwm.common.Failure;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Tokens, at times that a test sets. */
abstract class JwtRig {
    static final String SECRET = "0123456789abcdef0123456789abcdef";
    static final byte[] KEY = SECRET.getBytes(StandardCharsets.UTF_8);
    static final String HEADER = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";

    /** Never closed: a class that fails runs once more in the same process. */
    static final Vertx VERTX = Vertx.vertx();

    Instant now = Instant.parse("2026-11-21T10:00:00Z");
    final InstantSource clock = () -> now;
    JwtTokens tokens = tokens(null);

    JwtTokens tokens(SigningKey signingKey) {
        return new JwtTokens(VERTX, new Secrets(SECRET, signingKey, null, null), clock);
    }

    JsonObject claims() {
        return new JsonObject()
                .put("iss", "aiwm")
                .put("aud", "aiwm-api")
                .put("sub", "admin")
                .put("role", "ADMIN")
                .put("jti", "t1")
                .put("exp", now.getEpochSecond() + 60);
    }

    static String forge(String header, String claims, byte[] key, String algorithm) throws GeneralSecurityException {
        var base64 = Base64.getUrlEncoder().withoutPadding();
        String signed = base64.encodeToString(header.getBytes(StandardCharsets.UTF_8)) + "."
                + base64.encodeToString(claims.getBytes(StandardCharsets.UTF_8));
        Mac mac = Mac.getInstance(algorithm);
        mac.init(new SecretKeySpec(key, algorithm));
        return signed + "." + base64.encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.UTF_8)));
    }

    void refused(String token) {
        assertThatThrownBy(() -> tokens.verifyUser(token))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.kind).isEqualTo(Failure.Kind.UNAUTHENTICATED));
    }

    static KeyPair pair(String kind, String curve) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(kind);
            if (curve == null) {
                generator.initialize(2_048);
            } else {
                generator.initialize(new ECGenParameterSpec(curve));
            }
            return generator.generateKeyPair();
        } catch (GeneralSecurityException cause) {
            throw new AssertionError(cause);
        }
    }

    static String pem(KeyPair pair) {
        return "-----BEGIN PRIVATE KEY-----\n"
                + Base64.getMimeEncoder().encodeToString(pair.getPrivate().getEncoded())
                + "\n-----END PRIVATE KEY-----\n";
    }
}
