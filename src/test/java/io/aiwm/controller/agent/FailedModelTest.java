package io.aiwm.controller.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.execution.ExecutionState;
import io.aiwm.inference.GatewayError;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.ErrorCategory;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Models whose server fails. */
@Timeout(60)
class FailedModelTest {
    @ParameterizedTest
    @CsvSource({
        "400, INVALID, false",
        "408, TIMEOUT, true",
        "413, INVALID, false",
        "429, RESOURCE_EXHAUSTED, true",
        "500, UPSTREAM, true",
        "501, UPSTREAM, false",
        "502, NETWORK, true",
        "503, NETWORK, true",
        "504, TIMEOUT, true",
        "529, UPSTREAM, true"
    })
    void a_status_says_whose_fault_it_is_and_whether_the_call_is_made_again(
            int status, ErrorCategory category, boolean again) {
        assertThat(StepRun.error(GatewayError.of(status, "upstream_error", "out of order")))
                .isEqualTo(new CommandError(category, "the model: out of order", again));
    }

    @Test
    void a_model_whose_server_answers_500_is_called_again_and_the_turn_is_answered(@TempDir Path folder) {
        try (var rig = new AgentRig(folder)) {
            rig.agent(null);
            rig.conversation();
            rig.engine.fails.set(1);
            Message said = rig.say("msg_1", "hello");
            await().atMost(Duration.ofSeconds(30)).until(() -> {
                rig.process.executions().look(said.executionId()).await();
                return rig.isIdle();
            });
            assertThat(rig.process.executions().get(said.executionId()).await().status())
                    .isEqualTo(ExecutionState.COMPLETED);
            assertThat(rig.engine.asked).hasSize(2);
        }
    }
}
