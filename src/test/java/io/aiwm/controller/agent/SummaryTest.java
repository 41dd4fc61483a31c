package io.aiwm.controller.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Failure;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.ExecutionState;
import io.aiwm.controller.execution.StepState;
import io.aiwm.controller.model.Mortal;
import io.aiwm.controller.store.Query.Condition;
import io.vertx.core.json.JsonArray;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Turns whose history does not fit into the prompt. */
@Timeout(300)
class SummaryTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String SUMMARY_ORDER = "Summarise the conversation";
    private static final String SUMMARY_HEAD = "What was said earlier in this conversation, in short:";

    @TempDir
    Path folder;

    private AgentRig rig;

    @BeforeEach
    void open() {
        rig = new AgentRig(folder);
        rig.engine.charsPerToken = 4;
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private void agent(Boolean summarises) {
        rig.agent(null);
        rig.change(agent -> agent.summarises(summarises)
                .limits(AgentLimitsBuilder.builder().contextTokens(1_200).build()));
        rig.conversation();
    }

    /** Some 400 tokens. */
    private static String text(String id) {
        return id + " " + "word ".repeat(320);
    }

    private Execution said(String id, String text) {
        Message said = rig.say(id, text);
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).until(rig::isIdle);
        return rig.process.executions().get(said.executionId()).await();
    }

    private List<JsonArray> calls(String beginning) {
        return rig.engine.asked.stream()
                .map(body -> body.getJsonArray("messages"))
                .filter(messages ->
                        messages.getJsonObject(0).getString("content").startsWith(beginning))
                .toList();
    }

    private List<JsonArray> summaries() {
        return calls(SUMMARY_ORDER);
    }

    private JsonArray lastCall() {
        List<JsonArray> all = calls("You help");
        return all.get(all.size() - 1);
    }

    @Test
    void what_does_not_fit_is_summarised_by_a_step_and_later_turns_go_on_from_it() {
        agent(true);
        said("msg_1", text("first"));
        said("msg_2", text("second"));
        assertThat(summaries()).isEmpty();
        Execution third = said("msg_3", text("third"));
        assertThat(third.status()).isEqualTo(ExecutionState.COMPLETED);
        assertThat(third.steps())
                .extracting(step -> step.spec().name())
                .containsExactly("model call 1", "summary of the history", "model call 1");
        assertThat(summaries()).as(third.steps().toString()).hasSize(1);
        assertThat(summaries().get(0).getJsonObject(1).getString("content"))
                .contains("user: first", "assistant: ")
                .doesNotContain("third");
        assertThat(lastCall().getJsonObject(0).getString("content")).contains(SUMMARY_HEAD);
        assertThat(lastCall().encode()).doesNotContain("first").contains("third");
        // there is room again
        Execution fourth = said("msg_4", "short");
        assertThat(fourth.steps()).hasSize(1);
        assertThat(lastCall().getJsonObject(0).getString("content")).contains(SUMMARY_HEAD);
        assertThat(summaries()).hasSize(1);
        said("msg_5", text("fifth"));
        said("msg_6", text("sixth"));
        assertThat(summaries()).hasSize(2);
        assertThat(summaries().get(1).getJsonObject(1).getString("content"))
                .startsWith("What was before, in short: ")
                .doesNotContain("user: first");
    }

    @Test
    void unless_asked_for_what_does_not_fit_is_left_out() {
        agent(null);
        for (String id : List.of("first", "second", "third")) {
            said("msg_" + id, text(id));
        }
        assertThat(summaries()).isEmpty();
        assertThat(lastCall().encode()).doesNotContain("first").contains("third");
    }

    @Test
    void a_summary_that_fails_leaves_the_older_messages_out_and_the_turn_is_answered() {
        agent(true);
        said("msg_1", text("first"));
        said("msg_2", text("second"));
        rig.engine.refuses = SUMMARY_ORDER;
        Execution third = said("msg_3", text("third"));
        assertThat(third.status()).isEqualTo(ExecutionState.COMPLETED);
        assertThat(third.steps().get(1).status()).isEqualTo(StepState.FAILED);
        assertThat(lastCall().encode()).doesNotContain("first", SUMMARY_HEAD).contains("third");
    }

    @Test
    void whichever_write_the_controller_dies_at_the_turn_ends_with_one_summary() {
        agent(true);
        boolean died = true;
        int at = 0;
        for (; died; at++) {
            String conversation = "conv_at_" + at;
            rig.begin(seen -> seen, List.of("127.0.0.1"));
            begun(conversation);
            var mortal = new Mortal(at, at % 2 == 0);
            rig.begin(mortal::of, List.of("127.0.0.1"));
            try {
                post(conversation, "third");
            } catch (Failure dead) {
                assertThat(mortal.isDead()).isTrue();
            }
            await().atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> mortal.isDead() || isIdle(conversation, mortal));
            died = mortal.isDead();
            boolean kept = stored(conversation) > 0;
            int asked = summaries().size();
            rig.begin(seen -> seen, List.of("127.0.0.1"));
            Message said = post(conversation, "third");
            await("at " + at)
                    .atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> {
                        rig.agents().driver().run().await();
                        return now(conversation).turn() == null;
                    });
            Execution turn = rig.process
                    .executions()
                    .get(rig.message(said.id()).executionId())
                    .await();
            assertThat(turn.status()).as("at " + at).isEqualTo(ExecutionState.COMPLETED);
            assertThat(turn.steps()).as("at " + at).hasSize(3);
            assertThat(stored(conversation)).as("at " + at).isEqualTo(1);
            if (kept) {
                assertThat(summaries())
                        .as("one that is kept is not made again, at " + at)
                        .hasSize(asked);
            }
            assertThat(lastCall().getJsonObject(0).getString("content")).contains(SUMMARY_HEAD);
        }
        // message, place, execution, conversation; the ends of three steps; what is begun, the summary, the answer; the
        // end
        assertThat(at).isGreaterThan(8);
    }

    private long stored(String conversation) {
        return rig.store
                .count("agentSummaries", List.of(Condition.eq("conversationId", conversation)))
                .await();
    }

    private void begun(String conversation) {
        rig.agents()
                .conversations()
                .create(conversation, new Conversations.Wanted("helper", null, null, null, null), AgentRig.ADA)
                .await();
        for (String text : List.of("first", "second")) {
            post(conversation, text);
            await().atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> now(conversation).turn() == null);
        }
    }

    private Conversation now(String conversation) {
        return rig.agents().conversations().get(conversation, AgentRig.ADA).await();
    }

    private Message post(String conversation, String text) {
        return rig.agents()
                .turns()
                .post(
                        now(conversation),
                        "msg_" + text + "_in_" + conversation,
                        List.of(Message.Part.text(text(text))),
                        new Turns.Author("ada", null))
                .await();
    }

    /** It may die while it is asked. */
    private boolean isIdle(String conversation, Mortal mortal) {
        try {
            return now(conversation).turn() == null;
        } catch (Failure dead) {
            assertThat(mortal.isDead()).isTrue();
            return true;
        }
    }
}
