package io.aiwm.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import org.junit.jupiter.api.Test;

class TokenLifeTest {
    private static final Instant FROM = Instant.parse("2026-01-01T00:00:00Z");

    private static String at(Duration life, Duration beforeEnd) {
        var token = new TokenLife(FROM, FROM.plus(life));
        Instant now = FROM.plus(life).minus(beforeEnd);
        return (token.isRenewable(now) ? "renewable" : "") + (token.endsSoon(now) ? " ends soon" : "");
    }

    @Test
    void it_is_renewed_30_days_before_its_end_and_warned_of_14_days_before() {
        assertThat(at(Duration.ofDays(365), Duration.ofDays(31))).isEmpty();
        assertThat(at(Duration.ofDays(365), Duration.ofDays(30))).isEqualTo("renewable");
        assertThat(at(Duration.ofDays(365), Duration.ofDays(15))).isEqualTo("renewable");
        assertThat(at(Duration.ofDays(365), Duration.ofDays(14))).isEqualTo("renewable ends soon");
    }

    @Test
    void a_short_life_is_renewed_in_its_last_third() {
        assertThat(at(Duration.ofMinutes(60), Duration.ofMinutes(21))).isEmpty();
        assertThat(at(Duration.ofMinutes(60), Duration.ofMinutes(20))).isEqualTo("renewable");
        assertThat(at(Duration.ofMinutes(60), Duration.ofMinutes(10))).isEqualTo("renewable ends soon");
    }

    @Test
    void a_renewal_is_tried_ten_times_in_the_time_there_is_for_it() {
        assertThat(step(Duration.ofSeconds(60))).isEqualTo(Duration.ofSeconds(2));
        assertThat(step(Duration.ofHours(24))).isEqualTo(Duration.ofMinutes(48));
        assertThat(step(Duration.ofDays(365))).isEqualTo(Duration.ofHours(6));
        assertThat(step(Duration.ofSeconds(1))).isEqualTo(Duration.ofSeconds(1));
    }

    private static Duration step(Duration life) {
        return new TokenLife(FROM, FROM.plus(life)).renewalStep();
    }

    @Test
    void a_token_says_it_of_itself_and_what_says_nothing_has_none() {
        assertThat(TokenLife.of(token(new JsonObject().put("iat", 10).put("exp", 20))))
                .isEqualTo(new TokenLife(Instant.ofEpochSecond(10), Instant.ofEpochSecond(20)));
        for (String odd : new String[] {
            null,
            "",
            "secret",
            "a.b.c",
            token(new JsonObject()),
            token(new JsonObject().put("iat", "x").put("exp", 3)),
            token(new JsonObject().put("iat", 20).put("exp", 10)),
            token(new JsonObject().put("iat", 1).put("exp", Long.MAX_VALUE))
        }) {
            assertThat(TokenLife.of(odd)).as(odd).isNull();
        }
    }

    private static String token(JsonObject claims) {
        String middle = Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(claims.encode().getBytes(StandardCharsets.UTF_8));
        return "e30." + middle + ".signature";
    }
}
