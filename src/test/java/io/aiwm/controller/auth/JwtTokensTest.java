package io.aiwm.controller.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.common.Failure;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
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
    private static final byte[] KEY = "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.UTF_8);
    private static final byte[] OTHER = "another-key-another-key-another-k".getBytes(StandardCharsets.UTF_8);
    private static final String HEADER = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";

    private Instant now = Instant.parse("2026-11-21T10:00:00Z");
    private final InstantSource clock = () -> now;
    private final JwtTokens tokens = new JwtTokens(KEY, clock);

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
        assertThatThrownBy(() -> new JwtTokens(new byte[31], clock)).isInstanceOf(IllegalArgumentException.class);
    }
}
