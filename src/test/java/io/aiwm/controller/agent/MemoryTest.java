package io.aiwm.controller.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Failure;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What agents note about their users. */
@Timeout(120)
class MemoryTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String OSLO =
            "call remember {\"key\":\"home.city\",\"text\":\"Lives in Oslo.\",\"tags\":[\"home\"]}";

    @TempDir
    Path folder;

    private AgentRig rig;
    private Memory.Of ada;

    @BeforeEach
    void open() {
        rig = new AgentRig(folder);
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private void agent(AgentMemory memory) {
        Agent agent = rig.agent(null);
        rig.change(helper -> helper.memory(memory));
        ada = new Memory.Of(agent.id(), AgentRig.ADA);
    }

    private void said(String id, String text) {
        rig.say(id, text);
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).until(rig::isIdle);
    }

    private List<Memory> all() {
        return rig.agents().memories().find(ada, 100, null).await().items();
    }

    private String lastPrompt() {
        List<JsonObject> asked = rig.engine.asked;
        return asked.get(asked.size() - 1)
                .getJsonArray("messages")
                .getJsonObject(0)
                .getString("content");
    }

    @Test
    void what_the_model_notes_stands_in_the_prompt_of_later_turns_until_it_is_forgotten() {
        agent(new AgentMemory(null));
        rig.conversation();
        said("msg_1", OSLO);
        assertThat(rig.messages().get(2).text()).isEqualTo("noted");
        assertThat(all()).singleElement().satisfies(one -> {
            assertThat(one.key()).isEqualTo("home.city");
            assertThat(one.text()).isEqualTo("Lives in Oslo.");
            assertThat(one.tags()).containsExactly("home");
            assertThat(one.conversationId()).isEqualTo("conv_1");
        });
        said("msg_2", "call remember {\"key\":\"home.city\",\"text\":\"Lives in\\n- Bergen.\"}");
        assertThat(lastPrompt()).contains("\n- home.city: Lives in - Bergen.").doesNotContain("Oslo");
        said("msg_3", "call forget {\"key\":\"home.city\"}");
        assertThat(all()).isEmpty();
        assertThat(lastPrompt()).doesNotContain("home.city");
        said("msg_4", "call forget {\"key\":\"home.city\"}");
        assertThat(rig.messages())
                .last()
                .satisfies(last -> assertThat(last.role()).isEqualTo(Message.Role.ASSISTANT));
        assertThat(rig.messages())
                .anyMatch(one -> Boolean.TRUE.equals(one.failed()) && one.text().contains("nothing is noted"));
    }

    @Test
    void an_agent_without_a_memory_has_neither_the_tools_nor_the_notes() {
        agent(new AgentMemory(null));
        rig.conversation();
        said("msg_1", OSLO);
        rig.change(agent -> agent);
        said("msg_2", "Hello");
        assertThat(lastPrompt()).doesNotContain("Oslo");
        assertThat(rig.engine.asked.get(rig.engine.asked.size() - 1).containsKey("tools"))
                .isFalse();
    }

    @Test
    void what_does_not_fit_the_rules_is_told_to_the_model_and_not_noted() {
        agent(new AgentMemory(null));
        rig.conversation();
        said("msg_1", "call remember {\"key\":\"not a key\",\"text\":\"x\"}");
        said("msg_2", "call remember {\"key\":\"long\",\"text\":\"" + "x".repeat(2_001) + "\"}");
        said("msg_3", "call remember {\"key\":\"k\",\"text\":\"x\",\"user\":\"bob\"}");
        assertThat(all()).isEmpty();
        assertThat(rig.messages().stream()
                        .filter(one -> Boolean.TRUE.equals(one.failed()))
                        .map(Message::text))
                .hasSize(3)
                .allMatch(text -> text.startsWith("the arguments do not fit: /"));
    }

    private Memory put(String key, String text) {
        return rig.agents()
                .memories()
                .put(ada, new Memories.Note(key, text, List.of(), "conv_1"))
                .await();
    }

    @Test
    void no_more_is_noted_than_there_is_room_for_and_what_is_there_can_be_replaced() {
        agent(new AgentMemory(null));
        for (int i = 0; i < Memories.MOST; i++) {
            put("key" + i, "x");
        }
        assertThatThrownBy(() -> put("one.more", "x"))
                .isInstanceOfSatisfying(
                        Failure.class, full -> assertThat(full.kind).isEqualTo(Failure.Kind.CONFLICT));
        assertThat(put("key7", "y").text()).isEqualTo("y");
        assertThat(rig.agents().memories().count(ada).await()).isEqualTo(Memories.MOST);
    }

    @Test
    void the_newest_change_comes_first_and_what_does_not_fit_into_the_budget_is_left_out() {
        var notes = new ArrayList<Memory>();
        for (String key : List.of("new", "long", "old")) {
            notes.add(MemoryBuilder.builder()
                    .key(key)
                    .text(key.equals("long") ? "x".repeat(2_000) : "short")
                    .build());
        }
        assertThat(MemoryPrompt.of(notes, 60))
                .containsSubsequence("- new: short", "- old: short")
                .doesNotContain("xx");
        assertThat(MemoryPrompt.of(notes, 10_000)).containsSubsequence("- new:", "- long:", "- old:");
        assertThat(MemoryPrompt.of(notes, 10)).isEmpty();
        assertThat(MemoryPrompt.of(List.of(), 1_000)).isEmpty();
    }

    @Test
    void a_memory_is_of_one_user_record_and_goes_with_it() {
        agent(new AgentMemory(null));
        put("home.city", "Oslo");
        var later = new Memory.Of(ada.agentId(), new UserIdentity("ada", Instant.now()));
        assertThat(rig.agents().memories().find(later, 10, null).await().items())
                .isEmpty();
        assertThatThrownBy(() -> rig.agents().memories().get(later, "home.city").await())
                .hasMessage("memory home.city does not exist");
        rig.agents().memories().userDeleted("bob").await();
        assertThat(all()).hasSize(1);
        rig.agents().memories().userDeleted("ada").await();
        assertThat(all()).isEmpty();
    }

    @Test
    void the_memory_of_an_agent_stays_while_it_can_be_restored_and_goes_with_it() {
        agent(new AgentMemory(null));
        put("home.city", "Oslo");
        rig.agents().agents().delete("helper", null).await();
        Instant now = Instant.now();
        forgotten(now.plus(Memories.KEPT).minusSeconds(60)).run().await();
        assertThat(all()).hasSize(1);
        forgotten(now.plus(Memories.KEPT).plusSeconds(60)).run().await();
        assertThat(all()).isEmpty();
    }

    private MemoryRetention forgotten(Instant now) {
        return new MemoryRetention(rig.agents().agents(), rig.agents().memories(), () -> now);
    }
}
