package io.aiwm.controller.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.common.Failure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What operators write into tools and models into arguments, where one of them means ill. */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ToolRulesTest {
    private static JsonObject input(JsonObject city) {
        return new JsonObject().put("type", "object").put("properties", new JsonObject().put("city", city));
    }

    private static ToolRequest tool(JsonObject input, String url) {
        return ToolRequestBuilder.builder()
                .name("weather")
                .kind(Tool.Kind.HTTP)
                .input(input)
                .http(new Tool.Http("GET", url, null))
                .build();
    }

    private static void refuse(ToolRequest wanted) {
        ToolRules.refuse(wanted, operations -> List.of());
    }

    @Test
    void a_pattern_on_which_matching_takes_years_is_given_up() {
        JsonObject input = input(new JsonObject().put("pattern", "^(.*a){12}$"));
        refuse(tool(input, "http://weather.example/now"));
        assertThat(JsonSchemas.mistakes(input, new JsonObject().put("city", "a".repeat(40) + "b")))
                .singleElement()
                .asString()
                .contains("takes too long");
    }

    @Test
    void a_pattern_is_matched_anywhere_in_the_text() {
        JsonObject input = input(new JsonObject().put("pattern", "[0-9]{2}"));
        assertThat(JsonSchemas.mistakes(input, new JsonObject().put("city", "a12b")))
                .isEmpty();
        assertThat(JsonSchemas.mistakes(input, new JsonObject().put("city", "a1b")))
                .hasSize(1);
    }

    @Test
    void a_schema_that_refers_to_itself_without_an_end_is_refused() {
        assertThatThrownBy(() -> refuse(tool(input(new JsonObject()).put("$ref", "#"), "http://weather.example/now")))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("/input: has a $ref that leads to itself");
    }

    @Test
    void one_that_does_so_for_some_arguments_alone_and_arguments_as_deep_as_json_may_be_are_a_mistake_and_no_fault() {
        JsonObject loop = input(new JsonObject().put("$ref", "#/$defs/a"))
                .put("$defs", new JsonObject().put("a", new JsonObject().put("$ref", "#/$defs/a")));
        assertThat(JsonSchemas.mistakes(loop, new JsonObject().put("city", "Oslo")))
                .singleElement()
                .asString()
                .contains("too deep");
        JsonObject tree = input(
                new JsonObject().put("type", "array").put("items", new JsonObject().put("$ref", "#/properties/city")));
        var deep = new JsonArray();
        for (int i = 0; i < 400; i++) {
            deep = new JsonArray().add(deep);
        }
        assertThat(JsonSchemas.mistakes(tree, new JsonObject().put("city", deep))
                        .size())
                .isLessThan(2);
    }

    @Test
    void an_argument_in_the_path_has_a_value() {
        var template = new UrlTemplate("http://weather.example/cities/{city}?unit={unit}");
        assertThatThrownBy(() -> template.filled(new JsonObject().put("city", "")))
                .hasMessageContaining("/city: must have a value");
        assertThatThrownBy(() -> template.filled(new JsonObject().put("unit", "C")))
                .hasMessageContaining("/city: must have a value");
        assertThat(template.filled(new JsonObject().put("city", "Oslo")))
                .isEqualTo("http://weather.example/cities/Oslo?unit=");
    }

    @Test
    void a_secret_is_taken_out_of_what_came_back_also_escaped_and_cut() {
        assertThat(SecretMask.hidden("got Bearer a\"b/c=d12", "Bearer a\"b/c=d12"))
                .isEqualTo("got Bearer [secret]");
        assertThat(SecretMask.hidden("{\"k\":\"a\\\"b/c=d12\"}", "Bearer a\"b/c=d12"))
                .isEqualTo("{\"k\":\"[secret]\"}");
        assertThat(SecretMask.hidden("?k=a%22b%2Fc%3Dd12", "Bearer a\"b/c=d12")).isEqualTo("?k=[secret]");
        assertThat(SecretMask.hidden("cut off: a\"b/c", "Bearer a\"b/c=d12")).isEqualTo("cut off: [secret]");
        assertThat(SecretMask.hidden("nothing was sent", null)).isEqualTo("nothing was sent");
    }
}
