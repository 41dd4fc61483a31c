package io.aiwm.controller.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.common.Failure;
import io.aiwm.controller.secret.SecretRef;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What operators write into tools and models into arguments, where one of them means ill. */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ToolRulesTest {
    private static final Map<String, String> AUTHORIZED = Map.of("Authorization", "Bearer a\"b/c=d12");

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
        assertThat(InputSchema.mistakes(input, new JsonObject().put("city", "a".repeat(40) + "b"), ""))
                .singleElement()
                .asString()
                .contains("takes too long");
    }

    @Test
    void a_pattern_is_matched_anywhere_in_the_text() {
        JsonObject input = input(new JsonObject().put("pattern", "[0-9]{2}"));
        assertThat(InputSchema.mistakes(input, new JsonObject().put("city", "a12b"), ""))
                .isEmpty();
        assertThat(InputSchema.mistakes(input, new JsonObject().put("city", "a1b"), ""))
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
        assertThat(InputSchema.mistakes(loop, new JsonObject().put("city", "Oslo"), ""))
                .singleElement()
                .asString()
                .contains("too deep");
        JsonObject tree = input(
                new JsonObject().put("type", "array").put("items", new JsonObject().put("$ref", "#/properties/city")));
        var deep = new JsonArray();
        for (int i = 0; i < 400; i++) {
            deep = new JsonArray().add(deep);
        }
        assertThat(InputSchema.mistakes(tree, new JsonObject().put("city", deep), "")
                        .size())
                .isLessThan(2);
    }

    private static List<String> refused(JsonObject input, String url) {
        return refused(tool(input, url));
    }

    private static List<String> refused(ToolRequest wanted) {
        var places = new ArrayList<String>();
        assertThatThrownBy(() -> refuse(wanted))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> failure.errors.forEach(error -> places.add(error.pointer())));
        return places;
    }

    @Test
    void a_schema_with_a_misspelt_type_or_limit_is_refused_and_the_place_is_named() {
        String url = "http://weather.example/now";
        assertThat(refused(input(new JsonObject().put("type", "strin")), url))
                .containsExactly("/input/properties/city/type");
        assertThat(refused(input(new JsonObject().put("minLength", "x")), url))
                .containsExactly("/input/properties/city/minLength");
        assertThat(refused(input(new JsonObject()).put("required", "city"), url))
                .containsExactly("/input/required");
        refuse(tool(
                input(new JsonObject().put("type", new JsonArray().add("string").add("null"))), url));
    }

    @Test
    void a_port_that_cannot_be_is_refused() {
        for (String port : List.of("0", "65536", "99999", "99999999999")) {
            assertThat(refused(input(new JsonObject()), "http://weather.example:" + port + "/now"))
                    .as(port)
                    .containsExactly("/http/url");
        }
        refuse(tool(input(new JsonObject()), "http://weather.example:65535/now"));
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
        assertThat(SecretMask.hidden("got Bearer a\"b/c=d12", AUTHORIZED)).isEqualTo("got Bearer [secret]");
        assertThat(SecretMask.hidden("{\"k\":\"a\\\"b/c=d12\"}", AUTHORIZED)).isEqualTo("{\"k\":\"[secret]\"}");
        assertThat(SecretMask.hidden("?k=a%22b%2Fc%3Dd12", AUTHORIZED)).isEqualTo("?k=[secret]");
        assertThat(SecretMask.hidden("cut off: a\"b/c", AUTHORIZED)).isEqualTo("cut off: [secret]");
        assertThat(SecretMask.hidden("nothing was sent", Map.of())).isEqualTo("nothing was sent");
        assertThat(SecretMask.hidden("key a b c d, and b c d", Map.of("X-Key", "a b c d")))
                .isEqualTo("key [secret], and [secret]");
    }

    @Test
    void headers_of_one_connection_are_refused_and_so_are_credentials_in_the_open() {
        for (String name : List.of("Proxy-Authorization", "Upgrade", "TE", "Expect", "connection", "Trailer")) {
            assertThat(refused(headers(name, null))).as(name).containsExactly("/http/headers/" + name);
            assertThat(refused(headers(null, name))).as(name).containsExactly("/secretHeaders/" + name);
        }
        assertThat(refused(headers("Cookie", null))).containsExactly("/http/headers/Cookie");
        assertThat(refused(headers(null, "authorization"))).containsExactly("/secretHeaders/authorization");
        assertThat(refused(headers("x-api-key", "X-Api-Key"))).containsExactly("/secretHeaders/X-Api-Key");
        refuse(headers("X-Unit", "X-Api-Key"));
        refuse(headers(null, "Cookie"));
    }

    private static ToolRequest headers(String plain, String secret) {
        var url = "http://weather.example/now";
        return ToolRequestBuilder.builder(tool(input(new JsonObject()), url))
                .http(new Tool.Http("GET", url, plain == null ? null : Map.of(plain, "x")))
                .secretHeaders(secret == null ? null : Map.of(secret, new SecretRef("weather")))
                .build();
    }
}
