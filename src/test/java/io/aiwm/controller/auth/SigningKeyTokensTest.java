package io.aiwm.controller.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.boot.SigningKey;
import io.aiwm.common.Failure;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.Signature;
import java.time.Duration;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens of users that are signed with a key pair. */
class SigningKeyTokensTest extends JwtRig {
    @Test
    void a_key_id_that_nobody_gave_is_refused() throws GeneralSecurityException {
        refused(forge("{\"alg\":\"HS256\",\"kid\":\"k\"}", claims().encode(), KEY, "HmacSHA256"));
        refused(forge("{\"alg\":\"HS256\",\"kid\":null,\"crit\":null}", claims().encode(), KEY, "HmacSHA256"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"RSA", "EC"})
    void with_a_signing_key_others_can_check_what_users_bring(String kind) throws GeneralSecurityException {
        KeyPair pair = kind.equals("RSA") ? pair("RSA", null) : pair("EC", "secp256r1");
        SigningKey key = SigningKey.parse(pem(pair));
        tokens = tokens(key);

        String token =
                tokens.issueUser("olga", Role.OPERATOR, Duration.ofHours(1)).token();

        assertThat(tokens.verifyUser(token).name()).isEqualTo("olga");
        String[] parts = token.split("\\.");
        var header = new JsonObject(new String(Base64.getUrlDecoder().decode(parts[0]), StandardCharsets.UTF_8));
        assertThat(header.getString("alg")).isEqualTo(kind.equals("RSA") ? "RS256" : "ES256");
        assertThat(header.getString("kid")).isEqualTo(key.id());
        Signature check = Signature.getInstance(kind.equals("RSA") ? "SHA256withRSA" : "SHA256withECDSAinP1363Format");
        check.initVerify(pair.getPublic());
        check.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
        assertThat(check.verify(Base64.getUrlDecoder().decode(parts[2]))).isTrue();
        assertThatThrownBy(() -> tokens.verifyNode(token))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.kind).isEqualTo(Failure.Kind.FORBIDDEN));
        refused(tokens.issueNode("n1", Duration.ofHours(1)).token());
        now = now.plusSeconds(3_600);
        refused(token);
    }

    @Test
    void with_a_signing_key_no_other_key_or_algorithm_signs_for_a_user() throws GeneralSecurityException {
        KeyPair pair = pair("RSA", null);
        SigningKey key = SigningKey.parse(pem(pair));
        tokens = tokens(key);
        String claims = claims().encode();
        String kid = ",\"kid\":\"" + key.id() + "\"}";
        String rs256 = "{\"alg\":\"RS256\"" + kid;
        assertThat(tokens.verifyUser(signed(rs256, claims, pair, "SHA256withRSA"))
                        .name())
                .isEqualTo("admin");

        byte[] publicKey = key.publicKey().getBytes(StandardCharsets.US_ASCII);
        for (byte[] guess : new byte[][] {publicKey, pair.getPublic().getEncoded(), KEY}) {
            for (String header : new String[] {HEADER, "{\"alg\":\"HS256\"" + kid, rs256}) {
                refused(forge(header, claims, guess, "HmacSHA256"));
            }
        }
        refused(signed("{\"alg\":\"none\"" + kid, claims, pair, "SHA256withRSA"));
        refused(signed("{\"alg\":\"RS512\"" + kid, claims, pair, "SHA512withRSA"));
        refused(signed(rs256, claims, pair("RSA", null), "SHA256withRSA"));
        refused(signed("{\"alg\":\"RS256\"}", claims, pair, "SHA256withRSA"));
        refused(signed("{\"alg\":\"RS256\",\"kid\":\"other\"}", claims, pair, "SHA256withRSA"));
        refused(signed("{\"alg\":\"RS256\",\"kid\":7}", claims, pair, "SHA256withRSA"));
        String node = claims().put("aud", "aiwm-node").put("role", "NODE").encode();
        String nodes = signed(rs256, node, pair, "SHA256withRSA");
        assertThatThrownBy(() -> tokens.verifyNode(nodes)).hasMessageContaining("not accepted");
        assertThat(tokens.verifyNode(forge(HEADER, node, KEY, "HmacSHA256")).name())
                .isEqualTo("admin");
    }

    @Test
    void a_signature_of_another_curve_or_of_zeros_is_refused() throws GeneralSecurityException {
        KeyPair pair = pair("EC", "secp256r1");
        SigningKey key = SigningKey.parse(pem(pair));
        tokens = tokens(key);
        String claims = claims().encode();
        String kid = ",\"kid\":\"" + key.id() + "\"}";
        String es256 = "{\"alg\":\"ES256\"" + kid;
        String form = "SHA256withECDSAinP1363Format";
        String good = signed(es256, claims, pair, form);
        assertThat(tokens.verifyUser(good).name()).isEqualTo("admin");

        refused(signed(es256, claims, pair("EC", "secp256r1"), form));
        refused(signed(es256, claims, pair("EC", "secp384r1"), form));
        refused(signed("{\"alg\":\"ES384\"" + kid, claims, pair("EC", "secp384r1"), "SHA384withECDSAinP1363Format"));
        refused(signed("{\"alg\":\"ES512\"" + kid, claims, pair, form));
        String unsigned = good.substring(0, good.lastIndexOf('.') + 1);
        for (int bytes : new int[] {0, 1, 63, 64, 65, 72, 300}) {
            refused(unsigned + Base64.getUrlEncoder().withoutPadding().encodeToString(new byte[bytes]));
        }
    }

    private static String signed(String header, String claims, KeyPair pair, String algorithm)
            throws GeneralSecurityException {
        var base64 = Base64.getUrlEncoder().withoutPadding();
        String text = base64.encodeToString(header.getBytes(StandardCharsets.UTF_8)) + "."
                + base64.encodeToString(claims.getBytes(StandardCharsets.UTF_8));
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(pair.getPrivate());
        signature.update(text.getBytes(StandardCharsets.US_ASCII));
        return text + "." + base64.encodeToString(signature.sign());
    }
}
