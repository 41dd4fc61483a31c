package io.aiwm.controller.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A pattern that tries a place twice takes minutes over these texts, and here it holds an event loop. */
@Timeout(20)
class SecretsTest {
    private static final int LARGE = 1_000_000;

    @ParameterizedTest
    @CsvSource({
        "HF_TOKEN, x, true",
        "DB_PASSWORD, x, true",
        "api-key, x, false",
        "API_KEY, x, true",
        "KEY, x, true",
        "MONKEY, x, false",
        "MAX_TOKENS, x, false",
        "TOKENIZERS_PARALLELISM, x, false",
        "DB, postgres://user:word@host/db, true",
        "DB, see postgres://:word@host, true",
        "DB, postgres://user@host/db, false",
        "DB, postgres://user:@host/db, false",
        "DB, '1://a:b@c', false",
        "DB, 'a1://a:b@c', true"
    })
    void what_is_secret_is_known_by_its_name_or_as_a_url_with_a_password(String name, String value, boolean secret) {
        assertThat(Secrets.isSecret(name, value)).isEqualTo(secret);
    }

    @Test
    void a_url_is_found_wherever_a_regular_expression_found_it() {
        var before = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*://[^/\\s:@]*:[^/\\s@]+@");
        var random = new Random(9);
        String[] pieces = {"a", "1", "+", ":", "/", "@", " ", "\n", "://", "a://u:p@", "é"};
        for (int i = 0; i < 50_000; i++) {
            var text = new StringBuilder();
            for (int j = random.nextInt(12); j >= 0; j--) {
                text.append(pieces[random.nextInt(pieces.length)]);
            }
            assertThat(Secrets.isSecret("DB", text.toString()))
                    .as(text.toString())
                    .isEqualTo(before.matcher(text).find());
        }
    }

    @Test
    void a_large_value_takes_no_longer_than_reading_it() {
        assertThat(Secrets.isSecret("V", "a".repeat(LARGE))).isFalse();
        assertThat(Secrets.isSecret("V", "a:".repeat(LARGE))).isFalse();
        assertThat(Secrets.isSecret("V", "1".repeat(LARGE) + "://")).isFalse();
        assertThat(Secrets.isSecret("V", "a://".repeat(LARGE))).isFalse();
        assertThat(Secrets.isSecret("V", "a://b:" + ":".repeat(LARGE))).isFalse();
        assertThat(Secrets.isSecret("V", "a".repeat(LARGE) + "://b:c@")).isTrue();
    }

    @Test
    void a_large_name_takes_no_longer_than_reading_it() {
        assertThat(Secrets.isSecret("auth".repeat(LARGE) + "\n", "x")).isTrue();
        assertThat(Secrets.isSecret("a".repeat(LARGE), "x")).isFalse();
    }
}
