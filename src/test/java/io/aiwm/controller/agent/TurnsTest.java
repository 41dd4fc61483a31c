package io.aiwm.controller.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Failure;
import io.aiwm.controller.agent.Message.Role;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.ExecutionState;
import io.aiwm.controller.execution.RetrySelection;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.execution.StepState;
import io.aiwm.testing.ToolServer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Turns of agents: what models and tools answer, what readers hear, and how turns end. */
@Timeout(300)
class TurnsTest extends WithAgentRig {
    private Execution turn(Message said) {
        return rig.process.executions().get(said.executionId()).await();
    }

    @Test
    void a_message_is_answered_and_the_answer_goes_on_the_user_s_account() throws Exception {
        rig.agent(null);
        rig.conversation();
        Message said = rig.say("msg_1", "Hello");
        awaitIdle();
        List<Message> all = rig.messages();
        assertThat(all).extracting(Message::role).containsExactly(Role.USER, Role.ASSISTANT);
        assertThat(all.get(1).parentId()).isEqualTo("msg_1");
        assertThat(all.get(1).text()).isNotBlank();
        assertThat(all.get(1).usage())
                .extracting(Message.Usage::prompt, Message.Usage::completion)
                .containsExactly(5L, 7L);
        assertThat(rig.now().lastMessageId()).isEqualTo(all.get(1).id());
        assertThat(turn(said).status()).isEqualTo(ExecutionState.COMPLETED);
        var call = rig.usage.poll(5, TimeUnit.SECONDS);
        assertThat(call.user()).isEqualTo("ada");
        assertThat(call.promptTokens()).isEqualTo(5);
    }

    @Test
    void two_tool_calls_run_at_once_and_the_model_answers_with_their_results() {
        rig.toolServer.delayMillis = 200;
        rig.tool(rig.weather("GET"));
        rig.agent(null, "weather");
        rig.conversation();
        Message said = rig.say("msg_1", "What is the weather?");
        awaitIdle();
        assertThat(rig.messages())
                .extracting(Message::role)
                .containsExactly(Role.USER, Role.ASSISTANT, Role.TOOL, Role.TOOL, Role.ASSISTANT);
        assertThat(rig.messages().get(4).text()).isEqualTo(AFTER_TOOLS);
        assertThat(rig.toolServer.mostAtOnce.get()).isEqualTo(2);
        assertThat(rig.toolServer.asked).allMatch(asked -> asked.authorization().equals("Bearer " + AgentRig.SECRET));
        assertThat(turn(said).steps())
                .extracting(step -> step.spec().command())
                .containsExactly("agent.model", "agent.tool", "agent.tool", "agent.model");
        assertThat(turn(said).steps()).extracting(Step::status).containsOnly(StepState.COMPLETED);
        assertThat(rig.messages().toString() + turn(said)).doesNotContain(AgentRig.SECRET);
    }

    @Test
    void no_more_tool_calls_run_at_once_than_the_agent_may() {
        rig.toolServer.delayMillis = 100;
        rig.tool(rig.weather("GET"));
        rig.agent(AgentLimitsBuilder.builder().parallelToolCalls(1).build(), "weather");
        rig.conversation();
        rig.say("msg_1", "What is the weather?");
        awaitIdle();
        assertThat(rig.messages()).hasSize(5);
        assertThat(rig.toolServer.mostAtOnce.get()).isEqualTo(1);
    }

    @Test
    void a_turn_that_would_make_more_calls_than_its_limit_ends_and_says_so() {
        rig.tool(rig.weather("GET"));
        rig.agent(AgentLimitsBuilder.builder().toolCalls(1).build(), "weather");
        rig.conversation();
        Message said = rig.say("msg_1", "What is the weather?");
        awaitIdle();
        assertThat(turn(said).status()).isEqualTo(ExecutionState.FAILED);
        assertThat(turn(said).error().message()).contains("limits.toolCalls");
        assertThat(rig.toolServer.asked).isEmpty();
        // the conversation goes on from what was said: a call without a result would be refused
        assertThat(rig.now().lastMessageId()).isEqualTo("msg_1");
    }

