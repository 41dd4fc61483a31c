package io.aiwm.controller.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.controller.agent.Approval.State;
import io.aiwm.controller.agent.Tool.ApprovalDefault;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.model.Mortal;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tool calls of which nobody decides in time. */
@Timeout(300)
class ApprovalExpiryTest extends WithAgentRig {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final String AFTER_TOOLS = "It is 21 degrees in Paris and 9 in Oslo.";

    private ToolRequestBuilder asking(ApprovalDefault unanswered) {
        return rig.weather("POST")
                .approval(Tool.Approval.ASK)
                .approvalTimeoutMs(MINUTE.toMillis())
                .approvalDefault(unanswered);
    }

    private void waiting(ApprovalDefault unanswered) {
        rig.tool(asking(unanswered));
        rig.agent(null, "weather");
        rig.conversation();
        rig.say("msg_1", "What is the weather?");
        await().atMost(PATIENCE).until(() -> approvals("PENDING").size() == 2);
    }

    private List<Approval> approvals(String... states) {
        return rig.agents()
                .approvals()
                .find(AgentRig.ADA, null, List.of(states), 1_000, null)
                .await()
                .items();
    }

    @Test
    void a_call_of_which_nobody_decides_waits_as_long_as_its_tool_says_and_is_denied_then() {
        waiting(null);
        assertThat(approvals()).allSatisfy(one -> {
            assertThat(Duration.between(one.createdAt(), one.expiresAt())).isEqualTo(MINUTE);
            assertThat(one.onExpiry()).isEqualTo(ApprovalDefault.DENY);
        });
        rig.ahead = MINUTE.minusSeconds(30);
        rig.agents().driver().run().await();
        assertThat(approvals("PENDING")).hasSize(2);
        rig.ahead = MINUTE;
        goesOn(rig::isIdle);
        assertThat(approvals("EXPIRED"))
                .hasSize(2)
                .extracting(Approval::decidedBy)
                .containsOnly("system");
        assertThat(results()).hasSize(2).containsOnly("the call was denied: nobody approved it in time");
        assertThat(rig.toolServer.asked).isEmpty();
    }

    @Test
    void it_is_made_once_where_its_tool_says_so() {
        waiting(ApprovalDefault.APPROVE);
        rig.ahead = MINUTE;
        goesOn(rig::isIdle);
        assertThat(rig.toolServer.times("/cities/Paris")).isEqualTo(1);
        assertThat(rig.toolServer.times("/cities/Oslo")).isEqualTo(1);
        assertThat(approvals()).hasSize(2).allSatisfy(one -> {
            assertThat(one.state()).isEqualTo(State.STARTED);
            assertThat(one.decidedBy()).isEqualTo("system");
            assertThat(one.reason()).isEqualTo("nobody decided in time");
        });
        assertThat(rig.messages().get(4).text()).isEqualTo(AFTER_TOOLS);
    }

