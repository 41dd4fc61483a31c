package io.aiwm.controller.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.boot.Secrets;
import io.aiwm.boot.SigningKey;
import io.aiwm.common.Failure;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens that are signed with the secret, and what is refused as one. */
class JwtTokensTest extends JwtRig {
    private static final byte[] OTHER = "another-key-another-key-another-k".getBytes(StandardCharsets.UTF_8);

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
}
