package io.aiwm.controller.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;

/** Turns of other controllers, and of one that is gone, over the event bridge. */
class ConversationFeedOfOthersTest extends ConversationFeedRig {
    @Test
    void a_turn_of_another_controller_is_read_piece_by_piece_until_that_one_is_gone() {
        Message said = rig.say("msg_1", "stall");
        AgentRig.Controller first = rig.process;
        rig.begin(seen -> seen, List.of());
        AgentRig.Controller other = rig.process;
        var told = new LinkedBlockingQueue<TurnReading.Told>();
        other.agents().reading().read(TurnReading.Wanted.of(rig.now(), said.executionId(), null), told::add);
        await().atMost(PATIENCE)
                .until(() -> told.stream().anyMatch(event -> event.type().equals("delta")));
        first.agents().turns().cancel(rig.now(), "ada").await();
        await().atMost(PATIENCE).until(() -> told.stream().anyMatch(TurnReading.Told::isLast));
        assertThat(told.stream().map(TurnReading.Told::id)).doesNotHaveDuplicates();
    }

    @Test
    void a_turn_of_a_controller_that_is_gone_is_read_from_the_store() {
        Message said = rig.say("msg_1", "Hello");
        await().atMost(PATIENCE).until(rig::isIdle);
        var told = new LinkedBlockingQueue<TurnReading.Told>();
        rig.agents()
                .reading()
                .read(new TurnReading.Wanted("ex_other", "ctl_gone", true, null), event -> told.add(event))
                .run();
        rig.begin(seen -> seen, List.of());
        rig.agents().reading().read(new TurnReading.Wanted(said.executionId(), "ctl_gone", true, null), told::add);
        await().atMost(PATIENCE).until(() -> told.stream().anyMatch(TurnReading.Told::isLast));
        assertThat(told).allMatch(event -> event.id().startsWith("stored." + said.executionId()));
        assertThat(told).anyMatch(event -> event.type().equals("message"));
    }

    @Test
    void an_id_of_another_turn_hides_nothing() {
        Message first = rig.say("msg_1", "Hello");
        await().atMost(PATIENCE).until(rig::isIdle);
        List<TurnReading.Told> all = overHttp(first.executionId(), null);
        Message second = rig.say("msg_2", "And now?");
        await().atMost(PATIENCE).until(rig::isIdle);
        assertThat(overHttp(second.executionId(), all.get(all.size() - 1).id()))
                .isEqualTo(overHttp(second.executionId(), null));
    }
}
