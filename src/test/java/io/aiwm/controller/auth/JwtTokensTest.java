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
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JwtTokensTest {
    private static final String SECRET = "0123456789abcdef0123456789abcdef";
    private static final byte[] KEY = SECRET.getBytes(StandardCharsets.UTF_8);
    private static final byte[] OTHER = "another-key-another-key-another-k".getBytes(StandardCharsets.UTF_8);
    private static final String HEADER = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";

    /** Never closed: a class that fails runs once more in the same process. */
    private static final Vertx VERTX = Vertx.vertx();

    private Instant now = Instant.parse("2026-11-21T10:00:00Z");
    private final InstantSource clock = () -> now;
    private JwtTokens tokens = tokens(null);

    private JwtTokens tokens(SigningKey signingKey) {
        return new JwtTokens(VERTX, new Secrets(SECRET, signingKey, null, null), clock);
    }

    private JsonObject claims() {
        return new JsonObject()
                .put("iss", "aiwm")
                .put("aud", "aiwm-api")
                .put("sub", "admin")
                .put("role", "ADMIN")
                .put("jti", "t1")
                .put("exp", now.getEpochSecond() + 60);
    }

    private static String forge(String header, String claims, byte[] key, String algorithm)
            throws GeneralSecurityException {
        var base64 = Base64.getUrlEncoder().withoutPadding();
        String signed = base64.encodeToString(header.getBytes(StandardCharsets.UTF_8)) + "."
                + base64.encodeToString(claims.getBytes(StandardCharsets.UTF_8));
        Mac mac = Mac.getInstance(algorithm);
        mac.init(new SecretKeySpec(key, algorithm));
        return signed + "." + base64.encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.UTF_8)));
    }

    private void refused(String token) {
        assertThatThrownBy(() -> tokens.verifyUser(token))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.kind).isEqualTo(Failure.Kind.UNAUTHENTICATED));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"1e400", "-1e400", "1e308", "1e18", "9223372036854775807", "253402300800", "-1", "\"1\"", "{}"})
    void a_claim_that_is_no_time_is_refused(String number) throws GeneralSecurityException {
        String good = claims().encode();
        String end = "\"exp\":" + (now.getEpochSecond() + 60);
        assertThat(good).contains(end);
        refused(forge(HEADER, good.replace(end, "\"exp\":" + number), KEY, "HmacSHA256"));
        refused(forge(HEADER, good.replace(end, end + ",\"nbf\":" + number), KEY, "HmacSHA256"));
    }

    @Test
    void what_was_issued_is_believed_until_it_expires_also_when_remembered() {
        IssuedToken issued = tokens.issueUser("olga", Role.OPERATOR, Duration.ofMinutes(1));
        Principal olga = tokens.verifyUser(issued.token());
        assertThat(olga).isEqualTo(new Principal("olga", Role.OPERATOR, issued.tokenId(), issued.expiresAt()));
        assertThat(tokens.verifyUser(issued.token())).isSameAs(olga);
        now = now.plusSeconds(60);
        refused(issued.token());
    }

    @Test
    void a_forged_token_with_good_claims_is_the_control_of_this_test() throws GeneralSecurityException {
        assertThat(tokens.verifyUser(forge(HEADER, claims().encode(), KEY, "HmacSHA256"))
                        .name())
                .isEqualTo("admin");
    }

    @Test
    void another_key_is_refused() throws GeneralSecurityException {
        refused(forge(HEADER, claims().encode(), OTHER, "HmacSHA256"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"alg\":\"none\"}",
                "{\"alg\":\"HS512\"}",
                "{\"alg\":\"RS256\"}",
                "{}",
                "{\"alg\":7}",
                "{\"alg\":\"HS256\",\"crit\":[\"x\"]}",
                "[]"
            })
    void another_algorithm_is_refused_even_with_a_good_signature(String header) throws GeneralSecurityException {
        refused(forge(header, claims().encode(), KEY, "HmacSHA256"));
    }

    @Test
    void another_digest_or_no_signature_is_refused() throws GeneralSecurityException {
        String good = forge(HEADER, claims().encode(), KEY, "HmacSHA256");
        refused(forge("{\"alg\":\"HS512\"}", claims().encode(), KEY, "HmacSHA512"));
        refused(good.substring(0, good.lastIndexOf('.') + 1));
        refused(good.substring(0, good.lastIndexOf('.')));
        refused(good + ".x");
    }

    @ParameterizedTest
    @ValueSource(strings = {"iss", "aud", "exp", "sub", "jti", "role"})
    void a_missing_claim_is_refused(String claim) throws GeneralSecurityException {
        JsonObject claims = claims();
        claims.remove(claim);
        refused(forge(HEADER, claims.encode(), KEY, "HmacSHA256"));
    }

    @Test
    void claims_of_others_or_of_another_time_are_refused() throws GeneralSecurityException {
        refused(forge(HEADER, claims().put("iss", "other").encode(), KEY, "HmacSHA256"));
        refused(forge(HEADER, claims().put("aud", "other").encode(), KEY, "HmacSHA256"));
        refused(forge(HEADER, claims().put("exp", now.getEpochSecond()).encode(), KEY, "HmacSHA256"));
        refused(forge(HEADER, claims().put("exp", "tomorrow").encode(), KEY, "HmacSHA256"));
        refused(forge(HEADER, claims().put("nbf", now.getEpochSecond() + 9).encode(), KEY, "HmacSHA256"));
        refused(forge(HEADER, claims().put("role", "KING").encode(), KEY, "HmacSHA256"));
        refused(forge(HEADER, claims().put("role", "NODE").encode(), KEY, "HmacSHA256"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "x", "..", "a.b.c", "%.%.%"})
    void garbage_is_refused(String token) {
        refused(token);
    }

    @Test
    void a_nodes_token_opens_nothing_of_the_api_and_a_users_token_no_session() {
        IssuedToken nodes = tokens.issueNode("n1", Duration.ofHours(1));
        refused(nodes.token());
        assertThat(tokens.verifyNode(nodes.token()).name()).isEqualTo("n1");
        refused(nodes.token());
        String users =
                tokens.issueUser("admin", Role.ADMIN, Duration.ofHours(1)).token();
        assertThatThrownBy(() -> tokens.verifyNode(users))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.kind).isEqualTo(Failure.Kind.FORBIDDEN));
    }

    @Test
    void a_short_key_is_refused() {
        assertThatThrownBy(() -> new JwtTokens(VERTX, new Secrets("x".repeat(31), null, null, null), clock))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** As the version before this library was used wrote it. */
    @Test
    void tokens_that_were_issued_before_stay_valid() {
        String issued = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
                + ".eyJpc3MiOiJhaXdtIiwiYXVkIjoiYWl3bS1ub2RlIiwic3ViIjoibm9kZV8xIiwicm9sZSI6Ik5PREUiLCJ2ZXIiOjAsImp0aSI6InRva18xIiwiaWF0IjoxNzk1MTY4ODAwLCJleHAiOjE4MjY3MDQ4MDB9"
                + ".BMJ-o8SrEqySYmcD-HrDBl0zw2tZN_J02cS0-mHqtag";
        assertThat(tokens.verifyNode(issued).name()).isEqualTo("node_1");
        assertThat(tokens.signNode(issued.substring(0, issued.lastIndexOf('.'))))
                .isEqualTo(issued);
        tokens = tokens(SigningKey.parse(pem(pair("EC", "secp256r1"))));
        assertThat(tokens.verifyNode(issued).tokenId()).isEqualTo("tok_1");
    }

    @Test
    void a_node_token_is_known_by_its_first_two_parts() {
        for (SigningKey users : new SigningKey[] {null, SigningKey.parse(pem(pair("EC", "secp256r1")))}) {
            tokens = tokens(users);
            String token = tokens.issueNode("n1", Duration.ofHours(1)).token();
            assertThat(tokens.signNode(token.substring(0, token.lastIndexOf('.'))))
                    .isEqualTo(token);
        }
    }

    @Test
    void a_token_that_is_too_long_is_refused_before_anything_of_it_is_read() throws GeneralSecurityException {
        String good = forge(HEADER, claims().put("x", "y".repeat(2_000)).encode(), KEY, "HmacSHA256");
        assertThat(tokens.verifyUser(good).name()).isEqualTo("admin");
        String tooLong = forge(HEADER, claims().put("x", "y".repeat(4_000)).encode(), KEY, "HmacSHA256");
        assertThatThrownBy(() -> tokens.verifyUser(tooLong)).hasMessageContaining("too long");
        assertThatThrownBy(() -> tokens.signNode(tooLong.substring(0, tooLong.lastIndexOf('.'))))
                .hasMessageContaining("malformed");
        String deep = "[".repeat(2_900);
        refused(forge(HEADER, deep, KEY, "HmacSHA256"));
        refused(forge(deep, claims().encode(), KEY, "HmacSHA256"));
    }

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

    private static KeyPair pair(String kind, String curve) {
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

    private static String pem(KeyPair pair) {
        return "-----BEGIN PRIVATE KEY-----\n"
                + Base64.getMimeEncoder().encodeToString(pair.getPrivate().getEncoded())
                + "\n-----END PRIVATE KEY-----\n";
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
