package io.aiwm.controller.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a line may say, what an answer means for it, and which states a batch can come to. */
class BatchCallTest {
    private static final String ENDPOINT = "/v1/chat/completions";
    private static final String GOOD = """
        {"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"model":"m","x":[1.5]}}\
        """;

    private static BatchCall read(String line) {
        return BatchCall.read(new LineReader.Line(3, Buffer.buffer(line), false), ENDPOINT);
    }

    private static LineError wrong(String line) {
        return catchThrowableOfType(BatchCall.Wrong.class, () -> read(line)).error;
    }

    @Test
    void a_line_is_a_call_with_a_body_that_is_passed_on() {
        BatchCall call = read(GOOD);
        assertThat(call.customId()).isEqualTo("a");
        assertThat(call.model()).isEqualTo("m");
        assertThat(call.body().toString()).isEqualTo("{\"model\":\"m\",\"x\":[1.5]}");
    }

    @Test
    void what_is_wrong_is_named() {
        assertThat(wrong("nothing").code()).isEqualTo("invalid_json_line");
        assertThat(wrong("[1]").code()).isEqualTo("invalid_json_line");
        assertThat(wrong("null").code()).isEqualTo("invalid_json_line");
        assertThat(wrong("{}").param()).isEqualTo("custom_id");
        assertThat(wrong(GOOD.replace("\"a\"", "7")).param()).isEqualTo("custom_id");
        assertThat(wrong(GOOD.replace("POST", "PUT")).param()).isEqualTo("method");
        assertThat(wrong(GOOD.replace("/chat", "")).param()).isEqualTo("url");
        assertThat(wrong(GOOD.replace("{\"model\":\"m\",\"x\":[1.5]}", "7")).param())
                .isEqualTo("body");
        assertThat(wrong(GOOD.replace("\"m\"", "null")).param()).isEqualTo("body.model");
        assertThat(wrong(GOOD.replace("\"x\"", "\"stream\"")).param()).isEqualTo("body.stream");
        assertThat(wrong("{}").line()).isEqualTo(3);
        LineError twice = wrong(GOOD.replace("\"model\":\"m\"", "\"model\":\"m\",\"model\":\"n\""));
        assertThat(twice.code()).isEqualTo("invalid_json_line");
        assertThat(twice.message()).contains("'model' is given twice");
    }

    private static Verdict verdict(int status, String body, long retryAfter, int tries) {
        return Verdict.of(read(GOOD), new LineCalls.Answer(status, "req_1", retryAfter, Buffer.buffer(body)), tries);
    }

    private static String error(String code) {
        return new JsonObject().put("error", new JsonObject().put("code", code)).encode();
    }

    @Test
    void an_answer_is_told_in_one_line() {
        Verdict good = verdict(200, "{\n \"a\": \"x\\ny\",\r\n \"b\": 0.1}\n", 0, 0);
        assertThat(good.answer()).isTrue();
        assertThat(good.result().toString()).doesNotContain("\n", "\r");
        JsonObject line = good.result().toJsonObject();
        assertThat(line.getString("custom_id")).isEqualTo("a");
        assertThat(line.getString("id")).startsWith("batch_req_");
        assertThat(line.containsKey("error")).isTrue();
        assertThat(line.getValue("error")).isNull();
        assertThat(line.getJsonObject("response"))
                .isEqualTo(new JsonObject()
                        .put("status_code", 200)
                        .put("request_id", "req_1")
                        .put("body", new JsonObject().put("a", "x\ny").put("b", 0.1)));
    }

    @Test
    void what_passes_is_waited_for() {
        assertThat(verdict(503, error("not_idle"), 0, 3).result()).isNull();
        assertThat(verdict(429, error("rate_limit_exceeded"), 30, 9).laterMillis())
                .isEqualTo(30_000);
        assertThat(verdict(429, error("rate_limit_exceeded"), 999, 9).laterMillis())
                .isEqualTo(60_000);
        assertThat(verdict(503, error("model_not_ready"), 5, 9).counts()).isFalse();
        assertThat(verdict(502, error("upstream_unreachable"), 0, 0).counts()).isTrue();
        assertThat(verdict(500, error("upstream_error"), 0, 0).counts()).isTrue();
    }

    @Test
    void what_does_not_pass_is_the_end_of_the_line() {
        assertThat(verdict(429, error("insufficient_quota"), 60, 0).answer()).isFalse();
        assertThat(verdict(429, error("insufficient_quota"), 60, 0).result()).isNotNull();
        assertThat(verdict(400, error("bad"), 0, 0).result()).isNotNull();
        assertThat(verdict(502, error("upstream_unreachable"), 0, 3).result()).isNotNull();
        assertThat(verdict(500, error("upstream_error"), 0, 3).result()).isNotNull();
        assertThat(verdict(501, error("upstream_error"), 0, 0).result()).isNotNull();
        JsonObject notJson = verdict(200, "<html>", 0, 0).result().toJsonObject();
        assertThat(notJson.getValue("response")).isNull();
        assertThat(notJson.getJsonObject("error").getString("code")).isEqualTo("invalid_answer");
        assertThat(verdict(200, "{} {}", 0, 0).answer()).isFalse();
    }

    @Test
    void a_batch_that_has_ended_stays_as_it_is() {
        var allowed = new ArrayList<String>();
        for (BatchState from : BatchState.values()) {
            for (BatchState to : BatchState.values()) {
                if (from.mayBecome(to)) {
                    allowed.add(from + " " + to);
                }
            }
        }
        assertThat(allowed)
                .containsExactlyInAnyOrderElementsOf(List.of(
                        "VALIDATING IN_PROGRESS",
                        "VALIDATING FINALIZING",
                        "VALIDATING FAILED",
                        "VALIDATING CANCELLING",
                        "VALIDATING CANCELLED",
                        "IN_PROGRESS FINALIZING",
                        "IN_PROGRESS FAILED",
                        "IN_PROGRESS CANCELLING",
                        "IN_PROGRESS CANCELLED",
                        "FINALIZING COMPLETED",
                        "FINALIZING FAILED",
                        "FINALIZING EXPIRED",
                        "FINALIZING CANCELLED",
                        "CANCELLING FAILED",
                        "CANCELLING CANCELLED"));
    }

    @Test
    void a_byte_order_mark_before_the_first_line_is_no_part_of_it() {
        String line = "\ufeff{\"custom_id\":\"a\",\"method\":\"POST\",\"url\":\"" + ENDPOINT
                + "\",\"body\":{\"model\":\"m\"}}";
        var first = new LineReader.Line(1, Buffer.buffer(line), false);
        assertThat(BatchCall.read(first, ENDPOINT).model()).isEqualTo("m");
        assertThat(wrong(line).code()).isEqualTo("invalid_json_line");
    }
}
