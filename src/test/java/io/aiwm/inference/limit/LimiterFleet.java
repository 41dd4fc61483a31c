package io.aiwm.inference.limit;

import io.aiwm.inference.Caller;
import io.aiwm.inference.limit.KeyLimits.Period;
import io.aiwm.inference.limit.KeyLimits.TokenBudget;
import io.aiwm.inference.limit.Limiter.Reservation;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** Gateways on one ledger, with a clock that is turned by hand and a network that delays and loses by chance. */
final class LimiterFleet implements InstantSource {
    private long now = Instant.parse("2026-11-27T10:00:00Z").toEpochMilli();
    final MemoryAllowances ledger = new MemoryAllowances(this);
    final List<LocalLimiter> limiters = new ArrayList<>();
    private final Deque<Runnable> network = new ArrayDeque<>();
    private final Random random;
    private int made;
    /** Of a hundred messages, and of a hundred answers. */
    int lost;

    /** As each gateway is told. */
    int gateways;

    boolean delays;
    boolean away;
    /** Holders that live, and nobody hears them. */
    final Set<String> cut = new HashSet<>();
    /** What the ledger was last told as spent of the one account of the test, by holder. */
    final Map<String, Long> reported = new HashMap<>();

    LimiterFleet(int limiters, long seed) {
        random = new Random(seed);
        gateways = limiters;
        for (int i = 0; i < limiters; i++) {
            this.limiters.add(limiter());
        }
    }

    LocalLimiter limiter() {
        return limiter("gateway" + made++);
    }

    LocalLimiter limiter(String holder) {
        return new LocalLimiter(holder, (who, reports) -> exchange(who, reports), this, () -> gateways);
    }

    private Future<List<Allowances.Told>> exchange(String holder, List<Allowances.Report> reports) {
        if (away || cut.contains(holder)) {
            return Future.failedFuture("away");
        }
        if (!delays) {
            return arrived(holder, reports);
        }
        Promise<List<Allowances.Told>> answer = Promise.promise();
        network.add(() -> {
            if (random.nextInt(100) >= lost) {
                var told = arrived(holder, reports);
                network.add(() -> {
                    if (random.nextInt(100) >= lost) {
                        told.onComplete(answer);
                    }
                });
            }
        });
        return answer.future();
    }

    private Future<List<Allowances.Told>> arrived(String holder, List<Allowances.Report> reports) {
        reports.forEach(each -> reported.merge(holder, each.lease().spent(), Math::max));
        return ledger.exchange(holder, reports);
    }

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(now);
    }

    @Override
    public long millis() {
        return now;
    }

    /** Lets so much time pass; messages arrive meanwhile. */
    void pass(long millis) {
        for (long end = now + millis; now < end; ) {
            now = Math.min(end, now + LocalLimiter.TICK_MILLIS);
            deliver();
            limiters.forEach(LocalLimiter::tick);
            deliver();
        }
    }

    private void deliver() {
        for (int i = network.size(); i > 0; i--) {
            network.remove().run();
        }
    }

    static Caller caller(KeyLimits limits) {
        return new Caller("k1", "ada", null, limits, KeyLimits.NONE);
    }

    static KeyLimits budget(long tokens) {
        return new KeyLimits(null, null, null, null, new TokenBudget(tokens, Period.DAY), null);
    }

    static KeyLimits requests(int perMinute) {
        return new KeyLimits(null, perMinute, null, null, null, null);
    }

    static KeyLimits concurrent(int calls) {
        return new KeyLimits(null, null, null, calls, null, null);
    }

    static long passed(List<Future<Reservation>> calls) {
        return calls.stream().filter(Future::succeeded).count();
    }
}
