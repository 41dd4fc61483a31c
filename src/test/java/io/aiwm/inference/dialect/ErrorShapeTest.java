package io.aiwm.inference.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.inference.GatewayError;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ErrorShapeTest {
    @ParameterizedTest
    @CsvSource({
        "400, invalid_request_error, invalid_request_error",
        "401, authentication_error, authentication_error",
        "403, permission_error, permission_error",
        "404, not_found, not_found_error",
        "408, invalid_request_error, timeout_error",
        "413, invalid_request_error, request_too_large",
        "422, invalid_request_error, invalid_request_error",
        "429, rate_limit_error, rate_limit_error",
        "500, server_error, api_error",
        "502, server_error, api_error",
        "503, server_error, overloaded_error",
        "504, server_error, timeout_error",
        "529, server_error, overloaded_error"
    })
    void each_status_has_the_type_that_clients_of_either_api_know(int status, String openAi, String anthropic) {
        var error = GatewayError.of(status, "a_code", "what happened");
        assertThat(ErrorShape.openAi(error).toJsonObject())
                .isEqualTo(new JsonObject("{\"error\":{\"message\":\"what happened\",\"type\":\"" + openAi
                        + "\",\"param\":null,\"code\":\"a_code\"}}"));
        assertThat(ErrorShape.anthropic(error))
                .isEqualTo(new JsonObject("{\"type\":\"error\",\"error\":{\"type\":\"" + anthropic
                        + "\",\"message\":\"what happened\"}}"));
    }

    @Test
    void the_field_is_named_in_both() {
        var error = GatewayError.invalid("messages.0.role", "is required");
        JsonObject openAi = ErrorShape.openAi(error).toJsonObject().getJsonObject("error");
        assertThat(openAi.getString("param")).isEqualTo("messages.0.role");
        assertThat(openAi.getString("code")).isNull();
        assertThat(ErrorShape.anthropic(error).getJsonObject("error").getString("message"))
                .isEqualTo("messages.0.role: is required");
    }

    @Test
    void a_used_up_budget_has_a_type_of_its_own() {
        var error = GatewayError.of(429, "insufficient_quota", "the budget of the month is used up");
        JsonObject told = ErrorShape.openAi(error).toJsonObject().getJsonObject("error");
        assertThat(told.getString("type")).isEqualTo("insufficient_quota");
        assertThat(told.getString("code")).isEqualTo("insufficient_quota");
    }

    @Test
    void in_a_stream_it_is_one_event() {
        var sent = ErrorShape.openAiEvent(GatewayError.of(502, "upstream_broken", "line\nbreak"))
                .toString();
        assertThat(sent).startsWith("data: {\"error\":{").endsWith("}}\n\n");
        assertThat(sent.lines()).hasSize(2);
    }
}
