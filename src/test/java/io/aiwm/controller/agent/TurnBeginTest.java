package io.aiwm.controller.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.agent.Message.Part;
import io.aiwm.controller.agent.Message.Role;
import io.aiwm.controller.execution.ExecutionState;
import io.aiwm.controller.store.DocumentStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
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

/** How turns begin: what is stored side by side, what is not waited for, and what a process that died there leaves behind. */
@Timeout(120)
class TurnBeginTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private AgentRig rig;

    @BeforeEach
    void open() {
        rig = new AgentRig(folder);
        rig.agent(null);
        rig.conversation();
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private void awaitIdle() {
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).until(() -> {
            rig.agents().driver().run().await();
            return rig.isIdle();
        });
    }

    private Future<Message> posted(Conversation to, String id, String text) {
        return rig.agents().turns().post(to, id, List.of(Part.text(text)), new Turns.Author("ada", null));
    }

    @Test
    void a_turn_whose_message_was_never_stored_fails_and_the_conversation_goes_on() {
        rig.agents().conversations().begin(rig.now(), "msg_lost", "ex_lost").await();
        awaitIdle();
        assertThat(rig.process.executions().get("ex_lost").await().status()).isEqualTo(ExecutionState.FAILED);
        assertThat(rig.engine.asked).isEmpty();
        rig.say("msg_1", "Hello");
        awaitIdle();
        assertThat(rig.messages()).extracting(Message::role).containsExactly(Role.USER, Role.ASSISTANT);
    }

    @Test
    void a_message_whose_turn_never_began_is_answered_when_it_is_sent_again() {
        rig.agents()
                .turns()
                .messages()
                .store(MessageBuilder.builder()
                        .id("msg_1")
                        .version(1)
                        .conversationId("conv_1")
                        .role(Role.USER)
                        .content(List.of(Part.text("Hello")))
                        .executionId("ex_never")
                        .createdBy("ada")
                        .createdAt(Instant.now())
                        .build())
                .await();
        Message said = rig.say("msg_1", "Hello");
        assertThat(said.executionId()).isNotNull().isNotEqualTo("ex_never");
        awaitIdle();
        assertThat(rig.messages()).extracting(Message::role).containsExactly(Role.USER, Role.ASSISTANT);
        assertThat(rig.messages().get(1).executionId()).isEqualTo(said.executionId());
        // once more, and also when the execution is gone: it has been answered
        rig.process.executions().delete(said.executionId()).await();
        assertThat(rig.say("msg_1", "Hello")).isEqualTo(rig.message("msg_1"));
        assertThat(rig.now().turn()).isNull();
        assertThat(rig.engine.asked).hasSize(1);
    }

    @Test
    void of_messages_that_come_at_one_moment_each_has_its_turn_and_follows_the_one_before() {
        Conversation idle = rig.now();
        var all = new ArrayList<Future<Message>>();
        for (int i = 0; i < 5; i++) {
            all.add(posted(idle, "msg_" + i, "Hello " + i));
        }
        Future.all(all).await();
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> rig.isIdle() && rig.messages().size() == 10);
        List<Message> branch = rig.agents()
                .turns()
                .messages()
                .branch("conv_1", rig.now().lastMessageId())
                .await();
        assertThat(branch)
                .extracting(Message::role)
                .containsExactly(
                        Role.USER,
                        Role.ASSISTANT,
                        Role.USER,
                        Role.ASSISTANT,
                        Role.USER,
                        Role.ASSISTANT,
                        Role.USER,
                        Role.ASSISTANT,
                        Role.USER,
                        Role.ASSISTANT);
        assertThat(branch.stream().map(Message::executionId).distinct()).hasSize(5);
    }

    @Test
    void a_message_that_comes_twice_at_one_moment_is_answered_once() {
        Conversation idle = rig.now();
        Future<Message> first = posted(idle, "msg_1", "Hello");
        Future<Message> again = posted(idle, "msg_1", "Hello");
        Future.all(first, again).await();
        awaitIdle();
        assertThat(rig.messages()).extracting(Message::role).containsExactly(Role.USER, Role.ASSISTANT);
        assertThat(rig.engine.asked).hasSize(1);
        assertThat(first.result().executionId())
                .isEqualTo(again.result().executionId())
                .isEqualTo(rig.messages().get(1).executionId());
    }

    @Test
    void the_model_is_called_before_the_store_has_written_that_it_is_called() {
        Promise<Void> written = Promise.promise();
        rig.begin(store -> slow(store, "replaceIf", "executions", written.future()), List.of());
        rig.say("msg_1", "Hello");
        await().atMost(PATIENCE).until(() -> rig.engine.asked.size() == 1);
        assertThat(rig.isIdle()).isFalse();
        written.complete();
        awaitIdle();
        assertThat(rig.messages()).hasSize(2);
    }

    @Test
    void the_model_is_not_called_before_what_it_answers_and_its_turn_are_stored() {
        Promise<Void> written = Promise.promise();
        rig.begin(store -> slow(store, "insert", "agentMessages", written.future()), List.of());
        Future<Message> said = posted(rig.now(), "msg_1", "Hello");
        await().atMost(PATIENCE).until(() -> rig.now().turn() != null);
        rig.agents().driver().run().await(); // leaves a turn alone that is about to begin
        assertThat(rig.engine.asked).isEmpty();
        assertThat(said.isComplete()).isFalse();
        written.complete();
        assertThat(said.await().executionId()).isEqualTo(rig.message("msg_1").executionId());
        awaitIdle();
        assertThat(rig.messages()).extracting(Message::role).containsExactly(Role.USER, Role.ASSISTANT);
    }

    /** A store whose writes of one kind are begun when that succeeds. */
    private static DocumentStore slow(DocumentStore store, String write, String collection, Future<Void> when) {
        return (DocumentStore) Proxy.newProxyInstance(
                DocumentStore.class.getClassLoader(), new Class<?>[] {DocumentStore.class}, (proxy, method, args) -> {
                    if (method.getName().equals(write) && collection.equals(args[0])) {
                        return when.compose(now -> {
                            try {
                                return (Future<?>) method.invoke(store, args);
                            } catch (ReflectiveOperationException cause) {
                                return Future.failedFuture(cause);
                            }
                        });
                    }
                    try {
                        return method.invoke(store, args);
                    } catch (InvocationTargetException cause) {
                        throw cause.getCause();
                    }
                });
    }
}
