package io.aiwm.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.inference.call.OwnCalls;
import io.aiwm.inference.limit.KeyLimits;
import io.aiwm.inference.usage.CallUsage;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is counted of calls that this process makes itself. */
@Timeout(60)
class OwnCallsTest {
    private static final Caller ANN = new Caller("key_1", "ann", null, KeyLimits.NONE, KeyLimits.NONE);

    private static Future<OwnCalls.Answer> call(TestGateway gateway, String body) {
        return gateway.gateway
                .own(gateway.vertx)
                .begin(new OwnCalls.Wanted(ANN, Operation.CHAT, Buffer.buffer(body), null, data -> {}, 1 << 20))
                .answer();
    }

    @Test
    void a_count_that_the_engine_does_not_tell_is_estimated() throws Exception {
        try (var gateway = TestGateway.patient()) {
            gateway.upstream.answers(200, "application/json", "{\"choices\":[],\"usage\":{\"completion_tokens\":3}}");
            OwnCalls.Answer answer = call(gateway, TestGateway.BODY).await();
            CallUsage usage = gateway.usage();
            assertThat(usage.completionTokens()).isEqualTo(3);
            assertThat(usage.promptTokens()).isPositive();
            assertThat(answer.used().prompt()).isEqualTo(usage.promptTokens());
            assertThat(gateway.settledTokens.get()).isEqualTo(usage.promptTokens() + 3);
            assertThat(gateway.leftOver()).isEmpty();
        }
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
