package io.aiwm.mcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages as strangers may write them. */
class RpcReaderTest {
    private static RpcMessage read(String json) {
        return RpcReader.read(json.getBytes(StandardCharsets.UTF_8));
    }

    private static RpcError refused(String json) {
        RpcError cause = catchThrowableOfType(RpcError.class, () -> read(json));
        assertThat(cause).as(json).isNotNull();
        return cause;
    }

    @Test
    void a_request_a_notification_and_both_kinds_of_answers_are_told_apart() {
        RpcMessage request = read(
                "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\",\"params\":{\"_meta\":{\"progressToken\":\"t\"}}}");
        assertThat(request.isRequest()).isTrue();
        assertThat(request.id().longValue()).isEqualTo(7);
        assertThat(request.progressToken().textValue()).isEqualTo("t");
        assertThat(read("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}")
                        .isNotification())
                .isTrue();
        RpcMessage result = read("{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":{\"x\":1}}");
        assertThat(result.isAnswer()).isTrue();
        assertThat(result.result().path("x").intValue()).isEqualTo(1);
        RpcMessage error = read("{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"no\"}}");
        assertThat(error.id()).isNull();
        assertThat(error.error().path("code").intValue()).isEqualTo(RpcError.PARSE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "   ",
                "{",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"} {}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":2,\"method\":\"ping\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{\"a\":1,\"a\":2}}",
                "{\"jsonrpc\":\"2.0\",\"id\":NaN,\"method\":\"ping\"}",
                "not json"
            })
    void what_is_no_json_is_a_parse_error_without_an_id(String json) {
        RpcError cause = refused(json);
        assertThat(cause.code).isEqualTo(RpcError.PARSE);
        assertThat(cause.status).isEqualTo(400);
        assertThat(cause.id).isNull();
        assertThat(cause.getMessage()).doesNotContain("jackson", "java", "Source");
    }

    @Test
    void deep_nesting_and_long_numbers_end_before_they_are_a_tree() {
        String deep = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{\"a\":" + "[".repeat(100_000)
                + "]".repeat(100_000) + "}}";
        assertThat(refused(deep).code).isEqualTo(RpcError.PARSE);
        assertThat(refused("{\"jsonrpc\":\"2.0\",\"method\":\"ping\",\"id\":" + "9".repeat(100_000) + "}").code)
                .isEqualTo(RpcError.PARSE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"9223372036854775808", "1.5", "1e3", "true", "null", "[]", "{}", "[1]"})
    void an_id_is_a_text_or_a_whole_number_of_64_bits(String id) {
        RpcError cause = refused("{\"jsonrpc\":\"2.0\",\"method\":\"ping\",\"id\":" + id + "}");
        assertThat(cause.code).isEqualTo(RpcError.INVALID_REQUEST);
        assertThat(cause.id).isNull();
    }

    @Test
    void a_long_text_is_no_id() {
        assertThat(refused("{\"jsonrpc\":\"2.0\",\"method\":\"ping\",\"id\":\"" + "x".repeat(257) + "\"}").code)
                .isEqualTo(RpcError.INVALID_REQUEST);
        assertThat(read("{\"jsonrpc\":\"2.0\",\"method\":\"ping\",\"id\":\"" + "x".repeat(256) + "\"}")
                        .isRequest())
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[]",
                "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]",
                "1",
                "\"ping\"",
                "null",
                "{}",
                "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"ping\"}",
                "{\"jsonrpc\":2.0,\"id\":1,\"method\":\"ping\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":5}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":[1]}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":null}",
                "{\"jsonrpc\":\"2.0\",\"id\":1}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{},\"error\":{}}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":5}"
            })
    void what_is_no_single_message_is_an_invalid_request(String json) {
        assertThat(refused(json).code).isEqualTo(RpcError.INVALID_REQUEST);
    }

    @Test
    void a_refusal_names_the_request_whose_id_could_be_read() {
        RpcError cause = refused("{\"jsonrpc\":\"2.0\",\"id\":\"r1\",\"method\":\"ping\",\"params\":[1]}");
        assertThat(RpcMessage.refusal(cause).path("id").textValue()).isEqualTo("r1");
        assertThat(RpcMessage.refusal(refused("[]")).has("id")).isFalse();
    }
}
