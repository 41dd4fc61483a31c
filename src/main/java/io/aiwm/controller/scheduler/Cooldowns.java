package io.aiwm.controller.scheduler;

import io.aiwm.boot.Config;
import io.aiwm.controller.execution.Attempt;
import io.aiwm.controller.execution.StepState;
import io.aiwm.protocol.ErrorCategory;
import java.util.HashMap;
import java.util.Map;

/**
 * Nodes that failed several times in a row get nothing new for a while, twice as long each time. Only failures that are
 * the node's own count: what the program or the image did wrong would fail anywhere. Kept in memory: after a restart every
 * node gets a new chance. Pure but for what it remembers.
 */
final class Cooldowns {
    private record Streak(int failures, int rounds, long until, String lastError) {}

    /** @param until milliseconds since the epoch */
    record Cooldown(long until, int failures, String lastError) {}

    private final Config.Scheduler settings;
    private final Map<String, Streak> streaks = new HashMap<>();

    Cooldowns(Config.Scheduler settings) {
        this.settings = settings;
    }

    /** An attempt has closed. @return until when its node gets nothing new, 0: it may */
    long closed(Attempt attempt, long now) {
        String node = attempt.nodeId();
        if (attempt.outcome() == StepState.COMPLETED) {
            streaks.remove(node);
            return 0;
        }
        Streak was = streaks.getOrDefault(node, new Streak(0, 0, 0, null));
        if (!isTheNodes(attempt)) {
            return was.until;
        }
        int failures = was.failures + 1;
        boolean cools = failures >= settings.cooldownAfter() && was.until <= now;
        int rounds = cools ? was.rounds + 1 : was.rounds;
        long wait = settings.cooldown().toMillis() << Math.min(20, Math.max(0, rounds - 1));
        long until = cools ? now + Math.min(wait, settings.cooldownMax().toMillis()) : was.until;
        streaks.put(node, new Streak(failures, rounds, until, attempt.error().message()));
        return until;
    }

    private static boolean isTheNodes(Attempt attempt) {
        if (attempt.outcome() != StepState.FAILED || attempt.error() == null) {
            return false;
        }
        ErrorCategory category = attempt.error().category();
        boolean refused = category == ErrorCategory.CONFLICT && attempt.error().retryable();
        return refused || category == ErrorCategory.INTERNAL || category == ErrorCategory.ENGINE_UNREACHABLE;
    }

    /** Null when the node may get work. */
    Cooldown of(String node, long now) {
        Streak streak = streaks.get(node);
        return streak == null || streak.until <= now
                ? null
                : new Cooldown(streak.until, streak.failures, streak.lastError);
    }

    /** A node that went takes its record along. */
    void forget(String node) {
        streaks.remove(node);
    }
}
