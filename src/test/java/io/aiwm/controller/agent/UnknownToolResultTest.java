package io.aiwm.controller.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.json.JsonArray;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tool calls that were under way when their controller was lost. */
@Timeout(120)
class UnknownToolResultTest extends WithAgentRig {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String UNKNOWN = "the call was begun and may have been done; what it answered is not known";

    @BeforeEach
    void open() {
        rig.toolServer.statuses.addAll(List.of(0, 0)); // it does not answer
        rig.tool(rig.weather("POST"));
        rig.agent(null, "weather");
        rig.conversation();
        rig.say("msg_1", "What is the weather?");
        await().atMost(PATIENCE).until(() -> rig.toolServer.asked.size() == 2);
    }

    /** Why a tool cannot be called any more. */
    enum Change {
        TAKEN_FROM_THE_AGENT,
        DENIED,
        INACTIVE,
        OTHER_ARGUMENTS;

        void on(AgentRig rig) {
            switch (this) {
                case TAKEN_FROM_THE_AGENT -> withoutTools(rig);
                case DENIED -> replace(rig, rig.weather("POST").approval(Tool.Approval.DENY));
                case INACTIVE -> replace(rig, rig.weather("POST").active(false));
                case OTHER_ARGUMENTS -> {
                    ToolRequestBuilder with = rig.weather("POST");
                    replace(rig, with.input(with.input().copy().put("required", new JsonArray().add("country"))));
                }
            }
        }

        private static void replace(AgentRig rig, ToolRequestBuilder with) {
            rig.agents().tools().replace("tool_1", with.build(), "ada", null).await();
        }

        private static void withoutTools(AgentRig rig) {
            rig.change(agent -> agent);
        }
    }

    @ParameterizedTest
    @EnumSource(Change.class)
    void a_call_that_cannot_be_repeated_is_not_told_as_one_that_was_not_made(Change change) {
        change.on(rig);
        anotherController();
        goesOn(rig::isIdle);
        assertThat(results())
                .containsOnly(UNKNOWN + "; it cannot be made again now")
                .hasSize(2);
        assertThat(rig.toolServer.asked).hasSize(2);
    }

    @Test
    void what_is_not_to_be_repeated_is_not_told_as_denied_only() {
        anotherController();
        goesOn(() -> pending().size() == 2);
        assertThat(pending()).extracting(Approval::why).containsOnly("repeat");
        pending()
                .forEach(one -> rig.agents()
                        .approvals()
                        .decide(one.id(), new Approvals.Decision(false, null, "it rains"), "ada", AgentRig.ADA)
                        .await());
        goesOn(rig::isIdle);
        assertThat(results())
                .containsOnly(UNKNOWN + "; to repeat it was denied: it rains")
                .hasSize(2);
        assertThat(rig.toolServer.asked).hasSize(2);
    }

    @Test
    void what_is_asked_already_waits_and_cannot_be_repeated_when_the_tool_is_gone() {
        anotherController();
        goesOn(() -> pending().size() == 2);
        Change.INACTIVE.on(rig);
        anotherController();
        rig.agents().driver().run().await();
        assertThat(pending()).hasSize(2);
        pending()
                .forEach(one -> rig.agents()
                        .approvals()
                        .decide(one.id(), new Approvals.Decision(true, null, null), "ada", AgentRig.ADA)
                        .await());
        goesOn(rig::isIdle);
        assertThat(results())
                .containsOnly(UNKNOWN + "; it cannot be made again now")
                .hasSize(2);
        assertThat(rig.toolServer.asked).hasSize(2);
    }

    private List<Approval> pending() {
        return rig.agents()
                .approvals()
                .find(AgentRig.ADA, "conv_1", List.of("PENDING"), 10, null)
                .await()
                .items();
    }
}