    @Test
    void a_turn_that_has_ended_is_not_tried_again_behind_its_conversation() {
        rig.tool(rig.weather("GET"));
        rig.agent(AgentLimitsBuilder.builder().toolCalls(1).build(), "weather");
        rig.conversation();
        Message said = rig.say("msg_1", "What is the weather?");
        awaitIdle();
        assertThatThrownBy(() -> rig.process
                        .executions()
                        .retry(said.executionId(), RetrySelection.UNFINISHED, "ada")
                        .await())
                .hasMessageContaining("send the message again");
        assertThat(turn(said).status()).isEqualTo(ExecutionState.FAILED);
    }

    @Test
    void a_secret_that_a_tool_answers_with_reaches_neither_the_model_nor_a_reader() {
        rig.toolServer.answer = "{\"headers\":{\"Authorization\":\"Bearer " + AgentRig.SECRET + "\"}}";
        rig.tool(rig.weather("GET"));
        rig.agent(null, "weather");
        rig.conversation();
        Message said = rig.say("msg_1", "What is the weather?");
        awaitIdle();
        assertThat(rig.messages().get(2).text()).isEqualTo("{\"headers\":{\"Authorization\":\"Bearer [secret]\"}}");
        assertThat(events(said, null).toString()).doesNotContain(AgentRig.SECRET);
    }

    @Test
    void a_reader_of_a_turn_that_is_about_to_begin_is_not_told_that_it_has_ended() throws Exception {
        BlockingQueue<TurnReading.Told> begins = new LinkedBlockingQueue<>();
        BlockingQueue<TurnReading.Told> gone = new LinkedBlockingQueue<>();
        Runnable leave = rig.agents().reading().read(new TurnReading.Wanted("ex_none", null, true, null), begins::add);
        rig.agents().reading().read(new TurnReading.Wanted("ex_none", null, false, null), gone::add);
        // the store answers in turn: by now it has told both that there is no execution
        assertThat(gone.poll(10, TimeUnit.SECONDS).data().getString("status")).isEqualTo("DELETED");
        assertThat(begins).isEmpty();
        leave.run();
    }

    @Test
    void a_model_that_breaks_off_is_asked_again_and_its_failure_is_told() {
        rig.agent(null);
        rig.conversation();
        Message said = rig.say("msg_1", "limit");
        await().atMost(PATIENCE).until(() -> turn(said).steps().get(0).error() != null);
        assertThat(turn(said).steps().get(0).error().message()).contains("too many");
    }

