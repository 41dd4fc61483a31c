package io.aiwm.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.inference.call.InternalCalls;
import io.aiwm.inference.limit.KeyLimits;
import io.aiwm.inference.usage.CallUsage;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is counted of calls that this process makes itself. */
@Timeout(60)
class InternalCallsTest {
    private static final Caller ANN = new Caller("key_1", "ann", null, KeyLimits.NONE, KeyLimits.NONE);

    private static Future<InternalCalls.Answer> call(TestGateway gateway, String body) {
        return gateway.gateway
                .own(gateway.vertx)
                .begin(new InternalCalls.Wanted(
                        ANN, InferenceOperation.CHAT, Buffer.buffer(body), null, data -> {}, 1 << 20))
                .answer();
    }

    @Test
    void a_count_that_the_engine_does_not_tell_is_estimated() throws Exception {
        try (var gateway = TestGateway.patient()) {
            gateway.upstream.answers(200, "application/json", "{\"choices\":[],\"usage\":{\"completion_tokens\":3}}");
            InternalCalls.Answer answer = call(gateway, TestGateway.BODY).await();
            CallUsage usage = gateway.usage();
            assertThat(usage.completionTokens()).isEqualTo(3);
            assertThat(usage.promptTokens()).isPositive();
            assertThat(answer.used().prompt()).isEqualTo(usage.promptTokens());
            assertThat(gateway.settledTokens.get()).isEqualTo(usage.promptTokens() + 3);
            assertThat(gateway.leftOver()).isEmpty();
        }
    }

    private static ContextExceeded refused(String error) throws Exception {
        try (var gateway = TestGateway.patient()) {
            gateway.upstream.answers(400, "application/json", "{\"error\":" + error + "}");
            var cause = (GatewayError.Refused) call(gateway, TestGateway.BODY)
                    .transform(done -> Future.succeededFuture(done.cause()))
                    .await();
            assertThat(cause.error.status()).isEqualTo(400);
            if (cause.error.context() != null) {
                assertThat(cause.error.code()).isEqualTo("context_length_exceeded");
            }
            return cause.error.context();
        }
    }

    @Test
    void a_prompt_that_does_not_fit_is_known_by_a_code_or_a_type_and_never_by_a_sentence() throws Exception {
        assertThat(refused("{\"message\":\"no\",\"code\":\"context_length_exceeded\"}"))
                .isEqualTo(new ContextExceeded(0, 0));
        assertThat(refused("""
                        {"code":400,"message":"no","type":"exceed_context_size_error","n_prompt_tokens":700,"n_ctx":512}\
                        """)).isEqualTo(new ContextExceeded(700, 512));
        assertThat(refused("""
                        {"code":400,"message":"no","type":"BadRequestError","param":"input_tokens"}\
                        """)).isEqualTo(new ContextExceeded(0, 0));
        assertThat(refused("""
                        {"code":null,"message":"maximum context length is 512","type":"BadRequestError","n_ctx":512}\
                        """)).isNull();
    }

    @Test
    void an_error_of_the_engine_uses_nothing() throws Exception {
        try (var gateway = TestGateway.patient()) {
            gateway.upstream.answers(400, "application/json", "{\"error\":{\"message\":\"no\",\"code\":\"refused\"}}");
            assertThatThrownBy(() -> call(gateway, TestGateway.BODY).await()).hasMessageContaining("no");
            assertThat(gateway.usage().promptTokens()).isZero();
            assertThat(gateway.settledTokens.get()).isZero();
            assertThat(gateway.leftOver()).isEmpty();
        }
    }
}
