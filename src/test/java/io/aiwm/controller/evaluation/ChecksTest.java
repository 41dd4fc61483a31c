package io.aiwm.controller.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.common.Failure;
import io.aiwm.common.Failure.FieldError;
import io.aiwm.controller.agent.Message.ToolCall;
import io.aiwm.controller.evaluation.EvaluationResult.Check;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an answer is checked for, and what an evaluation may ask. */
@Timeout(10)
class ChecksTest {
    private static Check check(Expectation wanted, String text, ToolCall... calls) {
        return Checks.of(wanted, new Answer(null, text, List.of(calls), 0, 0, 0));
    }

    @Test
    void a_text_is_found_whatever_the_case_of_its_letters() {
        assertThat(check(Expectation.contains("oslo"), "In OSLO it rains.").passed())
                .isTrue();
        assertThat(check(Expectation.contains("Bergen"), "In Oslo it rains.").passed())
                .isFalse();
    }

    @Test
    void a_pattern_is_found_anywhere_and_one_that_takes_years_fails_at_once() {
        assertThat(check(Expectation.matches("^\\d+ degrees$"), "21 degrees").passed())
                .isTrue();
        assertThat(check(Expectation.matches("^\\d+ degrees$"), "about 21 degrees")
                        .passed())
                .isFalse();
        Check slow = check(Expectation.matches("^(.*a){12}$"), "a".repeat(40) + "b");
        assertThat(slow.passed()).isFalse();
        assertThat(slow.detail()).contains("takes too long");
    }

    /** What matches no character is gone back over without a look at the text. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "(?:^{2000000000}){2000000000}",
                "(?=){2000000000}",
                "(?:(?:^{1000}){1000}){1000}",
                "(?:|){40}b",
                "(?x)(?: ^ {1000} ) {1000}",
                "[](](?:^{1000}){1000}",
                "[])](?:^{1000}){1000}",
                "\\c{(?:^{1000}){1000}",
                "\\Q(\\E(?:^{1000}){1000}",
                "()()()()()()()()()()(?:\\10{1000}){1000}",
                "a(?:|)(?:|)(?:|)(?:|)(?:|)(?:|)(?:|)(?:|)(?:|)(?:|)(?:|)(?:|)(?:|)(?:|)(?:|)(?:|)(?:|)(?:|)(?:|)(?:|)b"
            })
    @Timeout(10)
    void a_pattern_with_too_many_ways_to_match_nothing_is_refused(String pattern) {
        var cases = List.of(new EvaluationCase("one", "x", null, List.of(Expectation.matches(pattern))));
        assertThatThrownBy(() -> EvaluationRules.refuse(new EvaluationRequest("e", null, cases, null, null)))
                .hasMessage("/cases/0/expect/0/pattern: is no pattern");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "^[^@ ]+@[a-z0-9-]+(?:\\.[a-z0-9-]+){1,10}$",
                "^(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)(?:\\.(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)){3}$",
                "^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
                "^(?!_)(?<word>[]a-z]{1000}|\\p{Alpha}{2,})\\k<word>?(?i)z*$"
            })
    void patterns_of_every_day_are_taken(String pattern) {
        var cases = List.of(new EvaluationCase("one", "x", null, List.of(Expectation.matches(pattern))));
        EvaluationRules.refuse(new EvaluationRequest("e", null, cases, null, null));
        assertThat(check(Expectation.matches(pattern), "x ".repeat(50_000)).detail())
                .isNull();
    }

    /** Two references to the next one, many times in a row. */
    @Test
    @Timeout(20)
    void a_schema_that_would_take_hours_is_refused_or_fails_at_once() {
        var defs = new JsonObject();
        for (int i = 0; i < 40; i++) {
            defs.put("d" + i, both("#/$defs/d" + (i + 1)));
        }
        defs.put("d40", new JsonObject().put("type", "object"));
        JsonObject chain = both("#/$defs/d0").put("$defs", defs);
        var cases = List.of(new EvaluationCase("one", "x", null, List.of(Expectation.schema(chain))));
        assertThatThrownBy(() -> EvaluationRules.refuse(new EvaluationRequest("e", null, cases, null, null)))
                .hasMessage("/cases/0/expect/0/schema: the schema takes too long on this value");
        JsonObject deeper = new JsonObject().put("properties", new JsonObject().put("a", both("#")));
        String answer = "{\"a\":".repeat(40) + "{}" + "}".repeat(40);
        assertThat(check(Expectation.schema(deeper), "{\"a\":{}}").passed()).isTrue();
        assertThat(check(Expectation.schema(deeper), answer).detail()).contains("takes too long");
    }