    @Test
    void cancel_ends_a_stalled_model_within_a_second() throws Exception {
        rig.agent(null);
        rig.conversation();
        Message said = rig.say("msg_1", "stall");
        await().atMost(PATIENCE)
                .until(() -> events(said, null).stream()
                        .anyMatch(event -> event.type().equals("delta")));
        long began = System.nanoTime();
        rig.agents().turns().cancel(rig.now(), "ada").await();
        rig.engine.awaitCancelled(1);
        awaitIdle();
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(1));
        assertThat(turn(said).status()).isEqualTo(ExecutionState.CANCELLED);
    }

    @Test
    void cancel_ends_tool_calls_within_a_second() throws Exception {
        rig.toolServer.statuses.addAll(List.of(0, 0));
        rig.tool(rig.weather("POST"));
        rig.agent(null, "weather");
        rig.conversation();
        Message said = rig.say("msg_1", "What is the weather?");
        await().atMost(PATIENCE).until(() -> rig.toolServer.asked.size() == 2);
        long began = System.nanoTime();
        rig.agents().turns().cancel(rig.now(), "ada").await();
        assertThat(rig.toolServer.given.poll(1, TimeUnit.SECONDS)).isNotNull();
        assertThat(rig.toolServer.given.poll(1, TimeUnit.SECONDS)).isNotNull();
        awaitIdle();
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(1));
        assertThat(turn(said).status()).isEqualTo(ExecutionState.CANCELLED);
    }

    @Test
    void messages_wait_for_the_running_turn_and_one_too_many_is_refused() {
        rig.agent(null);
        rig.conversation();
        rig.say("msg_0", "stall");
        for (int i = 1; i <= Conversations.MOST_QUEUED; i++) {
            assertThat(rig.say("msg_" + i, "Hello " + i).executionId()).isNull();
        }
        assertThatThrownBy(() -> rig.say("msg_99", "one too many")).isInstanceOfSatisfying(Failure.class, refused -> {
            assertThat(refused.kind).isEqualTo(Failure.Kind.LIMITED);
            assertThat(refused).hasMessageContaining("a turn is running");
        });
        rig.agents().turns().cancel(rig.now(), "ada").await();
        awaitIdle();
        assertThat(rig.messages().stream().filter(message -> message.role() == Role.ASSISTANT))
                .hasSize(Conversations.MOST_QUEUED);
    }

    private List<TurnReading.Told> events(Message said, String after) {
        BlockingQueue<TurnReading.Told> told = new LinkedBlockingQueue<>();
        rig.agents()
                .reading()
                .read(new TurnReading.Wanted(said.executionId(), null, false, after), told::add)
                .run();
        return List.copyOf(told);
    }

    @Test
    void a_message_said_again_or_otherwise_begins_a_branch_and_the_conversation_goes_on_there() {
        rig.agent(null);
        rig.conversation();
        rig.say("msg_1", "Hello");
        awaitIdle();
        rig.say("msg_2", "And now?");
        awaitIdle();
        Message second = rig.message("msg_2");
        String answer = rig.now().lastMessageId();
        branch(answer, "msg_3", null);
        assertThat(rig.message("msg_3").text()).isEqualTo("And now?");
        assertThat(rig.message("msg_3").parentId()).isEqualTo(second.parentId());
        assertThat(rig.message("msg_3").inPlaceOf()).isEqualTo("msg_2");
        assertThat(rig.now().lastMessageId()).isNotEqualTo(answer);
        branch("msg_1", "msg_4", "Good day");
        assertThat(rig.message("msg_4").parentId()).isNull();
        Message last = rig.message(rig.now().lastMessageId());
        assertThat(last.role()).isEqualTo(Role.ASSISTANT);
        assertThat(last.parentId()).isEqualTo("msg_4");
        // four times two: what was said before is still there
        assertThat(rig.messages()).hasSize(8);
        assertThatThrownBy(() -> branch("msg_none", "msg_5", null))
                .isInstanceOfSatisfying(
                        Failure.class, none -> assertThat(none.kind).isEqualTo(Failure.Kind.NOT_FOUND));
    }

    private void branch(String from, String id, String text) {
        rig.agents()
                .turns()
                .branch(
                        rig.now(),
                        from,
                        id,
                        text == null ? null : List.of(Message.Part.text(text)),
                        new Turns.Author("ada", null))
                .await();
        awaitIdle();
    }

    @Test
    void a_reader_that_comes_again_misses_nothing() {
        rig.agent(null);
        rig.conversation();
        Message said = rig.say("msg_1", "Hello");
        await().atMost(PATIENCE).until(() -> events(said, null).stream().anyMatch(TurnReading.Told::isLast));
        List<TurnReading.Told> all = events(said, null);
        assertThat(all.get(all.size() - 1).isLast()).isTrue();
        assertThat(all).anyMatch(event -> event.type().equals("message"));
        for (int i = 0; i < all.size(); i++) {
            assertThat(events(said, all.get(i).id())).isEqualTo(all.subList(i + 1, all.size()));
        }
        assertThat(events(said, "run_of_another_process.7")).isEqualTo(all);
    }

    @Test
    void a_tool_on_an_internal_address_is_not_called_unless_that_is_allowed() {
        rig.begin(seen -> seen, List.of());
        rig.tool(rig.weather("GET"));
        rig.agent(null, "weather");
        rig.conversation();
        rig.say("msg_1", "What is the weather?");
        awaitIdle();
        assertThat(rig.toolServer.asked).isEmpty();
        assertThat(rig.messages().get(2).text()).contains("agents.internalHosts");
    }

    @Test
    void only_an_idempotent_tool_is_called_again_with_the_same_key() {
        rig.toolServer.statuses.addAll(List.of(503, 503));
        rig.tool(rig.weather("GET").retries(1));
        rig.agent(null, "weather");
        rig.conversation();
        rig.say("msg_1", "What is the weather?");
        awaitIdle();
        assertThat(rig.toolServer.asked).hasSize(4);
        assertThat(rig.toolServer.asked.stream().map(ToolServer.Asked::key).distinct())
                .hasSize(2);
        assertThat(rig.messages().get(4).text()).isEqualTo(AFTER_TOOLS);
    }
}
