package io.aiwm.controller.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Failure;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How many turns users and agents may have. */
@Timeout(120)
class TurnLimitsTest extends WithAgentRig {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final UserIdentity BOB = new UserIdentity("bob", AgentRig.ADA.since());

    private void limits(int turnsAtOnce, int turnsPerHour) {
        rig.limits = new AgentServices.UserLimits(turnsAtOnce, turnsPerHour);
        rig.begin(seen -> seen, List.of("127.0.0.1"));
    }

    private Conversation conversation(String id, UserIdentity user) {
        return rig.agents()
                .conversations()
                .create(id, new Conversations.Wanted("helper", null, null, null, null), user)
                .await();
    }

    private Future<Message> post(Conversation to, String id, String text) {
        return rig.agents().turns().post(to, id, List.of(Message.Part.text(text)), new Turns.Author(to.user(), null));
    }

    private void refused(Future<?> future, String reason, long mostSeconds) {
        assertThatThrownBy(future::await).isInstanceOfSatisfying(Failure.class, refused -> {
            assertThat(refused.kind).isEqualTo(Failure.Kind.LIMITED);
            assertThat(refused).hasMessageContaining(reason);
            assertThat(refused.retryAfterSeconds).isBetween(1L, mostSeconds);
        });
    }

    private void cancelled(Conversation one) {
        Conversation now = rig.agents().conversations().get(one.id(), null).await();
        rig.agents().turns().cancel(now, "ada").await();
        await().atMost(PATIENCE)
                .until(() ->
                        rig.agents().conversations().get(one.id(), null).await().turn() == null);
    }

    @Test
    void a_user_has_so_many_turns_at_once_and_another_user_has_others() {
        limits(2, 0);
        rig.agent(null);
        Conversation first = conversation("conv_1", AgentRig.ADA);
        post(first, "msg_1", "stall").await();
        post(conversation("conv_2", AgentRig.ADA), "msg_2", "stall").await();
        Conversation third = conversation("conv_3", AgentRig.ADA);
        refused(post(third, "msg_3", "stall"), "agents.turnsAtOnce", 5);
        // it is not there, and waits for nothing
        assertThat(rig.agents().turns().messages().count("conv_3").await()).isZero();
        // in a conversation that has a turn, it waits for its end
        Conversation now =
                rig.agents().conversations().get("conv_1", AgentRig.ADA).await();
        assertThat(post(now, "msg_4", "stall").await().executionId()).isNull();
        // the same again is no other turn
        assertThat(post(now, "msg_1", "stall").await().executionId()).isNotNull();
        post(conversation("conv_4", BOB), "msg_5", "stall").await();
        cancelled(rig.agents().conversations().get("conv_2", AgentRig.ADA).await());
        assertThat(post(third, "msg_3", "stall").await().executionId()).isNotNull();
    }

    @Test
    void of_messages_at_the_same_moment_no_more_find_room_than_there_is() {
        limits(3, 0);
        rig.agent(null);
        var all = new ArrayList<Conversation>();
        for (int i = 0; i < 12; i++) {
            all.add(conversation("conv_" + i, AgentRig.ADA));
        }
        var posted = new ArrayList<Future<Message>>();
        all.forEach(one -> posted.add(post(one, "msg_of_" + one.id(), "stall")));
        Future.join(List.copyOf(posted)).otherwiseEmpty().await();
        assertThat(posted.stream().filter(Future::succeeded).count()).isLessThanOrEqualTo(3);
        long running = rig.agents()
                .conversations()
                .count(ConversationFilter.running(AgentRig.ADA, null))
                .await();
        assertThat(running).isLessThanOrEqualTo(3);
    }

    @Test
    void an_agent_has_so_many_turns_of_all_users_together() {
        limits(100, 0);
        rig.agent(AgentLimitsBuilder.builder().turns(1).build());
        Conversation first = conversation("conv_1", AgentRig.ADA);
        post(first, "msg_1", "stall").await();
        Conversation his = conversation("conv_2", BOB);
        refused(post(his, "msg_2", "stall"), "limits.turns", 5);
        cancelled(first);
        assertThat(post(his, "msg_2", "stall").await().executionId()).isNotNull();
    }

    @Test
    void a_user_sends_so_many_messages_within_an_hour() {
        limits(100, 2);
        rig.agent(null);
        Conversation one = conversation("conv_1", AgentRig.ADA);
        post(one, "msg_1", "Hello").await();
        await().atMost(PATIENCE).until(rig::isIdle);
        post(rig.now(), "msg_2", "Hello").await();
        await().atMost(PATIENCE).until(rig::isIdle);
        refused(post(rig.now(), "msg_3", "Hello"), "agents.turnsPerHour", 3_601);
        post(conversation("conv_2", BOB), "msg_4", "Hello").await();
    }
}
