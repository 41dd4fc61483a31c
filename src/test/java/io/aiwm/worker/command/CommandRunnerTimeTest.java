package io.aiwm.worker.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.protocol.CommandCancel;
import io.aiwm.protocol.Envelope;
import io.aiwm.protocol.ErrorCategory;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class CommandRunnerTimeTest extends RunnerRig {
    @Test
    void a_handler_that_ignores_its_cancel_is_not_waited_for_for_ever() {
        runner.receive(command("a"));
        await().until(() -> worker.commands.containsKey("a"));
        runner.cancel(new CommandCancel("a", "user"));
        await().until(() -> worker.commands.get("a").cancelled().isComplete());

        tick(Duration.ofMillis(Run.CANCEL_GRACE_MS));

        until("command.result", "a", 1);
        assertThat(last("a").data().getString("outcome")).isEqualTo("cancelled");
    }

    @Test
    void past_its_deadline_an_unknown_command_is_refused_and_leaves_no_trace() {
        runner.receive(command("a", Duration.ZERO));

        until("command.ack", "a", 1);
        assertThat(last("a").data().getBoolean("accepted")).isFalse();
        assertThat(last("a").data().getString("reason")).startsWith("expired");
        assertThat(worker.starts).isEmpty();
        assertThat(journal.find("a")).isNull();
    }

    @Test
    void a_deadline_that_is_a_duration_does_not_ask_whose_clock_is_right() {
        Envelope sent = command("a", Duration.ofSeconds(60));
        sent.data().put("leftMs", 60_000);
        clock.tick(Duration.ofHours(1));

        runner.receive(sent);

        until("command.ack", "a", 1);
        assertThat(last("a").data().getBoolean("accepted"))
                .as(last("a").data().encode())
                .isTrue();
        tick(Duration.ofSeconds(20));
        assertThat(runner.left()).containsEntry("a", 40_000L);
        tick(Duration.ofSeconds(40));
        until("command.result", "a", 1);
        assertThat(last("a").data().getString("outcome")).isEqualTo("timeout");
    }

    @Test
    void a_duration_that_is_over_is_refused_whatever_the_deadline_says() {
        Envelope sent = command("a", Duration.ofHours(2));
        sent.data().put("leftMs", 0);
        runner.receive(sent);
        until("command.ack", "a", 1);
        assertThat(last("a").data().getString("reason")).startsWith("expired");
    }

    @Test
    void a_clock_that_is_set_between_two_starts_takes_no_time_from_a_command() throws Exception {
        boot = new BootTime("this one", 1_000_000);
        restart();
        runner.receive(command("a", Duration.ofMinutes(10)));
        until("command.ack", "a", 1);
        await().until(() -> worker.starts.contains("a"));

        clock.tick(Duration.ofHours(1));
        boot = new BootTime("this one", 1_000_000 + Duration.ofMinutes(4).toMillis());
        restart();
        await().until(() -> worker.starts.contains("a"));
        assertThat(runner.left()).containsEntry("a", Duration.ofMinutes(6).toMillis());

        boot = new BootTime("another one", 1_000);
        clock.tick(Duration.ofMinutes(6));
        restart();
        until("command.result", "a", 1);
        assertThat(last("a").data().getString("outcome")).isEqualTo("timeout");
    }

    @Test
    void the_deadline_is_kept_here_too() {
        runner.receive(command("a", Duration.ofSeconds(10)));
        runner.receive(command("b", Duration.ofSeconds(60)));
        runner.receive(command("waits", Duration.ofSeconds(10)));
        until("command.ack", "waits", 1);

        tick(Duration.ofSeconds(10));

        until("command.result", "a", 1);
        until("command.result", "waits", 1);
        assertThat(last("a").data().getString("outcome")).isEqualTo("timeout");
        assertThat(last("waits").data().getString("outcome")).isEqualTo("timeout");
        assertThat(worker.commands.get("a").cancelled().isComplete()).isTrue();
        assertThat(count("command.result", "b")).isZero();
        assertThat(worker.starts).containsExactly("a", "b");

        // what it does afterwards changes nothing
        worker.open.get("a").complete(new JsonObject());
        tick(Duration.ofMillis(1));
        assertThat(last("a").data().getString("outcome")).isEqualTo("timeout");
    }

    @Test
    void one_that_has_begun_may_use_its_overtime_to_end_after_its_deadline_and_after_a_cancel() {
        for (String id : List.of("late", "cancelled")) {
            var command = command(id, Duration.ofSeconds(10));
            command.data().put("overtimeMs", 70_000);
            runner.receive(command);
            await().until(() -> worker.commands.containsKey(id));
        }
        runner.cancel(new CommandCancel("cancelled", "user"));
        await().until(() -> worker.commands.get("cancelled").cancelled().isComplete());

        tick(Duration.ofMillis(69_999));
        assertThat(count("command.result", "cancelled")).isZero();
        tick(Duration.ofMillis(1));
        until("command.result", "cancelled", 1);
        tick(Duration.ofMillis(9_999));
        assertThat(count("command.result", "late")).isZero();
        tick(Duration.ofMillis(1));
        until("command.result", "late", 1);
        assertThat(last("cancelled").data().getString("outcome")).isEqualTo("cancelled");
        assertThat(last("late").data().getString("outcome")).isEqualTo("timeout");
    }

    @Test
    void one_that_was_told_to_end_before_a_restart_is_ended_by_its_handler() throws Exception {
        var command = command("a", Duration.ofSeconds(10));
        command.data().put("overtimeMs", 70_000);
        runner.receive(command);
        await().until(() -> worker.commands.containsKey("a"));
        runner.cancel(new CommandCancel("a", "user"));
        await().until(() -> worker.commands.get("a").cancelled().isComplete());
        clock.tick(Duration.ofSeconds(20));

        restart();

        await().until(() -> worker.commands.containsKey("a"));
        assertThat(worker.commands.get("a").cancelled().isComplete()).isTrue();
        worker.open.get("a").fail(new CommandFailure(ErrorCategory.CONFLICT, "ended"));
        until("command.result", "a", 1);
        assertThat(last("a").data().getString("outcome")).isEqualTo("cancelled");
    }

    @Test
    void a_handler_that_never_ends_loses_its_place() {
        runner.receive(command("a", Duration.ofSeconds(10)));
        runner.receive(command("b", Duration.ofSeconds(10)));
        runner.receive(command("c", Duration.ofHours(1)));
        until("command.ack", "c", 1);
        tick(Duration.ofSeconds(10));
        until("command.result", "b", 1);
        assertThat(worker.starts).doesNotContain("c");

        tick(Duration.ofMillis(Run.SLOT_GRACE_MS));

        await().until(() -> worker.starts.contains("c"));
    }

    @Test
    void no_more_run_at_once_than_may_and_beyond_the_queue_they_are_refused() {
        int fits = CommandIntake.MAX_QUEUED + 2;
        for (int i = 0; i < CommandIntake.MAX_QUEUED; i++) {
            runner.receive(command("c" + i));
        }
        until("command.ack", "c" + (CommandIntake.MAX_QUEUED - 1), 1);
        runner.receive(command("c" + (fits - 2)));
        runner.receive(command("c" + (fits - 1)));
        until("command.ack", "c" + (fits - 1), 1);

        runner.receive(command("one too many"));

        until("command.ack", "one too many", 1);
        assertThat(last("one too many").data().getString("reason")).startsWith("queue full");
        assertThat(worker.starts).hasSize(2);
        assertThat(runner.active()).hasSize(fits);

        // and it stays refused, for the controller has placed it elsewhere
        worker.open.get("c0").complete(new JsonObject());
        runner.receive(command("one too many"));
        until("command.ack", "one too many", 2);
        assertThat(last("one too many").data().getBoolean("accepted")).isFalse();
    }

    @Test
    void a_result_is_offered_more_and_more_patiently_until_it_is_acknowledged() {
        runner.receive(command("a"));
        await().until(() -> worker.open.containsKey("a"));
        worker.open.get("a").complete(new JsonObject());
        until("command.result", "a", 1);

        int offered = 1;
        for (int wait : new int[] {1, 2, 4, 8, 16, 30, 30}) {
            tick(Duration.ofMillis(wait * 1_000L - 1));
            assertThat(count("command.result", "a")).isEqualTo(offered);
            tick(Duration.ofMillis(1));
            assertThat(count("command.result", "a")).isEqualTo(++offered);
        }
        runner.sessionStarted();
        until("command.result", "a", ++offered);
        assertThat(runner.unacknowledged()).containsExactly("a");

        runner.acknowledged("a");
        tick(Duration.ofHours(1));
        assertThat(count("command.result", "a")).isEqualTo(offered);
        assertThat(runner.unacknowledged()).isEmpty();
    }

    @Test
    void progress_is_thinned_to_one_a_second_and_the_last_word_is_not_lost() {
        runner.receive(command("a"));
        await().until(() -> worker.commands.containsKey("a"));
        var progress = worker.commands.get("a").progress();
        for (int percent = 0; percent < 50; percent++) {
            progress.accept(percent, "step " + percent);
        }
        until("command.progress", "a", 1);
        assertThat(last("a").data().getInteger("percent")).isZero();

        tick(Duration.ofSeconds(1));

        until("command.progress", "a", 2);
        assertThat(last("a").data().getInteger("percent")).isEqualTo(49);
        tick(Duration.ofSeconds(5));
        assertThat(count("command.progress", "a")).isEqualTo(2);
    }
}
