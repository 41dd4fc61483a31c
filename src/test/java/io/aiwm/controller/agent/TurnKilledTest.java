package io.aiwm.controller.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Failure;
import io.aiwm.controller.model.Mortal;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A controller dies at each write of a turn. */
@Timeout(300)
class TurnKilledTest extends WithAgentRig {
    private long asked(String conversation) {
        return rig.agents()
                .approvals()
                .count(AgentRig.ADA, conversation, List.of())
                .await();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whichever_write_the_controller_dies_at_no_tool_call_is_made_twice(boolean done) {
        rig.tool(rig.weather("POST"));
        rig.agent(null, "weather");
        boolean died = true;
        int at = 0;
        long asked = 0;
        for (; died; at++) {
            died = dies(at, done);
            asked += asked("conv_" + at + (done ? "_done" : "_lost"));
        }
        assertThat(asked)
                .as("calls of which nobody knows whether they were made")
                .isPositive();
        // message, conversation, execution; three writes for each call of the model and each tool; the end
        assertThat(at).isGreaterThan(15);
    }

    /** @return whether it died */
    private boolean dies(int at, boolean done) {
        String id = "conv_" + at + (done ? "_done" : "_lost");
        rig.toolServer.asked.clear();
        rig.agents()
                .conversations()
                .create(id, new Conversations.Wanted("helper", null, null, null, null), AgentRig.ADA)
                .await();
        var mortal = new Mortal(at, done);
        rig.begin(mortal::of, List.of("127.0.0.1"));
        try {
            post(id);
        } catch (Failure dead) {
            assertThat(mortal.isDead()).isTrue();
        }
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(10)).until(() -> mortal.isDead() || isOver(id, mortal));
        rig.begin(seen -> seen, List.of("127.0.0.1"));
        post(id); // a client that heard nothing sends it again
        await("at " + at).atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).until(() -> {
            rig.agents().driver().run().await();
            rig.agents()
                    .approvals()
                    .find(AgentRig.ADA, id, List.of("PENDING"), 10, null)
                    .await()
                    .items()
                    .forEach(one -> rig.agents()
                            .approvals()
                            .decide(one.id(), new Approvals.Decision(false, null, "nobody knows"), "ada", AgentRig.ADA)
                            .await());
            return isOver(id);
        });
        assertThat(rig.toolServer.times("/cities/Paris")).as("Paris, at " + at).isLessThanOrEqualTo(1);
        assertThat(rig.toolServer.times("/cities/Oslo")).as("Oslo, at " + at).isLessThanOrEqualTo(1);
        List<Message> all =
                rig.agents().turns().messages().page(id, 100, null).await().items();
        assertThat(all).as("at " + at).hasSize(5);
        assertThat(all.stream().filter(message -> message.text().equals(AFTER_TOOLS)))
                .as("at " + at)
                .hasSize(1);
        return mortal.isDead();
    }

    private void post(String id) {
        Conversation to = rig.agents().conversations().get(id, AgentRig.ADA).await();
        rig.agents()
                .turns()
                .post(
                        to,
                        "msg_of_" + id,
                        List.of(Message.Part.text("What is the weather?")),
                        new Turns.Author("ada", null))
                .await();
    }

    /** It may die while it is asked. */
    private boolean isOver(String id, Mortal mortal) {
        try {
            return isOver(id);
        } catch (Failure dead) {
            assertThat(mortal.isDead()).isTrue();
            return true;
        }
    }

    private boolean isOver(String id) {
        Conversation now = rig.agents().conversations().get(id, AgentRig.ADA).await();
        return now.turn() == null && now.lastMessageId() != null;
    }
}
