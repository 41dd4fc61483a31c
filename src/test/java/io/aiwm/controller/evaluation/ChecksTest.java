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
        assertThat(Texts.cut("ab😀", 3)).isEqualTo("ab…");
        assertThat(Texts.cut("ab😀", 4)).isEqualTo("ab😀");
    }
}
