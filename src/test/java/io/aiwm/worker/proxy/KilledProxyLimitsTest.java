package io.aiwm.worker.proxy;

import static org.assertj.core.api.Assertions.assertThat;

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
import io.vertx.core.WorkerExecutor;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Limits over a kill of a proxy, with and without a controller: what was used is used. A killed one closes nothing and tells nothing. */
@Timeout(60)
class KilledProxyLimitsTest {
    private static final int EACH = 10;
    private static final int CALLS = 50;

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private final WorkerExecutor worker = vertx.createSharedWorkerExecutor("test", 1);
    private long now = Instant.parse("2026-11-27T10:00:00Z").toEpochMilli();
    private final InstantSource clock = () -> Instant.ofEpochMilli(now);
    private final MemoryAllowances ledger = new MemoryAllowances(clock);
    private boolean away;
    private int made;

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    private LocalLimiter begins() throws Exception {
        String holder = "gw_%08d".formatted(made++);
        Allowances link = (who, reports) ->
                away ? Future.failedFuture("away") : ledger.exchange(LeaseHolders.at("node-1", who), reports);
        ProxyLeases leases = ProxyLeases.open(worker, folder, holder, link);
        return new LocalLimiter(holder, leases, clock, () -> 1, leases);
    }

    private static Caller caller(String key) {
        var budget = new TokenBudget(CALLS * EACH, Period.DAY);
        return new Caller(key, "ada", null, new KeyLimits(null, null, null, null, budget, null), KeyLimits.NONE);
    }

    private int calls(LocalLimiter limiter, Caller caller, int most) {
        int passed = 0;
        while (passed < most) {
            Future<Reservation> call = limiter.reserve(caller, EACH);
            for (int i = 0; !call.isComplete() && i < 100; i++) {
                now += LocalLimiter.TICK_MILLIS;
                limiter.tick();
            }
            if (!call.succeeded()) {
                return passed;
            }
            call.result().settle(EACH);
            passed++;
        }
        return passed;
    }

    @Test
    void a_budget_lets_as_many_calls_through_as_without_a_kill() throws Exception {
        for (int before : new int[] {1, 2, 7, 49, 50}) {
            Caller caller = caller("k" + before);
            LocalLimiter killed = begins();
            assertThat(calls(killed, caller, before)).isEqualTo(before);
            killed.reserve(caller, EACH);
            assertThat(calls(begins(), caller, CALLS))
                    .as("killed after " + before)
                    .isEqualTo(CALLS - before);
            assertThat(calls(begins(), caller, 1)).isZero();
        }
    }

    @Test
    void it_is_not_given_again_to_one_that_is_started_while_no_controller_is_there() throws Exception {
        LocalLimiter first = begins();
        assertThat(calls(first, caller("k1"), 5)).isEqualTo(5);
        away = true;
        assertThat(calls(first, caller("k1"), 10)).isEqualTo(10);
        LocalLimiter second = begins();
        assertThat(calls(second, caller("k1"), 20)).isEqualTo(20);
        LocalLimiter third = begins();
        assertThat(calls(third, caller("k1"), CALLS)).isEqualTo(CALLS - 36);
        away = false;
        // enough for one call was given back while nobody heard it
        assertThat(calls(begins(), caller("k1"), CALLS)).isEqualTo(1);
    }
}