    @Test
    void what_was_decided_by_nobody_is_not_decided_again() {
        waiting(ApprovalDefault.APPROVE);
        String id = approvals().get(0).id();
        rig.ahead = MINUTE;
        assertThatThrownBy(() -> rig.agents()
                        .approvals()
                        .decide(id, new Approvals.Decision(false, null, "too late"), "ada", AgentRig.ADA)
                        .await())
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.kind).isEqualTo(Failure.Kind.CONFLICT))
                .hasMessageContaining("is APPROVED");
        goesOn(rig::isIdle);
        assertThat(rig.toolServer.asked).hasSize(2);
    }

    @Test
    void what_the_tool_says_later_does_not_change_what_waits() {
        waiting(ApprovalDefault.DENY);
        rig.agents()
                .tools()
                .replace(
                        "tool_1",
                        asking(ApprovalDefault.APPROVE)
                                .approvalTimeoutMs(1_000L)
                                .build(),
                        "ada",
                        null)
                .await();
        rig.ahead = MINUTE.minusSeconds(30);
        rig.agents().driver().run().await();
        assertThat(approvals("PENDING")).hasSize(2);
        rig.ahead = MINUTE;
        goesOn(rig::isIdle);
        assertThat(rig.toolServer.asked).isEmpty();
    }

    @Test
    void a_controller_that_is_started_after_the_time_decides_once() {
        waiting(ApprovalDefault.APPROVE);
        rig.ahead = MINUTE;
        anotherController();
        goesOn(rig::isIdle);
        assertThat(rig.toolServer.times("/cities/Paris")).isEqualTo(1);
        assertThat(rig.toolServer.times("/cities/Oslo")).isEqualTo(1);
        assertThat(rig.messages().get(4).text()).isEqualTo(AFTER_TOOLS);
    }

    @Test
    void whichever_write_a_controller_dies_at_that_decides_for_nobody_no_call_is_made_twice() {
        waiting(ApprovalDefault.APPROVE);
        rig.ahead = MINUTE;
        boolean died = true;
        int at = 0;
        for (; died; at++) {
            if (at > 0) {
                rig.say("msg_" + (at + 1), "What is the weather?");
                await().atMost(PATIENCE).until(() -> approvals("PENDING").size() == 2);
                rig.ahead = rig.ahead.plus(MINUTE);
            }
            rig.toolServer.asked.clear();
            var mortal = new Mortal(at, at % 2 == 0);
            rig.begin(mortal::of, List.of("127.0.0.1"));
            await().atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).until(() -> isOver(mortal));
            died = mortal.isDead();
            anotherController();
            goesOn(() -> {
                approvals("PENDING").stream()
                        .filter(one -> one.why().equals(Approval.REPEAT))
                        .forEach(this::deny);
                return rig.isIdle();
            });
            assertThat(rig.toolServer.times("/cities/Paris")).as("at " + at).isLessThanOrEqualTo(1);
            assertThat(rig.toolServer.times("/cities/Oslo")).as("at " + at).isLessThanOrEqualTo(1);
            assertThat(rig.message(rig.now().lastMessageId()).text())
                    .as("at " + at)
                    .isEqualTo(AFTER_TOOLS);
        }
        // two decisions, two that the calls begin, two results, their steps, the answer, the end
        assertThat(at).isGreaterThan(10);
    }

    private void deny(Approval one) {
        rig.agents()
                .approvals()
                .decide(one.id(), new Approvals.Decision(false, null, "nobody knows"), "ada", AgentRig.ADA)
                .await();
    }

    /** It may die while it is asked. */
    private boolean isOver(Mortal mortal) {
        try {
            rig.agents().driver().run().await();
            return mortal.isDead() || rig.isIdle();
        } catch (Failure dead) {
            assertThat(mortal.isDead()).isTrue();
            return true;
        }
    }

    @Test
    void a_call_that_may_have_been_made_is_not_repeated_without_a_word() {
        rig.toolServer.statuses.addAll(List.of(0, 0)); // it does not answer
        waiting(ApprovalDefault.APPROVE);
        rig.ahead = MINUTE;
        goesOn(() -> rig.toolServer.asked.size() == 2);
        anotherController();
        goesOn(() -> approvals("PENDING").size() == 2);
        assertThat(approvals("PENDING")).allSatisfy(one -> {
            assertThat(one.why()).isEqualTo(Approval.REPEAT);
            assertThat(one.onExpiry()).isEqualTo(ApprovalDefault.DENY);
        });
        rig.ahead = MINUTE.plus(MINUTE);
        goesOn(rig::isIdle);
        assertThat(rig.toolServer.asked).hasSize(2);
        assertThat(results())
                .hasSize(2)
                .allMatch(text -> text.endsWith("; to repeat it was denied: nobody approved it in time"));
    }

    @Test
    void a_turn_that_ends_first_denies() {
        rig.tool(asking(ApprovalDefault.APPROVE));
        rig.agent(AgentLimitsBuilder.builder().seconds(30).build(), "weather");
        rig.conversation();
        Message said = rig.say("msg_1", "What is the weather?");
        await().atMost(PATIENCE).until(() -> approvals("PENDING").size() == 2);
        Execution turn = rig.process.executions().get(said.executionId()).await();
        assertThat(approvals()).allSatisfy(one -> {
            assertThat(one.expiresAt()).isEqualTo(turn.deadline());
            assertThat(one.onExpiry()).isEqualTo(ApprovalDefault.DENY);
        });
        // also a controller that is started later than both makes no call
        rig.ahead = MINUTE;
        anotherController();
        rig.agents().driver().run().await();
        assertThat(approvals("PENDING")).hasSize(2);
        rig.process.executions().look(turn.id()).await();
        goesOn(rig::isIdle);
        assertThat(approvals("DENIED")).hasSize(2).extracting(Approval::reason).containsOnly("the turn has ended");
        assertThat(rig.toolServer.asked).isEmpty();
    }

    @Test
    void records_of_an_earlier_version_wait_an_hour_and_are_denied() {
        waiting(ApprovalDefault.APPROVE);
        JsonObject approval = Json.toObject(approvals().get(0));
        approval.remove("onExpiry");
        assertThat(Json.decode(approval, Approval.class).onExpiry()).isEqualTo(ApprovalDefault.DENY);
        JsonObject tool = Json.toObject(rig.agents().tools().get("weather").await());
        tool.remove("approvalTimeoutMs");
        tool.remove("approvalDefault");
        Tool read = Json.decode(tool, Tool.class);
        assertThat(read.approvalTimeoutMs()).isEqualTo(3_600_000);
        assertThat(read.approvalDefault()).isEqualTo(ApprovalDefault.DENY);
    }
}
