package io.aiwm.controller.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Failure;
import io.aiwm.common.Failure.FieldError;
import io.aiwm.controller.agent.AgentMemory;
import io.aiwm.controller.agent.AgentRequestBuilder;
import io.aiwm.controller.agent.AgentRig;
import io.aiwm.controller.agent.ConversationFilter;
import io.aiwm.controller.agent.InstructionRequest;
import io.aiwm.controller.agent.Message;
import io.aiwm.controller.agent.Tool;
import io.aiwm.controller.agent.Turns.Author;
import io.aiwm.controller.agent.UserIdentity;
import io.aiwm.controller.execution.ExecutionState;
import io.aiwm.controller.execution.RetrySelection;
import io.aiwm.controller.execution.StepState;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Runs of evaluations: what they compare, what they leave alone, and how they end. */
class EvaluationRunsTest extends EvaluationRig {
    /** An agent without tools whose model says what the version of its instruction tells it. */
    private void speaker(String... versions) {
        for (int i = 0; i < versions.length; i++) {
            var wanted = new InstructionRequest("speech", null, "Say " + versions[i], null, null, null, null);
            var instructions = rig.agents().instructions();
            if (i == 0) {
                instructions.create("instr_2", wanted, "ada").await();
            } else {
                instructions.replace("speech", wanted, "ada", null).await();
            }
        }
        rig.agents()
                .agents()
                .create(
                        "agent_2",
                        AgentRequestBuilder.builder()
                                .name("speaker")
                                .instructionId("speech")
                                .model("scripted")
                                .build(),
                        "ada")
                .await();
    }

