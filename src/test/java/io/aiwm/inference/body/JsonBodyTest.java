package io.aiwm.inference.body;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.inference.GatewayError;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonBodyTest {
    private static JsonBody read(String text) {
        return JsonBody.read(Buffer.buffer(text));
    }

    private static final List<String> OPTIONS = List.of(
            "{}",
            "{ }",
            "null",
            "{\"include_usage\":false}",
            "{\"x\":[1,{}],\"include_usage\" : null }",
            "{\"x\":\"}\"}");

    @Test
    void what_is_sent_on_differs_in_the_model_and_the_wish_for_usage_alone() {
        var random = new Random(7);
        for (int i = 0; i < 3_000; i++) {
            String options = random.nextBoolean() ? null : OPTIONS.get(random.nextInt(OPTIONS.size()));
            boolean stream = random.nextBoolean();
            var fields = new ArrayList<String>(List.of(
                    "\"model\" : \"m\\u00f6del\\\"s\"",
                    "\"stream\":" + stream,
                    "\"messages\":[{\"role\":\"user\",\"content\":\"é\\\\ \\\"model\\\": x 𝄞\"}]",
                    "\"x_" + i + "\":{\"model\":\"inner\",\"stream\":true,\"stream_options\":1}"));
            if (options != null) {
                fields.add("\"stream_options\" :" + options);
            }
            Collections.shuffle(fields, random);
            String text = " {" + String.join(random.nextBoolean() ? " , " : ",", fields) + "}\n";
            String upstream = random.nextBoolean() ? "other \"é\"" : null;
            JsonObject wanted = new JsonObject(text);
            if (upstream != null) {
                wanted.put("model", upstream);
            }
            if (stream) {
                JsonObject now = wanted.getJsonObject("stream_options", new JsonObject());
                wanted.put("stream_options", (now == null ? new JsonObject() : now).put("include_usage", true));
            }
            Buffer sent = read(text).forUpstream(upstream, true);
            assertThat(new JsonObject(sent)).as(text).isEqualTo(wanted);
            assertThat(sent.toString())
                    .contains(fields.get(fields.indexOf(fields.stream()
                            .filter(each -> each.startsWith("\"x_"))
                            .findFirst()
                            .orElseThrow())));
        }
    }

    @Test
    void what_is_not_changed_is_not_copied() {
        Buffer source = Buffer.buffer("{\"model\":\"m\"}");
        assertThat(JsonBody.read(source).forUpstream("m", true)).isSameAs(source);
        assertThat(JsonBody.read(source).forUpstream(null, true)).isSameAs(source);
    }

    @Test
    void tokens_are_estimated_from_texts_and_not_from_pictures() {
        String words = "word ".repeat(400);
        JsonBody plain =
                read("{\"model\":\"m\",\"max_tokens\":5,\"n\":2,\"messages\":[{\"role\":\"user\",\"content\":\"" + words
                        + "\"}]}");
        assertThat(plain.promptTokens()).isBetween(490L, 520L);
        assertThat(plain.answerTokens()).isEqualTo(10);
        assertThat(plain.prompt(40)).startsWith("[{\"role\":\"user\"").hasSize(40);
        String picture = "data:image/png;base64," + "A".repeat(900_000);
        var content = new JsonArray()
                .add(new JsonObject().put("type", "image_url").put("image_url", new JsonObject().put("url", picture)));
        var asked = new JsonObject()
                .put("model", "m")
                .put("messages", new JsonArray().add(new JsonObject().put("content", content)));
        assertThat(read(asked.encode()).promptTokens()).isLessThan(1_100);
        assertThat(read("{\"model\":\"m\"}").answerTokens()).isEqualTo(256);
    }

    @ParameterizedTest
    @CsvSource({
        "2147483646, 2147483646",
        "2147483647, 2147483647",
        "2147483648, 2147483647",
        "4294967297, 2147483647",
        "99999999999999999999999, 2147483647",
        "1e300, 2147483647",
        "1e999, 2147483647",
        "99.5, 100",
        "0.1, 1",
        // as without a limit
        "0, 256",
        "-1, 256",
        "-2147483649, 256",
        "null, 256"
    })
    void what_may_be_answered_is_never_taken_for_less_than_was_asked_for(String most, long tokens) {
        for (String name : List.of("max_tokens", "max_completion_tokens", "max_output_tokens")) {
            String body = "{\"model\":\"m\",\"" + name + "\":" + most;
            assertThat(read(body + "}").answerTokens()).isEqualTo(tokens);
            assertThat(read(body + ",\"n\":3,\"best_of\":2}").answerTokens()).isEqualTo(3 * tokens);
            assertThat(read(body + ",\"n\":1,\"best_of\":4294967296}").answerTokens())
                    .isEqualTo(128 * tokens);
        }
    }

    @Test
    void other_encodings_and_more_than_one_value_are_refused() {
        for (byte[] bytes : List.of(
                "{\"model\":\"m\"}".getBytes(StandardCharsets.UTF_16LE),
                "\uFEFF{\"model\":\"m\"}".getBytes(StandardCharsets.UTF_8),
                "{\"model\":\"m\"}{}".getBytes(StandardCharsets.UTF_8),
                "{\"model\":\"m\",\"stream\":true,\"stream\":false}".getBytes(StandardCharsets.UTF_8),
                "{\"model\":\"m\",\"x\":\"\\x\"}".getBytes(StandardCharsets.UTF_8),
                "".getBytes(StandardCharsets.UTF_8))) {
            assertThatThrownBy(() -> JsonBody.read(Buffer.buffer(bytes)))
                    .isInstanceOfSatisfying(
                            GatewayError.Refused.class,
                            refused -> assertThat(refused.error.status()).isEqualTo(400));
        }
    }
}
