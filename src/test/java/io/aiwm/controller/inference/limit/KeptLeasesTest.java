package io.aiwm.controller.inference.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.inference.usage.UnstoredFiles;
import io.aiwm.inference.Caller;
import io.aiwm.inference.limit.Allowances;
import io.aiwm.inference.limit.KeyLimits;
import io.aiwm.inference.limit.KeyLimits.Period;
import io.aiwm.inference.limit.KeyLimits.TokenBudget;
import io.aiwm.inference.limit.LeaseHolders;
import io.aiwm.inference.limit.Limiter.Reservation;
import io.aiwm.inference.limit.LocalLimiter;
import io.aiwm.inference.limit.MemoryAllowances;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Limits over a kill of the only controller: what was used is used, what was in flight is free. */
@Timeout(60)
class KeptLeasesTest {
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-11-27T10:00:00Z"));
    private static final int EACH = 10;
    private static final int CALLS = 50;

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private int made;

    @AfterEach
    void close() {
        done(vertx.close());
    }

    private static <T> T done(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(30, TimeUnit.SECONDS)
                .join();
    }

    private static Caller caller(String key) {
        var budget = new TokenBudget(CALLS * EACH, Period.DAY);
        return new Caller(key, "ada", null, new KeyLimits(null, null, null, null, budget, null), KeyLimits.NONE);
    }

    private record Gateway(LocalLimiter limiter, KeptLeases leases) {}

    private Gateway begins(Allowances ledger, Path files) {
        String process = "ctl_%04d".formatted(made++);
        String holder = LeaseHolders.at("controller:only", process);
        var leases = new KeptLeases(vertx, new UnstoredFiles(files, process), holder);
        done(leases.start(ledger));
        return new Gateway(new LocalLimiter(holder, ledger, CLOCK, () -> 1, leases), leases);
    }

    private static int calls(LocalLimiter limiter, Caller caller, int most) {
        for (int passed = 0; passed < most; passed++) {
            Future<Reservation> call = limiter.reserve(caller, EACH);
            if (!call.succeeded()) {
                return passed;
            }
            call.result().settle(EACH);
        }
        return most;
    }

    private static List<String> lines(Path files) throws IOException {
        var lines = new ArrayList<String>();
        try (Stream<Path> all = Files.list(files)) {
            for (Path file : all.filter(each -> each.toString().endsWith(".jsonl"))
                    .sorted()
                    .toList()) {
                lines.addAll(Files.readAllLines(file));
            }
        }
        return lines;
    }

    /** What is on the disk of a process that is killed now. */
    private Path asItIs(Path files) throws IOException {
        Path copy = Files.createDirectory(folder.resolve("copy" + made));
        try (Stream<Path> all = Files.list(files)) {
            for (Path file :
                    all.filter(each -> each.toString().endsWith(".jsonl")).toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        return copy;
    }

    @Test
    void a_budget_lets_as_many_calls_through_as_without_a_kill_whenever_it_comes() throws Exception {
        for (int before : new int[] {1, 2, 7, 49, 50}) {
            var ledger = new MemoryAllowances(CLOCK);
            Path files = folder.resolve("files" + before);
            Gateway killed = begins(ledger, files);
            assertThat(calls(killed.limiter, caller("k1"), before)).isEqualTo(before);
            Future<Reservation> inFlight = killed.limiter.reserve(caller("k1"), EACH);
            assertThat(inFlight.succeeded()).isEqualTo(before < CALLS);
            String spent = "\"spent\":" + before * EACH + ",";
            await().until(() -> lines(files).stream().anyMatch(line -> line.contains(spent)));

            Path left = asItIs(files);
            Gateway next = begins(ledger, left);
            assertThat(calls(next.limiter, caller("k1"), CALLS))
                    .as("killed after " + before)
                    .isEqualTo(CALLS - before);
            assertThat(lines(left)).noneMatch(line -> line.contains("ctl_%04d".formatted(made - 2)));
            Path again = asItIs(left);
            Gateway third = begins(ledger, again);
            assertThat(calls(third.limiter, caller("k1"), 1)).isZero();
        }
    }

    @Test
    void the_file_is_begun_anew_and_keeps_the_newest_of_each_account() throws Exception {
        var ledger = new MemoryAllowances(CLOCK);
        Path files = folder.resolve("files");
        Gateway gateway = begins(ledger, files);
        calls(gateway.limiter, caller("rare"), 1);
        var account = new Allowances.Account("key:often", Allowances.Kind.BUDGET, 1L << 40, Period.DAY);
        String last = "0000000000000002.jsonl";
        for (int spent = 1; !Files.exists(files.resolve("ctl_0000." + last)); spent++) {
            gateway.leases.spent(account, new Allowances.Lease(1, 1L << 40, spent, 0), 0);
        }
        await().until(() -> lines(files).stream().anyMatch(line -> line.contains("key:rare")));
        await().until(() -> !Files.exists(files.resolve("ctl_0000." + last.replace('2', '1'))));
        assertThat(lines(files).stream().filter(line -> line.contains("key:rare")))
                .hasSize(1);
        done(gateway.leases.close());
        assertThat(files).isEmptyDirectory();
    }

    @Test
    void a_line_that_is_torn_is_left_out() throws Exception {
        var ledger = new MemoryAllowances(CLOCK);
        Path files = folder.resolve("files");
        Gateway killed = begins(ledger, files);
        calls(killed.limiter, caller("k1"), 5);
        await().until(() -> lines(files).stream().anyMatch(line -> line.contains("\"spent\":50,")));
        Path left = asItIs(files);
        Files.writeString(left.resolve("ctl_0000.0000000000000001.jsonl"), "{\"holder", StandardOpenOption.APPEND);
        assertThat(calls(begins(ledger, left).limiter, caller("k1"), CALLS)).isEqualTo(CALLS - 5);
    }
}
