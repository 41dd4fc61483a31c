package io.aiwm.controller.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.aiwm.boot.Config;
import io.aiwm.controller.execution.CommandId;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.NewExecution;
import io.aiwm.controller.execution.Placer;
import io.aiwm.controller.execution.StepSpec;
import io.aiwm.controller.execution.StepState;
import io.aiwm.controller.execution.Waiters;
import io.aiwm.controller.store.SqliteStore;
import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.CommandResult;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two controllers on one store: what one gives a node and the other sees done does not fill the node for ever. */
@Timeout(60)
class SharedLoadTest {
    private static final Config.Executions LIMITS = new Config.Executions(
            10,
            3,
            Duration.ofHours(1),
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            Duration.ofSeconds(60),
            Duration.ofSeconds(5));

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private SqliteStore store;
    private Controller one;
    private Controller other;

    /** What a controller knows of executions and of its nodes, of which there is one with room for two. */
    private final class Controller {
        final NodeLoad load = new NodeLoad();
        final WaitingSteps waiting = new WaitingSteps();
        final Executions executions =
                new Executions(store, (step, pinned) -> place(), InstantSource.system(), LIMITS, false);
        final SharedLoad sweep = new SharedLoad(executions, load, waiting);

        Controller() {
            executions.onWritten((before, after) -> {
                waiting.written(after);
                load.written(before, after);
            });
            executions.onEndedElsewhere(last -> {
                waiting.ended(last.id());
                load.ended(last);
            });
            done(executions.prepare());
        }

        private Placer.Placement place() {
            return load.of("n1") < 2 ? Placer.Placement.on("n1") : Placer.Placement.later("n1 is full");
        }

        Execution create() {
            var step = new StepSpec(
                    0, null, CommandNames.JOB_RUN, null, List.of(), false, null, null, null, null, 0, null);
            return done(executions.create(
                    new NewExecution(null, "job", null, null, null, null, null, null, true, List.of(step)), "test"));
        }

        void ends(Execution execution) {
            var id = new CommandId(execution.id(), 0, 1);
            var now = Instant.now();
            var result = new CommandResult(
                    null, id.toString(), CommandResult.Outcome.success, new JsonObject(), null, now, now);
            done(executions.finished(id, "n1", result, "m1"));
        }
    }

    @BeforeEach
    void open() {
        store = new SqliteStore(vertx, folder.resolve("test.db"), Config.Storage.Sync.NORMAL);
        done(store.open(List.of(Executions.COLLECTION)));
        one = new Controller();
        other = new Controller();
    }

    @AfterEach
    void close() {
        done(store.close());
        done(vertx.close());
    }

    @Test
    void a_hint_that_another_controller_ended_an_execution_frees_its_slot_at_once() {
        new Waiters(vertx, one.executions, InstantSource.system(), false);
        new Waiters(vertx, other.executions, InstantSource.system(), false);
        for (int round = 0; round < 10; round++) {
            Execution given = one.create();
            assertThat(given.steps().get(0).status()).as("round " + round).isEqualTo(StepState.ASSIGNED);
            other.ends(given);
            await().until(() -> one.load.of("n1") == 0);
            assertThat(one.executions.kept(given.id())).as("kept in memory").isNull();
            done(one.sweep.run());
        }
    }

    @Test
    void without_a_hint_the_next_count_frees_slots_memory_and_the_limit_of_open_executions() {
        Execution first = one.create();
        Execution second = one.create();
        Execution third = one.create();
        assertThat(third.steps().get(0).status()).as("the node is full").isEqualTo(StepState.QUEUED);
        assertThatThrownBy(one::create).hasMessageContaining("the limit is 3");
        other.ends(first);
        other.ends(second);
        assertThat(one.load.of("n1")).isEqualTo(2);

        done(one.sweep.run());
        await().untilAsserted(() -> {
            assertThat(done(one.executions.get(third.id())).steps().get(0).status())
                    .isEqualTo(StepState.ASSIGNED);
            assertThat(one.load.of("n1")).isEqualTo(1);
            assertThat(one.waiting.isEmpty()).isTrue();
        });
        assertThat(one.executions.kept(first.id())).as("kept in memory").isNull();
        assertThat(one.create().steps().get(0).status()).isEqualTo(StepState.ASSIGNED);
    }

    @Test
    void a_count_knows_what_the_other_gave_the_node() {
        other.create();
        other.create();
        assertThat(one.load.of("n1")).isZero();
        done(one.sweep.run());
        assertThat(one.load.of("n1")).isEqualTo(2);
        assertThat(one.create().steps().get(0).status()).isEqualTo(StepState.QUEUED);
    }

    private static <T> T done(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        } catch (ExecutionException failed) {
            throw failed.getCause() instanceof RuntimeException known ? known : new IllegalStateException(failed);
        } catch (InterruptedException | TimeoutException late) {
            throw new IllegalStateException(late);
        }
    }
}
