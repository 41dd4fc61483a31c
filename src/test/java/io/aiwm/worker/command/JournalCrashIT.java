package io.aiwm.worker.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.testing.TestPrograms;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the journal has said is on disk is there after the process was killed, whenever that was. */
@Timeout(180)
class JournalCrashIT {
    private static final int KILLS = 10;

    @TempDir
    Path folder;

    @Test
    void nothing_recorded_is_lost_when_the_worker_is_killed() throws Exception {
        var random = new Random(7);
        Set<String> promised = new HashSet<>();
        for (int round = 0; round < KILLS; round++) {
            promised.addAll(writeUntilKilled(round, 50 + random.nextInt(400)));
        }

        Vertx vertx = Vertx.vertx();
        try {
            CommandJournal journal =
                    CommandJournal.open(vertx, folder, Clock.systemUTC()).await(20, TimeUnit.SECONDS);
            assertThat(promised).hasSizeGreaterThan(KILLS * 50).allSatisfy(id -> {
                CommandEntry entry = journal.find(id);
                assertThat(entry).as(id).isNotNull();
                assertThat(entry.state()).isIn(CommandEntry.State.FINISHED, CommandEntry.State.SETTLED);
            });
        } finally {
            vertx.close().await(10, TimeUnit.SECONDS);
        }
    }

    private Set<String> writeUntilKilled(int round, int lines) throws IOException, InterruptedException {
        Process child = TestPrograms.of(Child.class, folder, folder, "r" + round)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        Set<String> promised = new HashSet<>();
        try (BufferedReader out = child.inputReader(StandardCharsets.UTF_8)) {
            while (promised.size() < lines) {
                String line = out.readLine();
                assertThat(line).as("the child goes on until it is killed").isNotNull();
                if (line.startsWith("done ")) {
                    promised.add(line.substring(5));
                }
            }
            child.toHandle().destroyForcibly(); // the handle's kill leaves the pipe open, so that the rest can be read
            // what it had promised before it died counts as well; a torn last line does not
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                if (line.startsWith("done ") && line.endsWith(".")) {
                    promised.add(line.substring(5));
                }
            }
        } finally {
            child.destroyForcibly().waitFor();
        }
        return promised;
    }

    /** Records commands and results, several at once, and says so when they are on disk. */
    static final class Child {
        public static void main(String[] arguments) {
            Vertx vertx = Vertx.vertx();
            CommandJournal.open(vertx, Path.of(arguments[0]), Clock.systemUTC()).onComplete(opened -> {
                for (int lane = 0; lane < 8; lane++) {
                    next(opened.result(), arguments[1] + "-" + lane, 0);
                }
            });
        }

        private static void next(CommandJournal journal, String lane, int number) {
            long now = System.currentTimeMillis();
            String id = lane + "-" + number + ".";
            journal.received(CommandEntry.received(id, "job.run", new JsonObject(), now, now + 60_000))
                    .compose(stored -> {
                        journal.started(journal.find(id).started(now));
                        return journal.finished(CommandEntry.finished(id, new JsonObject(), now, now + 60_000));
                    })
                    .onSuccess(stored -> {
                        System.out.println("done " + id);
                        if (number % 2 == 0) {
                            journal.settled(journal.find(id));
                        }
                        next(journal, lane, number + 1);
                    });
        }
    }
}