    private static JsonObject both(String reference) {
        var one = new JsonObject().put("$ref", reference);
        return new JsonObject().put("allOf", new JsonArray().add(one).add(one));
    }

    /** Each match of many is quick enough alone. */
    @Test
    @Timeout(20)
    void patterns_of_one_schema_share_what_they_may_cost() {
        var schema = new JsonObject().put("items", new JsonObject().put("pattern", "^(.*a){4}$"));
        String slow = "\"" + "a".repeat(60) + "b\"";
        String answer = "[" + slow + ("," + slow).repeat(2_000) + "]";
        assertThat(check(Expectation.schema(schema), answer).detail()).contains("takes too long");
    }

    @Test
    void an_answer_is_json_that_fits_a_schema() {
        var schema =
                Expectation.schema(new JsonObject().put("type", "object").put("required", new JsonArray().add("city")));
        assertThat(check(schema, " {\"city\":\"Oslo\"} ").passed()).isTrue();
        assertThat(check(schema, "{\"town\":\"Oslo\"}").detail()).contains("city");
        assertThat(check(schema, "Oslo, of course").detail()).isEqualTo("the answer is no JSON");
        var list = Expectation.schema(new JsonObject().put("type", "array"));
        assertThat(check(list, "[1,2]").passed()).isTrue();
        assertThat(check(list, "null").passed()).isFalse();
    }

    @Test
    void a_tool_is_called_with_these_arguments_among_others() {
        var call = new ToolCall("1", "weather", "{\"city\":\"Oslo\",\"at\":{\"day\":2.0,\"hour\":7}}");
        var wanted = new JsonObject().put("at", new JsonObject().put("day", 2));
        assertThat(check(Expectation.toolCalled("weather", null), "", call).passed())
                .isTrue();
        assertThat(check(Expectation.toolCalled("weather", wanted), "", call).passed())
                .isTrue();
        Check other = check(Expectation.toolCalled("weather", new JsonObject().put("city", "Paris")), "", call);
        assertThat(other.passed()).isFalse();
        assertThat(other.detail()).contains("Oslo");
        assertThat(check(Expectation.toolCalled("trains", null), "", call).detail())
                .isEqualTo("called were weather");
        assertThat(check(Expectation.toolCalled("trains", null), "").detail()).isEqualTo("no tool was called");
        var broken = new ToolCall("1", "weather", "{\"city\":");
        assertThat(check(Expectation.toolCalled("weather", wanted), "", broken).passed())
                .isFalse();
    }

    @Test
    void a_judge_begins_with_its_word() {
        var wanted = Expectation.judged("is polite");
        assertThat(Judge.check(wanted, "**PASS** - it is.").passed()).isTrue();
        assertThat(Judge.check(wanted, "<think>FAIL? no.</think>\npass").passed())
                .isTrue();
        assertThat(Judge.check(wanted, "Fail: rude. PASS").passed()).isFalse();
        for (String said : new String[] {"Passing on that.", "I would say PASS", "", null}) {
            Check check = Judge.check(wanted, said);
            assertThat(check.passed()).as(said).isFalse();
            assertThat(check.detail()).as(said).contains("neither PASS nor FAIL");
        }
    }

    @Test
    void everything_that_is_wrong_is_named() {
        var cases = List.of(
                new EvaluationCase("one", "x", null, List.of(Expectation.matches("("), Expectation.contains(null))),
                new EvaluationCase(
                        "one",
                        "x",
                        null,
                        List.of(
                                Expectation.schema(new JsonObject().put("$ref", "http://elsewhere.example/")),
                                new Expectation(
                                        Expectation.Type.JUDGED, null, "x", null, null, new JsonObject(), "polite"))));
        assertThatThrownBy(() -> EvaluationRules.refuse(new EvaluationRequest("e", null, cases, null, null)))
                .isInstanceOfSatisfying(
                        Failure.class,
                        failure -> assertThat(failure.errors)
                                .extracting(FieldError::pointer)
                                .containsExactly(
                                        "/cases/0/expect/0/pattern",
                                        "/cases/0/expect/1/text",
                                        "/cases/1/name",
                                        "/cases/1/expect/0/schema",
                                        "/cases/1/expect/1/pattern",
                                        "/cases/1/expect/1/arguments"));
    }

    @Test
    void what_a_model_writes_is_cut_between_characters() {
        assertThat(ResultTextLimits.cut("ab😀", 3)).isEqualTo("ab…");
        assertThat(ResultTextLimits.cut("ab😀", 4)).isEqualTo("ab😀");
    }
}
