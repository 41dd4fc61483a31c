package io.aiwm.controller.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.protocol.Failure.FieldError;
import io.aiwm.protocol.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;

class JobRulesTest {
    private static final String MOST = "x".repeat(131_072 - 258);

    private static List<String> wrong(JsonObject job) {
        return JobRules.check(Json.decode(job.put("image", "a"), JobRequest.class), null, "").stream()
                .map(FieldError::pointer)
                .toList();
    }

    @Test
    void a_word_that_no_program_can_be_given_is_refused_and_one_byte_less_is_not() {
        String tooLong = MOST + "x";
        assertThat(wrong(new JsonObject().put("command", tooLong))).containsExactly("/command");
        assertThat(wrong(new JsonObject()
                        .put("command", JsonArray.of("a", tooLong))
                        .put("entrypoint", JsonArray.of(tooLong))
                        .put("env", new JsonObject().put("A", tooLong))))
                .containsExactlyInAnyOrder("/command/1", "/entrypoint/0", "/env/A");
        assertThat(wrong(new JsonObject()
                        .put("command", JsonArray.of("a", MOST))
                        .put("env", new JsonObject().put("A", MOST))))
                .isEmpty();
        assertThat(wrong(new JsonObject().put("command", "ü".repeat(70_000))))
                .as("bytes, not characters")
                .containsExactly("/command");
    }

    @Test
    void a_name_is_one_line_of_text() {
        assertThat(wrong(new JsonObject().put("name", "a\nb"))).containsExactly("/name");
        assertThat(wrong(new JsonObject().put("name", "a b ü"))).isEmpty();
    }
}
