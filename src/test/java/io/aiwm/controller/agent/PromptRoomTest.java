package io.aiwm.controller.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.inference.ContextExceeded;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How many tokens a prompt may have. */
class PromptRoomTest {
    private static Agent agent(int contextTokens, JsonObject parameters) {
        return AgentBuilder.builder()
                .parameters(parameters)
                .limits(AgentLimitsBuilder.builder()
                        .contextTokens(contextTokens)
                        .build())
                .build();
    }

    private static Message answer(Message.Usage usage) {
        return MessageBuilder.builder()
                .role(Message.Role.ASSISTANT)
                .usage(usage)
                .createdAt(Instant.EPOCH)
                .build();
    }

    private static PromptRoom room(int limit, int context, JsonObject parameters, Message... branch) {
        return PromptRoom.of(agent(limit, parameters), context, List.of(branch));
    }

    @Test
    void the_smaller_of_the_agent_s_limit_and_what_the_model_s_context_leaves_beside_the_answer() {
        assertThat(room(32_000, 0, null).estimated()).isEqualTo(32_000);
        assertThat(room(32_000, 8_192, null).estimated()).isEqualTo(8_192 - 1_024);
        assertThat(room(32_000, 512, null).estimated()).isEqualTo(512 - 128);
        assertThat(room(300, 8_192, null).estimated()).isEqualTo(300);
        assertThat(room(32_000, 1, null).estimated()).isEqualTo(1);
    }

    @Test
    void room_is_left_for_the_answer_that_the_agent_asks_for_up_to_half_of_the_context() {
        var asks = new JsonObject().put("max_tokens", 2_000);
        assertThat(room(32_000, 8_192, asks).estimated()).isEqualTo(6_192);
        assertThat(room(32_000, 3_000, asks).estimated()).isEqualTo(1_500);
        var newer = new JsonObject().put("max_completion_tokens", 100).put("max_tokens", "many");
        assertThat(room(32_000, 8_192, newer).estimated()).isEqualTo(8_092);
        assertThat(room(32_000, 8_192, asks).answer(6_000)).isEqualTo(4_096);
        assertThat(room(32_000, 8_192, asks).answer(1_000)).isEqualTo(7_192);
        assertThat(room(32_000, 0, asks).answer(1_000)).isZero();
    }

    @Test
    void what_the_model_counted_last_corrects_the_estimate_within_bounds() {
        var twice = answer(new Message.Usage(200, 5, 100));
        var uncounted = answer(new Message.Usage(900, 5, null));
        assertThat(room(1_000, 0, null, twice).estimated()).isEqualTo(500);
        assertThat(room(1_000, 0, null, twice, uncounted, answer(null)).estimated())
                .isEqualTo(500);
        assertThat(room(1_000, 0, null, answer(new Message.Usage(9_000, 5, 100)))
                        .estimated())
                .isEqualTo(250);
        assertThat(room(1_000, 0, null, answer(new Message.Usage(1, 5, 100))).estimated())
                .isEqualTo(2_000);
    }

    @Test
    void a_refusal_makes_it_smaller_than_what_was_refused_whatever_it_says() {
        PromptRoom unknown = room(32_000, 0, null);
        assertThat(unknown.refused(new ContextExceeded(0, 0), 1_000).estimated())
                .isEqualTo(500);
        // the context has 4,000, a quarter of it for the answer, and the model counts two where one was estimated
        assertThat(unknown.refused(new ContextExceeded(8_000, 4_000), 4_000).estimated())
                .isEqualTo((4_000 - 1_000) / 2);
        // a server that contradicts itself
        assertThat(unknown.refused(new ContextExceeded(10, 100_000), 1_000).estimated())
                .isEqualTo(750);
        assertThat(room(32_000, 8_192, null)
                        .refused(new ContextExceeded(0, 0), 6_000)
                        .estimated())
                .isEqualTo(3_000);
    }
}
