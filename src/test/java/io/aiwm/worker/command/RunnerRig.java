package io.aiwm.worker.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.protocol.Envelope;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A runner on a journal of its own, a handler that does what the test says, and a clock that the test turns. */
abstract class RunnerRig {

    record Said(String type, JsonObject data) {
        String id() {
            return data.getString("commandId");
        }
    }

    /** Does what the test tells it to, and counts how often each command was begun. */
    static final class Worker implements CommandHandler {
        final List<String> starts = new CopyOnWriteArrayList<>();
        final Map<String, Promise<JsonObject>> open = new ConcurrentHashMap<>();
        final Map<String, Command> commands = new ConcurrentHashMap<>();
        final List<String> kept = new CopyOnWriteArrayList<>();

        @Override
        public void resultKept(String commandId) {
            kept.add(commandId);
        }

        @Override
        public String name() {
            return "job.run";
        }

        @Override
        public Future<JsonObject> run(Command command) {
            starts.add(command.id());
            commands.put(command.id(), command);
            Promise<JsonObject> end = Promise.promise();
            open.put(command.id(), end);
            return end.future();
        }
    }

    @TempDir
    Path folder;

    /** What the system says of its start; null: nothing. */
    BootTime boot;

    final SettableClock clock = new SettableClock();
    final List<Said> said = new CopyOnWriteArrayList<>();
    Worker worker = new Worker();
    Vertx vertx;
    CommandJournal journal;
    CommandRunner runner;

    @BeforeEach
    void start() throws Exception {
        vertx = Vertx.vertx();
        begin(2);
    }

    @AfterEach
    void stop() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    final void begin(int maxParallel) throws Exception {
        journal = CommandJournal.open(vertx, folder, clock, () -> boot).await(10, TimeUnit.SECONDS);
        worker = new Worker();
        runner = new CommandRunner(
                vertx,
                journal,
                List.of(worker),
                maxParallel,
                clock,
                (type, data, id) -> said.add(new Said(type, data)));
        runner.recover();
    }

    /** As after a crash: nothing is told to the old one, and the new one knows what is on disk. */
    final void restart() throws Exception {
        journal.close().await(10, TimeUnit.SECONDS);
        begin(2);
    }

    final Envelope command(String id) {
        return command(id, Duration.ofHours(10));
    }

    final Envelope command(String id, Duration valid) {
        var data = new JsonObject().put("deadline", clock.millis() + valid.toMillis());
        return Envelope.command("job.run", data, new JsonObject().put("commandId", id));
    }

    /** Turns the clock, and returns when everything the runner does about it has been done. */
    final void tick(Duration duration) {
        clock.tick(duration);
        runner.tick();
        // a runner that has recorded this one has done all before it
        String marker = "marker" + clock.millis() + said.size();
        runner.receive(command(marker, Duration.ZERO));
        until("command.ack", marker, 1);
    }

    final long count(String type, String id) {
        return said.stream()
                .filter(message -> message.type().equals(type) && id.equals(message.id()))
                .count();
    }

    final void until(String type, String id, int times) {
        await(type + " of " + id).atMost(Duration.ofSeconds(5)).until(() -> count(type, id) >= times);
        assertThat(count(type, id)).isEqualTo(times);
    }

    final Said last(String id) {
        return said.stream()
                .filter(message -> id.equals(message.id()))
                .reduce((before, after) -> after)
                .orElseThrow();
    }
}
