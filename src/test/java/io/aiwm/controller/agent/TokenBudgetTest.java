package io.aiwm.controller.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.agent.Message.Role;
import io.aiwm.controller.agent.PromptSource.Fitted;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.ExecutionState;
import io.aiwm.inference.GatewayError;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.testing.TinyModels;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What limits.tokens leaves for each call of a turn. */
@Timeout(120)
class TokenBudgetTest extends WithAgentRig {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** Of the first call to {@link AgentRig#agent} when somebody says Hello. */
    private static final int FIRST = EstimatedTokens.of("You help people.\n- Be brief.") + EstimatedTokens.of("Hello");

    private static AgentLimits tokens(int most) {
        return AgentLimitsBuilder.builder().tokens(most).build();
    }

    private Execution turn(String id, String text) {
        Message said = rig.say(id, text);
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).until(rig::isIdle);
        return rig.process.executions().get(said.executionId()).await();
    }

    private void isSpent(Execution turn) {
        assertThat(turn.status()).isEqualTo(ExecutionState.FAILED);
        assertThat(turn.error().category()).isEqualTo(ErrorCategory.RESOURCE_EXHAUSTED);
        assertThat(turn.error().message()).contains("limits.tokens");
    }

    @Test
    void each_call_asks_for_no_more_than_the_calls_before_and_its_prompt_leave() {
        rig.tool(rig.weather("GET"));
        rig.agent(tokens(1_000), "weather");
        rig.conversation();
        assertThat(turn("msg_1", "What is the weather?").status()).isEqualTo(ExecutionState.COMPLETED);
        List<Integer> estimated = rig.messages().stream()
                .filter(message -> message.role() == Role.ASSISTANT)
                .map(message -> message.usage().estimated())
                .toList();
        assertThat(rig.engine.asked)
                .extracting(asked -> asked.getInteger("max_tokens"))
                // the first call used 5 and 7; it counted far less than was estimated, which is corrected by half
                .containsExactly(1_000 - estimated.get(0), 1_000 - 12 - estimated.get(1) / 2);
    }

    @Test
    void a_call_with_nothing_left_is_not_made_and_the_conversation_goes_on_when_there_is_more() {
        rig.agent(tokens(FIRST));
        rig.conversation();
        isSpent(turn("msg_1", "Hello"));
        assertThat(rig.engine.asked).isEmpty();
        rig.change(agent -> agent);
        assertThat(turn("msg_2", "Hello").status()).isEqualTo(ExecutionState.COMPLETED);
        assertThat(rig.messages().get(2).text()).isEqualTo(TinyModels.ANSWER);
    }

    @Test
    void an_answer_that_becomes_longer_than_its_model_was_told_is_broken_off() {
        rig.agent(tokens(FIRST + 1));
        rig.conversation();
        isSpent(turn("msg_1", "Hello"));
        assertThat(rig.engine.asked)
                .extracting(asked -> asked.getInteger("max_tokens"))
                .containsExactly(1);
        assertThat(rig.messages()).extracting(Message::role).containsExactly(Role.USER);
        rig.change(agent -> agent);
        assertThat(turn("msg_2", "Hello").status()).isEqualTo(ExecutionState.COMPLETED);
    }

    @Test
    void an_answer_that_its_model_cuts_says_so() {
        rig.engine.obeys = true;
        rig.agent(tokens(FIRST + 2));
        rig.conversation();
        assertThat(turn("msg_1", "Hello").status()).isEqualTo(ExecutionState.COMPLETED);
        assertThat(rig.messages().get(1).text()).isEqualTo(TinyModels.ANSWER.substring(0, 10));
        assertThat(rig.messages().get(1).cut()).isTrue();
        rig.change(agent -> agent);
        turn("msg_2", "Hello");
        assertThat(rig.messages().get(3).cut()).isNull();
    }

    private static JsonObject bounded(long limit, long used, int context, JsonObject parameters) {
        var room = new PromptRoom(32_000, context, 0, 0, 1);
        return new TokenBudget(limit, used)
                .bounded(new Fitted(parameters, 100), room)
                .body();
    }

    @Test
    void a_call_stays_as_it_is_where_the_model_can_say_no_more_anyway() {
        var none = new JsonObject();
        assertThat(bounded(200_000, 0, 8_192, none.copy())).isEqualTo(none);
        assertThat(bounded(8_192, 0, 8_192, none.copy())).isEqualTo(none);
        assertThat(bounded(8_191, 0, 8_192, none.copy()).getInteger("max_tokens"))
                .isEqualTo(8_091);
        assertThat(bounded(9_000, 5_000, 8_192, none.copy()).getInteger("max_tokens"))
                .isEqualTo(3_900);
        // of one whose context is not known, a longer answer may be more than it can give
        assertThat(bounded(4_197, 0, 0, none.copy())).isEqualTo(none);
        assertThat(bounded(4_196, 0, 0, none.copy()).getInteger("max_tokens")).isEqualTo(4_096);
    }

    @Test
    void what_an_agent_asks_for_is_lowered_under_its_own_name_and_never_raised() {
        var asks = new JsonObject().put("max_completion_tokens", 500);
        assertThat(bounded(1_000, 0, 0, asks.copy())).isEqualTo(asks);
        assertThat(bounded(400, 0, 0, asks.copy())).isEqualTo(new JsonObject().put("max_completion_tokens", 300));
        assertThat(bounded(101, 0, 0, asks.copy())).isEqualTo(new JsonObject().put("max_completion_tokens", 1));
        assertThatThrownBy(() -> bounded(100, 0, 0, asks.copy()))
                .isInstanceOfSatisfying(
                        GatewayError.Refused.class,
                        refused -> assertThat(refused.error.code()).isEqualTo(TokenBudget.SPENT));
    }
}
