package io.aiwm.worker.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.protocol.CommandCancel;
import io.aiwm.protocol.Envelope;
import io.aiwm.protocol.ErrorCategory;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class CommandRunnerTest extends RunnerRig {
    @Test
    void a_command_is_acknowledged_run_and_its_result_offered() {
        runner.receive(command("a"));
        until("command.ack", "a", 1);
        assertThat(last("a").data().getBoolean("accepted")).isTrue();

        worker.open.get("a").complete(new JsonObject().put("made", 1));

        until("command.result", "a", 1);
        assertThat(worker.kept).containsExactly("a");
        assertThat(last("a").data().getString("outcome")).isEqualTo("success");
        assertThat(last("a").data().getJsonObject("output").getInteger("made")).isEqualTo(1);
        assertThat(last("a").data().getString("startedAt")).isEqualTo("2026-01-01T00:00:00Z");
    }

    @Test
    void however_often_it_is_delivered_it_runs_once() {
        runner.receive(command("a"));
        runner.receive(command("a"));
        until("command.ack", "a", 1);
        runner.receive(command("a"));
        until("command.ack", "a", 2);

        worker.open.get("a").complete(new JsonObject());
        until("command.result", "a", 1);
        runner.receive(command("a"));
        until("command.result", "a", 2);

        runner.acknowledged("a");
        runner.receive(command("a"));
        until("command.ack", "a", 3);
        assertThat(worker.starts).containsExactly("a");
    }

    @Test
    void a_repeated_delivery_runs_nothing_after_a_restart_either() throws Exception {
        runner.receive(command("a"));
        until("command.ack", "a", 1);
        worker.open.get("a").complete(new JsonObject());
        until("command.result", "a", 1);
        restart();
        until("command.result", "a", 2);

        runner.acknowledged("a");
        tick(Duration.ZERO);
        restart();
        runner.receive(command("a"));

        until("command.ack", "a", 2);
        assertThat(worker.starts).isEmpty();
    }

    @Test
    void what_had_not_ended_is_handed_to_its_handler_after_a_restart() throws Exception {
        runner.receive(command("a"));
        runner.receive(command("b"));
        runner.receive(command("waits"));
        until("command.ack", "waits", 1);

        restart();

        await().until(() -> worker.starts.size() == 2);
        assertThat(worker.starts).containsExactly("a", "b");
        worker.open.get("a").complete(new JsonObject());
        await().until(() -> worker.starts.contains("waits"));
    }

    @Test
    void a_cancelled_command_is_not_begun_again_after_a_restart() throws Exception {
        runner.receive(command("a"));
        until("command.ack", "a", 1);
        await().until(() -> worker.commands.containsKey("a"));
        runner.cancel(new CommandCancel("a", "user"));
        await().until(() -> worker.commands.get("a").cancelled().isComplete());

        restart();

        until("command.result", "a", 1);
        assertThat(last("a").data().getString("outcome")).isEqualTo("cancelled");
        assertThat(worker.starts).isEmpty();
    }

    @Test
    void a_cancel_that_overtakes_its_command_wins() {
        runner.cancel(new CommandCancel("a", "user"));
        until("command.result", "a", 1);
        assertThat(last("a").data().getString("outcome")).isEqualTo("cancelled");

        runner.receive(command("a"));

        until("command.result", "a", 2);
        assertThat(worker.starts).isEmpty();
    }

    @Test
    void a_cancel_stops_what_waits_and_tells_what_runs() {
        runner.receive(command("a"));
        runner.receive(command("b"));
        runner.receive(command("waits"));
        until("command.ack", "waits", 1);
        runner.cancel(new CommandCancel("waits", null));
        until("command.result", "waits", 1);

        runner.cancel(new CommandCancel("a", "user"));
        await().until(() -> worker.commands.get("a").cancelled().isComplete());
        assertThat(count("command.result", "a")).isZero();
        worker.open.get("a").fail("stopped half way");

        until("command.result", "a", 1);
        assertThat(last("a").data().getString("outcome")).isEqualTo("cancelled");
        assertThat(worker.starts).containsExactly("a", "b");
    }

    @Test
    void one_that_only_waits_leaves_its_place_to_another_and_takes_it_again() {
        runner.receive(command("a"));
        runner.receive(command("b"));
        await().until(() -> worker.starts.size() == 2);
        Promise<Void> ready = Promise.promise();
        worker.commands.get("a").progress().idleUntil(ready.future());
        runner.receive(command("c"));
        await().until(() -> worker.starts.contains("c"));
        runner.receive(command("d"));
        until("command.ack", "d", 1);
        ready.complete();
        worker.open.get("b").complete(new JsonObject());
        until("command.result", "b", 1);
        tick(Duration.ZERO);
        assertThat(worker.starts).as("a and c work").containsExactly("a", "b", "c");
        worker.open.get("a").complete(new JsonObject());
        await().until(() -> worker.starts.contains("d"));
    }

    @Test
    void so_many_leave_their_place_and_no_more() {
        Promise<Void> never = Promise.promise();
        int most = CommandRunner.MOST_IDLE + 2;
        for (int i = 0; i < most; i++) {
            String id = "n" + i;
            runner.receive(command(id));
            await().until(() -> worker.commands.containsKey(id));
            worker.commands.get(id).progress().idleUntil(never.future());
        }
        runner.receive(command("late"));
        until("command.ack", "late", 1);
        tick(Duration.ZERO);
        assertThat(worker.starts).hasSize(most);
        runner.cancel(new CommandCancel("n0", "user"));
        await().until(() -> worker.commands.get("n0").cancelled().isComplete());
        worker.open.get("n0").fail("stopped");
        await().until(() -> worker.starts.contains("late"));
    }

    @Test
    void what_only_waited_begins_again_after_a_restart() throws Exception {
        for (String id : List.of("a", "b", "c")) {
            runner.receive(command(id));
            await().until(() -> worker.commands.containsKey(id));
            worker.commands.get(id).progress().idleUntil(Promise.<Void>promise().future());
        }
        restart();
        await().until(() -> worker.starts.size() == 2);
        assertThat(worker.starts).containsExactly("a", "b");
        worker.commands.get("a").progress().idleUntil(Promise.<Void>promise().future());
        await().until(() -> worker.starts.contains("c"));
    }

    @Test
    void a_command_that_ended_before_its_cancel_came_is_what_it_became() {
        runner.receive(command("a"));
        until("command.ack", "a", 1);
        await().until(() -> worker.commands.containsKey("a"));
        runner.cancel(new CommandCancel("a", "user"));
        worker.open.get("a").complete(new JsonObject());

        until("command.result", "a", 1);
        assertThat(last("a").data().getString("outcome")).isEqualTo("success");
    }

    @Test
    void an_unknown_command_fails_as_invalid() {
        runner.receive(Envelope.command("deployment.dance", new JsonObject(), new JsonObject().put("commandId", "a")));

        until("command.result", "a", 1);
        assertThat(last("a").data().getJsonObject("error").getString("category"))
                .isEqualTo("invalid");
    }

    @Test
    void a_failure_keeps_its_category_and_a_surprise_is_internal() {
        runner.receive(command("a"));
        runner.receive(command("b"));
        await().until(() -> worker.open.size() == 2);
        worker.open.get("a").fail(new CommandFailure(ErrorCategory.IMAGE_PULL, "no such image"));
        worker.open.get("b").fail(new IllegalStateException("a secret detail"));

        until("command.result", "a", 1);
        until("command.result", "b", 1);
        assertThat(last("a").data().getJsonObject("error"))
                .isEqualTo(new JsonObject()
                        .put("category", "image-pull")
                        .put("message", "no such image")
                        .put("retryable", true));
        assertThat(last("b").data().getJsonObject("error").getString("category"))
                .isEqualTo("internal");
        assertThat(last("b").data().encode()).doesNotContain("secret");
    }

    @Test
    void what_the_controller_has_settled_is_stopped_and_never_spoken_of() {
        runner.receive(command("a"));
        await().until(() -> worker.commands.containsKey("a"));
        runner.forget("a");
        await().until(() -> worker.commands.get("a").cancelled().isComplete());
        worker.open.get("a").fail("stopped");

        tick(Duration.ofMinutes(1));

        assertThat(count("command.result", "a")).isZero();
        assertThat(runner.active()).isEmpty();
        assertThat(journal.find("a").state()).isEqualTo(CommandEntry.State.SETTLED);
    }

    @Test
    void draining_lets_what_runs_end_and_takes_nothing_new() throws Exception {
        runner.receive(command("a"));
        await().until(() -> worker.open.containsKey("a"));
        Future<Void> drained = runner.drain();
        runner.receive(command("b"));
        assertThat(drained.isComplete()).isFalse();

        worker.open.get("a").complete(new JsonObject());

        drained.await(5, TimeUnit.SECONDS);
        assertThat(said).noneMatch(message -> "b".equals(message.id()));
    }
}
