package io.aiwm.controller.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Failure;
import io.aiwm.testing.ToolServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tool calls of turns that wait for a word, and the arguments that people change. */
@Timeout(300)
class ApprovalTurnsTest extends WithAgentRig {
    @Test
    void a_tool_that_asks_waits_for_the_word_and_sends_what_was_changed() {
        rig.tool(rig.weather("GET").approval(Tool.Approval.ASK));
        rig.agent(null, "weather");
        rig.conversation();
        rig.say("msg_1", "What is the weather?");
        await().atMost(PATIENCE).until(() -> pending().size() == 2);
        assertThat(rig.toolServer.asked).isEmpty();
        Approval oslo = pending().stream()
                .filter(one -> one.arguments().contains("Oslo"))
                .findFirst()
                .orElseThrow();
        Approval paris = pending().stream()
                .filter(one -> one.arguments().contains("Paris"))
                .findFirst()
                .orElseThrow();
        rig.agents()
                .approvals()
                .decide(oslo.id(), new Approvals.Decision(true, "{\"city\":\"Bergen\"}", null), "ada", AgentRig.ADA)
                .await();
        rig.agents()
                .approvals()
                .decide(paris.id(), new Approvals.Decision(false, null, "not Paris"), "ada", AgentRig.ADA)
                .await();
        awaitIdle();
        assertThat(rig.toolServer.asked).extracting(ToolServer.Asked::uri).containsExactly("/cities/Bergen");
        assertThat(rig.messages()).anyMatch(message -> message.text().contains("not Paris"));
    }

    @Test
    void an_approval_with_arguments_that_do_not_fit_is_refused_and_still_waits() {
        rig.tool(rig.weather("GET").approval(Tool.Approval.ASK));
        rig.agent(null, "weather");
        rig.conversation();
        rig.say("msg_1", "What is the weather?");
        await().atMost(PATIENCE).until(() -> pending().size() == 2);
        String id = pending().get(0).id();
        assertThat(refused(id, "{\"city\":5}")).containsExactly("/arguments/city");
        assertThat(refused(id, "{}")).containsExactly("/arguments/city");
        // fits the schema, and cannot stand in the path
        assertThat(refused(id, "{\"city\":\"..\"}")).containsExactly("/arguments/city");
        assertThat(pending()).hasSize(2);
        assertThat(rig.toolServer.asked).isEmpty();
        rig.agents()
                .approvals()
                .decide(id, new Approvals.Decision(true, "{\"city\":\"Bergen\"}", null), "ada", AgentRig.ADA)
                .await();
        await().atMost(PATIENCE).until(() -> rig.toolServer.times("/cities/Bergen") == 1);
    }

    private List<String> refused(String approval, String arguments) {
        var places = new ArrayList<String>();
        assertThatThrownBy(() -> rig.agents()
                        .approvals()
                        .decide(approval, new Approvals.Decision(true, arguments, null), "ada", AgentRig.ADA)
                        .await())
                .isInstanceOfSatisfying(Failure.class, failure -> {
                    assertThat(failure.kind).isEqualTo(Failure.Kind.UNPROCESSABLE);
                    failure.errors.forEach(error -> places.add(error.pointer()));
                });
        return places;
    }

    @Test
    void arguments_that_name_something_twice_are_not_sent() {
        rig.tool(rig.weather("GET"));
        rig.agent(null, "weather");
        rig.conversation();
        rig.say("msg_1", "call weather {\"city\":\"Oslo\",\"city\":\"Bergen\"}");
        awaitIdle();
        assertThat(rig.toolServer.asked).isEmpty();
        assertThat(rig.messages().get(2).text()).contains("'city' is given twice");
    }

    @Test
    void arguments_that_somebody_changed_stay_changed_when_another_controller_makes_the_call_again() {
        rig.toolServer.statuses.add(0);
        rig.tool(rig.weather("GET").approval(Tool.Approval.ASK));
        rig.agent(null, "weather");
        rig.conversation();
        rig.say("msg_1", "What is the weather?");
        await().atMost(PATIENCE).until(() -> pending().size() == 2);
        for (Approval one : pending()) {
            boolean oslo = one.arguments().contains("Oslo");
            rig.agents()
                    .approvals()
                    .decide(
                            one.id(),
                            new Approvals.Decision(oslo, oslo ? "{\"city\":\"Bergen\"}" : null, "no"),
                            "ada",
                            AgentRig.ADA)
                    .await();
        }
        await().atMost(PATIENCE).until(() -> rig.toolServer.asked.size() == 1);
        rig.begin(seen -> seen, List.of("127.0.0.1"));
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).until(() -> {
            rig.agents().driver().run().await();
            return rig.isIdle();
        });
        assertThat(rig.toolServer.asked)
                .extracting(ToolServer.Asked::uri)
                .containsExactly("/cities/Bergen", "/cities/Bergen");
    }

    private List<Approval> pending() {
        return rig.agents()
                .approvals()
                .find(AgentRig.ADA, "conv_1", List.of("PENDING"), 10, null)
                .await()
                .items();
    }
}
