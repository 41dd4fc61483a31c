package io.aiwm.controller.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.ExecutionState;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.testing.ToolCallingEngine;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Conversations that are longer than the model's context. */
@Timeout(120)
class ContextTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int CONTEXT = 600;
    private static final int TURNS = 12;

    @TempDir
    Path folder;

    private AgentRig rig;

    @BeforeEach
    void open() {
        rig = new AgentRig(folder);
        rig.engine.context = CONTEXT;
        rig.engine.charsPerToken = 4;
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private Execution said(String id, String text) {
        Message said = rig.say(id, text);
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(10)).until(rig::isIdle);
        return rig.process.executions().get(said.executionId()).await();
    }

    /** Some 100 tokens each, as they are estimated. */
    private void talk() {
        for (int i = 0; i < TURNS; i++) {
            assertThat(said("msg_" + i, "message " + i + " " + "word ".repeat(78))
                            .status())
                    .as("turn " + i)
                    .isEqualTo(ExecutionState.COMPLETED);
        }
    }

    private JsonArray lastPrompt() {
        return rig.engine.asked.get(rig.engine.asked.size() - 1).getJsonArray("messages");
    }

    @Test
    void one_goes_on_past_a_context_that_is_known_and_nothing_is_refused() {
        rig.context = CONTEXT;
        rig.agent(null);
        rig.conversation();
        talk();
        assertThat(rig.engine.asked).hasSize(TURNS);
        assertThat(lastPrompt().encode())
                .contains("You help people", "message 11")
                .doesNotContain("message 1 ");
    }

    @Test
    void where_the_model_counts_more_than_was_estimated_its_last_answer_corrects_the_estimate() {
        rig.context = CONTEXT;
        rig.engine.charsPerToken = 2;
        rig.agent(null);
        rig.conversation();
        talk();
        assertThat(rig.engine.asked).hasSize(TURNS);
        Message.Usage usage = rig.messages().get(1).usage();
        assertThat(usage.estimated()).isPositive().isLessThan((int) usage.prompt());
    }

    @Test
    void one_goes_on_past_a_context_that_is_not_known_and_that_the_model_names() {
        rig.engine.refusesAs = ToolCallingEngine.Refusing.LLAMA;
        rig.engine.charsPerToken = 2;
        rig.agent(null);
        rig.conversation();
        talk();
        assertThat(rig.engine.asked.size()).isBetween(TURNS + 1, 2 * TURNS);
        assertThat(lastPrompt().encode())
                .contains("You help people", "message 11")
                .doesNotContain("message 1 ");
    }

    @Test
    void one_goes_on_past_a_context_of_which_the_server_names_the_parameter_alone() {
        rig.engine.refusesAs = ToolCallingEngine.Refusing.VLLM;
        rig.agent(null);
        rig.conversation();
        talk();
        assertThat(rig.engine.asked.size()).isGreaterThan(TURNS);
        assertThat(lastPrompt().encode()).contains("message 11").doesNotContain("message 1 ");
    }

    @Test
    void one_goes_on_where_the_server_says_it_in_a_sentence_and_what_is_known_tells_that_it_may_be_so() {
        rig.engine.refusesAs = ToolCallingEngine.Refusing.SENTENCE;
        rig.context = CONTEXT;
        rig.agent(null);
        rig.conversation();
        talk();
        assertThat(rig.engine.asked).hasSize(TURNS);
        rig.engine.charsPerToken = 2; // what is said now has more tokens than what was said before
        assertThat(said("msg_more", "more").status()).isEqualTo(ExecutionState.COMPLETED);
        assertThat(rig.engine.asked.size()).isBetween(TURNS + 2, TURNS + 3);
    }

    @Test
    void one_goes_on_past_a_context_that_only_the_list_of_models_tells() {
        rig.engine.refusesAs = ToolCallingEngine.Refusing.SENTENCE;
        rig.engine.maxModelLen = CONTEXT;
        rig.agent(null);
        rig.conversation();
        talk();
        assertThat(rig.engine.listed).hasValue(1);
        // what is known then is kept: one call was refused
        assertThat(rig.engine.asked).hasSize(TURNS + 1);
        assertThat(lastPrompt().encode()).contains("message 11").doesNotContain("message 1 ");
    }

    @Test
    void a_refusal_that_is_not_about_the_length_is_told_as_it_was() {
        rig.context = CONTEXT;
        rig.agent(null);
        rig.conversation();
        rig.engine.refuses = "You help";
        assertThat(said("msg_short", "short").error().message()).isEqualTo("the model: not that");
        assertThat(rig.engine.asked).hasSize(1); // too short to be too long
        rig.engine.refuses = null;
        talk();
        int before = rig.engine.asked.size();
        rig.engine.refuses = "You help";
        assertThat(said("msg_long", "long").error().message()).isEqualTo("the model: not that");
        assertThat(rig.engine.asked.size() - before).isBetween(2, 3);
    }

    @Test
    void one_goes_on_past_a_context_that_nobody_names() {
        rig.agent(null);
        rig.conversation();
        talk();
        assertThat(rig.engine.asked.size()).isGreaterThan(TURNS);
        assertThat(lastPrompt().encode())
                .contains("You help people", "message 11")
                .doesNotContain("message 1 ");
    }

    @Test
    void a_message_that_does_not_fit_alone_fails_with_the_numbers_and_the_next_one_is_answered() {
        rig.engine.refusesAs = ToolCallingEngine.Refusing.LLAMA;
        rig.agent(null);
        rig.conversation();
        Execution turn = said("msg_1", "word ".repeat(600));
        assertThat(turn.status()).isEqualTo(ExecutionState.FAILED);
        assertThat(turn.error().category()).isEqualTo(ErrorCategory.CONTEXT_EXCEEDED);
        long tokens = rig.engine.asked.get(0).getJsonArray("messages").encode().length() / 4;
        assertThat(turn.error().message())
                .isEqualTo("the prompt does not fit into the model's context: with the system prompt and the newest"
                        + " message alone it has " + tokens + " tokens, and the context has 600");
        assertThat(rig.engine.asked).hasSize(1);
        assertThat(said("msg_2", "Hi").status()).isEqualTo(ExecutionState.COMPLETED);
    }

    @Test
    void an_answer_is_not_asked_to_be_longer_than_the_context() {
        rig.context = CONTEXT;
        rig.agent(null);
        rig.change(agent -> agent.parameters(new JsonObject().put("max_tokens", 4_000)));
        rig.conversation();
        talk();
        assertThat(rig.engine.asked).hasSize(TURNS);
        assertThat(rig.engine.asked)
                .allSatisfy(body -> assertThat(body.getInteger("max_tokens")).isBetween(CONTEXT / 2, CONTEXT));
    }
}