    private EvaluationRun ended(String id) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> runs().get(id, AgentRig.ADA).await().endedAt() != null);
        return runs().get(id, AgentRig.ADA).await();
    }

    @Test
    void two_versions_of_an_instruction_are_compared_case_by_case() throws Exception {
        speaker("Oslo is cold.", "{\"city\":\"Bergen\"}");
        evaluation(
                asked("city", "Which?", Expectation.contains("oslo")),
                asked("json", "Which?", Expectation.schema(new JsonObject().put("type", "object"))),
                asked("judged", "Which?", Expectation.judged("Bergen")),
                asked("any", "Which?"));
        begin("evalrun_1", "scripted", of("speaker", 1), of("speaker", null));
        EvaluationRun run = ended("evalrun_1");
        assertThat(execution(run).status()).isEqualTo(ExecutionState.COMPLETED);
        assertThat(execution(run).progress()).isEqualTo(100);
        assertThat(runs().evaluationId("talk").await()).isEqualTo("eval_1");
        assertThat(runs().evaluationId("nothing").await()).isEqualTo("nothing");
        Comparison compared = runs().compared(run).await();
        assertThat(compared.rows())
                .extracting(Comparison.Row::change)
                .containsExactly(
                        Comparison.Change.WORSE,
                        Comparison.Change.BETTER,
                        Comparison.Change.BETTER,
                        Comparison.Change.SAME);
        assertThat(compared.candidates()).extracting(Comparison.Total::passed).containsExactly(2, 3);
        assertThat(compared.candidates())
                .extracting(Comparison.Total::instructionVersion)
                .containsExactly(1, 2);
        assertThat(compared.candidates().get(0).promptTokens()).isEqualTo(4 * 5);
        assertThat(compared.rows().get(0).results().get(1).answer()).isEqualTo("{\"city\":\"Bergen\"}");
        // 8 turns and 2 verdicts, all on the user's account
        for (int i = 0; i < 10; i++) {
            assertThat(rig.usage.poll(5, TimeUnit.SECONDS).user()).isEqualTo("ada");
        }
    }

    @Test
    void its_conversations_are_in_no_list_and_take_no_message_and_go_with_the_run() {
        speaker("Oslo.");
        evaluation(asked("city", "Which?"));
        begin("evalrun_1", null, of("speaker", 1));
        EvaluationRun run = ended("evalrun_1");
        var conversations = rig.agents().conversations();
        assertThat(conversations
                        .count(new ConversationFilter(null, null, null, List.of(), null, false))
                        .await())
                .isZero();
        var trial = conversations.get("conv_" + run.keyOf(0), AgentRig.ADA).await();
        assertThatThrownBy(() -> rig.agents()
                        .turns()
                        .post(trial, "msg_x", List.of(new Message.Part("text", "More")), new Author("ada", null))
                        .await())
                .hasMessageContaining("is part of evaluation run evalrun_1");
        runs().delete(run).await();
        assertThatThrownBy(() -> conversations.get(trial.id(), null).await()).hasMessageContaining("not exist");
        assertThat(rig.agents().turns().messages().count(trial.id()).await()).isZero();
    }

    @Test
    void a_tool_that_needs_approval_is_not_called_and_nobody_is_asked() {
        rig.tool(rig.weather("POST").approval(Tool.Approval.ASK));
        rig.agent(null, "weather");
        evaluation(asked(
                "asks",
                "What is the weather?",
                Expectation.toolCalled("weather", new JsonObject().put("city", "Oslo"))));
        begin("evalrun_1", null, of("helper", null));
        EvaluationRun run = ended("evalrun_1");
        assertThat(rig.toolServer.asked).isEmpty();
        EvaluationResult result =
                runs().compared(run).await().rows().get(0).results().get(0);
        assertThat(result.passed()).isTrue();
        assertThat(result.toolCalls()).hasSize(2);
        assertThat(rig.agents().turns().messages().ofTurn(result.executionId()).await())
                .filteredOn(message -> message.role() == Message.Role.TOOL)
                .hasSize(2)
                .allMatch(message -> message.failed()
                        && message.content().get(0).text().contains("in an evaluation nobody is asked"));
        assertThat(rig.agents().approvals().count(AgentRig.ADA, null, List.of()).await())
                .isZero();
    }

    @Test
    void memory_is_neither_read_nor_offered() {
        speaker("Oslo.");
        var agents = rig.agents().agents();
        agents.replace(
                        "speaker",
                        AgentRequestBuilder.builder()
                                .name("speaker")
                                .instructionId("speech")
                                .model("scripted")
                                .memory(new AgentMemory(null))
                                .build(),
                        "ada",
                        null)
                .await();
        evaluation(asked("city", "Which?"));
        begin("evalrun_1", null, of("speaker", 1));
        ended("evalrun_1");
        assertThat(rig.engine.asked).hasSize(1);
        assertThat(rig.engine.asked.get(0).containsKey("tools")).isFalse();
    }

    @Test
    void a_turn_that_cannot_be_had_fails_its_case_and_not_the_run() {
        speaker("Oslo.");
        evaluation(asked("city", "Which?"));
        begin("evalrun_1", null, new EvaluationRunRequest.Candidate("gone", "speaker", 1, "nothing"), of("speaker", 1));
        EvaluationRun run = ended("evalrun_1");
        assertThat(execution(run).status()).isEqualTo(ExecutionState.COMPLETED);
        Comparison.Row row = runs().compared(run).await().rows().get(0);
        assertThat(row.change()).isEqualTo(Comparison.Change.BETTER);
        assertThat(row.results().get(0).error()).contains("the turn ended as FAILED", "nothing");
        assertThat(row.results().get(1).passed()).isTrue();
    }

    @Test
    void cancelling_ends_turns_under_way_at_once_and_keeps_what_is_there() throws Exception {
        speaker("Oslo.");
        evaluation(asked("fine", "Which?"), asked("stalls", "stall"), asked("too", "stall"), asked("later", "stall"));
        begin("evalrun_1", null, of("speaker", 1));
        EvaluationRun run = runs().get("evalrun_1", null).await();
        await().atMost(PATIENCE)
                .until(() -> runs().result(run, 0).await() != null
                        && execution(run).steps().stream()
                                        .filter(step -> step.status() == StepState.RUNNING)
                                        .count()
                                == 2);
        runs().cancel(run, "ada").await();
        ended("evalrun_1");
        assertThat(execution(run).status()).isEqualTo(ExecutionState.CANCELLED);
        rig.engine.awaitCancelled(2);
        Comparison compared = runs().compared(run).await();
        assertThat(compared.candidates().get(0).passed()).isEqualTo(1);
        assertThat(compared.candidates().get(0).open()).isEqualTo(3);
        assertThatThrownBy(() -> rig.process
                        .executions()
                        .retry(run.executionId(), RetrySelection.UNFINISHED, "ada")
                        .await())
                .hasMessageContaining("begin another one");
    }

    @Test
    void what_a_run_names_has_to_be_there() {
        speaker("Oslo.");
        evaluation(asked("judged", "Which?", Expectation.judged("x")));
        assertThatThrownBy(() -> begin("evalrun_1", null, of("speaker", 7), of("nobody", null)))
                .isInstanceOfSatisfying(
                        Failure.class,
                        failure -> assertThat(failure.errors)
                                .extracting(FieldError::pointer)
                                .containsExactlyInAnyOrder(
                                        "/judge", "/candidates/0/instructionVersion", "/candidates/1/agentId"));
        assertThat(runs().count(null, null).await()).isZero();
    }

    @Test
    void a_run_is_its_user_s_alone() {
        speaker("Oslo.");
        evaluation(asked("city", "Which?"));
        begin("evalrun_1", null, of("speaker", 1));
        ended("evalrun_1");
        assertThatThrownBy(
                        () -> runs().get("evalrun_1", UserIdentity.named("bob")).await())
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.kind).isEqualTo(Failure.Kind.NOT_FOUND));
    }
}
