package io.aiwm.controller.orchestrator;

import io.aiwm.controller.execution.TimeLeft;
import io.aiwm.protocol.CommandId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * The time that commands have left, as workers said with their heartbeats: a duration of theirs does not depend on whose
 * clock is right. In the first moments of this process, in which no worker can have said anything yet, each may have all
 * of them. Safe to use from any thread.
 */
public final class CommandTimeLeft implements TimeLeft {
    /** More is nobody's: no command lasts longer. */
    private static final Duration MOST = Duration.ofDays(8);

    private static final Duration LEFT_TO_ANOTHER = Duration.ofMinutes(1);

    private final Map<String, Map<String, Instant>> byNode = new ConcurrentHashMap<>();
    private final InstantSource clock;
    private final Instant allHaveSpoken;
    private final Predicate<String> otherClock;

    /**
     * @param patience after which every worker that is there has sent a heartbeat
     * @param otherClock whether a node is heard by a controller whose clock is not this one's
     */
    public CommandTimeLeft(InstantSource clock, Duration patience, Predicate<String> otherClock) {
        this.clock = clock;
        this.otherClock = otherClock;
        this.allHaveSpoken = clock.instant().plus(patience);
    }

    /** All the commands a worker is at. What it said first of one counts unless it says less: time does not come back. */
    public void told(String nodeId, Map<String, Long> leftMs) {
        Instant now = clock.instant();
        byNode.compute(nodeId, (id, before) -> {
            var until = new HashMap<String, Instant>();
            leftMs.forEach((command, left) -> {
                if (left != null) {
                    Instant said = now.plusMillis(Math.max(0, Math.min(left, MOST.toMillis())));
                    Instant first = before == null ? null : before.get(command);
                    until.put(command, first != null && first.isBefore(said) ? first : said);
                }
            });
            return Map.copyOf(until);
        });
    }

    /** The node is gone. */
    public void forget(String nodeId) {
        byNode.remove(nodeId);
    }

    @Override
    public Instant until(String nodeId, CommandId command) {
        Map<String, Instant> told = byNode.get(nodeId);
        if (otherClock.test(nodeId)) {
            return clock.instant().plus(LEFT_TO_ANOTHER); // who hears it decides; here it is looked at again
        }
        return told == null ? allHaveSpoken : told.get(command.toString());
    }
}
