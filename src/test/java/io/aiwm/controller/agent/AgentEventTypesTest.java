package io.aiwm.controller.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.ToldEvents;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each type of event of agents and of tool calls that wait for somebody's word, by what makes it. */
@Timeout(120)
class AgentEventTypesTest extends WithAgentRig {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private ToldEvents events(String... prefixes) {
        return new ToldEvents(
                rig.store, folder, Set.copyOf(AgentServices.eventKinds().keySet()), prefixes);
    }

    @Test
    void each_type_of_an_agent_and_what_it_is_made_of_is_told() {
        try (var events = events("agent.")) {
            events.tells(() -> rig.tool(rig.weather("GET")), "agent.tool.created");
            events.tells(() -> rig.agent(null, "weather"), "agent.instruction.created", "agent.created");
            var agents = rig.agents().agents();
            var tools = rig.agents().tools();
            var instructions = rig.agents().instructions();
            events.tells(
                    () -> tools.replace("tool_1", rig.weather("POST").build(), "ada", null)
                            .await(),
                    "agent.tool.updated");
            events.tells(
                    () -> instructions
                            .replace(
                                    "instr_1",
                                    new InstructionRequest("support", null, "Help.", null, null, null, null),
                                    "ada",
                                    null)
                            .await(),
                    "agent.instruction.updated");
            events.tells(
                    () -> agents.replace(
                                    "agent_1",
                                    AgentRequestBuilder.builder()
                                            .name("helper")
                                            .instructionId("support")
                                            .model("scripted")
                                            .build(),
                                    "ada",
                                    null)
                            .await(),
                    "agent.updated");
            rig.conversation();
            events.tells(
                    () -> {
                        rig.say("msg_1", "stall");
                        rig.say("msg_2", "Hello");
                        rig.agents().turns().cancel(rig.now(), "ada").await();
                        await().atMost(PATIENCE).until(rig::isIdle);
                    },
                    "agent.turn.started",
                    "agent.turn.ended",
                    "agent.turn.started",
                    "agent.turn.ended");
            rig.agents().conversations().delete("conv_1", AgentRig.ADA, null).await();
            Instant before = Instant.now();
            JsonObject deleted = events.tells(
                            () -> agents.delete("agent_1", null).await(), "agent.deleted")
                    .get(0);
            assertThat(deleted.getInstant("at")).isAfterOrEqualTo(before);
            events.tells(() -> tools.delete("tool_1", null).await(), "agent.tool.deleted");
            events.tells(() -> instructions.delete("instr_1", null).await(), "agent.instruction.deleted");
            events.tells(() -> instructions.restore("instr_1", null).await(), "agent.instruction.restored");
            events.tells(() -> tools.restore("tool_1", null).await(), "agent.tool.restored");
            events.tells(() -> agents.restore("agent_1", null).await(), "agent.restored");
            events.areAllThatAreDocumented();
        }
    }

    @Test
    void each_type_of_an_approval_is_told_to_whom_it_belongs() {
        rig.tool(rig.weather("GET").approval(Tool.Approval.ASK));
        rig.agent(null, "weather");
        rig.conversation();
        try (var events = events("approval.")) {
            var ids = new ArrayList<String>();
            List<JsonObject> asked = events.tells(
                    () -> {
                        rig.say("msg_1", "What is the weather?");
                        await().atMost(PATIENCE).until(() -> pending().size() == 2);
                        pending().forEach(one -> ids.add(one.id()));
                    },
                    "approval.asked?",
                    "approval.asked?");
            assertThat(asked).allMatch(event -> "ada".equals(event.getString("owner")));
            assertThat(events.read("viewer", 0))
                    .noneMatch(event -> event.getString("type").startsWith("approval."));
            events.tells(() -> decide(ids.get(0), false), "approval.denied");
            events.tells(
                    () -> {
                        decide(ids.get(1), true);
                        await().atMost(PATIENCE).until(rig::isIdle);
                    },
                    "approval.approved",
                    "approval.started");
            events.tells(this::expires, "approval.asked?", "approval.expired");
            events.areAllThatAreDocumented();
        }
    }

    private List<Approval> pending() {
        return rig.agents()
                .approvals()
                .find(AgentRig.ADA, "conv_1", List.of("PENDING"), 10, null)
                .await()
                .items();
    }

    private void decide(String id, boolean approved) {
        rig.agents()
                .approvals()
                .decide(id, new Approvals.Decision(approved, null, null), "ada", AgentRig.ADA)
                .await();
    }

    /** With a clock that is turned on. */
    private void expires() {
        var like = ApprovalBuilder.builder()
                .user("ada")
                .conversationId("conv_1")
                .executionId("exec_1")
                .stepIndex(1)
                .round(1)
                .toolId("tool_1")
                .toolName("weather")
                .arguments("{}");
        Tool tool = rig.agents().tools().any("tool_1").await();
        new Approvals(rig.store, id -> null, InstantSource.system())
                .ask(like, tool, Instant.MAX)
                .await();
        var later = InstantSource.fixed(
                Instant.now().plusMillis(tool.approvalTimeoutMs()).plusSeconds(1));
        new Approvals(rig.store, id -> null, later).last("exec_1", 1).await();
    }
}
