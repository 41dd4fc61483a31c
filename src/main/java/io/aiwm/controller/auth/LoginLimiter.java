package io.aiwm.controller.auth;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How many failed logins there were of late for one user from one address. After {@value #MAX_FAILURES} within a minute
 * the next has to wait, whether its password is right or not.
 */
final class LoginLimiter {
    static final int MAX_FAILURES = 10;
    private static final Duration WINDOW = Duration.ofMinutes(1);
    private static final int MAX_CALLERS = 10_000;

    private final InstantSource clock;
    private final Map<String, ArrayDeque<Instant>> failures;

    LoginLimiter(InstantSource clock) {
        this.clock = clock;
        this.failures = new LinkedHashMap<>() {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, ArrayDeque<Instant>> eldest) {
                return size() > MAX_CALLERS;
            }
        };
    }

    /** How long this caller has to wait for its next try; zero: not at all. */
    synchronized Duration untilAllowed(String caller) {
        ArrayDeque<Instant> past = failures.get(caller);
        if (past == null) {
            return Duration.ZERO;
        }
        Instant oldest = clock.instant().minus(WINDOW);
        while (!past.isEmpty() && past.peekFirst().isBefore(oldest)) {
            past.removeFirst();
        }
        if (past.isEmpty()) {
            failures.remove(caller);
        }
        // one more may be tried when so many have become old that fewer than the limit are left
        return past.size() < MAX_FAILURES
                ? Duration.ZERO
                : Duration.between(
                                oldest,
                                past.stream()
                                        .skip(past.size() - (long) MAX_FAILURES)
                                        .findFirst()
                                        .orElseThrow())
                        .plusSeconds(1);
    }

    /** Counted before the password is looked at, so that many guesses at once cannot slip through together. */
    synchronized void count(String caller) {
        failures.computeIfAbsent(caller, name -> new ArrayDeque<>()).addLast(clock.instant());
    }

    synchronized void forget(String caller) {
        failures.remove(caller);
    }
}
