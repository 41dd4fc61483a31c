package io.aiwm.worker.container;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Which containers the engine has to restart again and again. Between two of its tries such a container runs for a
 * moment, and that alone does not mean that it is well: it counts as restarting until it has run for {@link #CALM}, which is
 * also when the engine begins again with its shortest pause. Not safe for more than one thread.
 */
final class Restarts {
    static final Duration CALM = Duration.ofSeconds(10);

    private final LongSupplier nanos;
    private final Map<String, Last> known = new HashMap<>();
    private final Map<String, Integer> exitCodes = new HashMap<>();

    /**
     * @param atNanos when it was restarted last; null: not while it was watched
     * @param waits for the engine's next try
     */
    private record Last(int restarts, Long atNanos, boolean waits) {}

    Restarts(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** The engine's event says with which code; afterwards it may run again before anybody has looked. */
    void died(String containerId, Integer exitCode) {
        if (exitCode != null) {
            exitCodes.put(containerId, exitCode);
        }
    }

    void gone(String containerId) {
        known.remove(containerId);
        exitCodes.remove(containerId);
    }

    /** The container as it counts; while {@link #isCalm} is false it is to be looked at again after {@link #CALM}. */
    EngineContainer asItCounts(EngineContainer container) {
        note(container);
        boolean again = container.state() == EngineState.RUNNING && !isCalm(container.id());
        return again ? container.restarting(exitCodes.get(container.id())) : container;
    }

    boolean isCalm(String containerId) {
        Last last = known.get(containerId);
        return last == null || last.atNanos() == null || nanos.getAsLong() - last.atNanos() >= CALM.toNanos();
    }

    private void note(EngineContainer container) {
        Last last = known.get(container.id());
        boolean waits = container.state() == EngineState.RESTARTING;
        boolean up = container.running();
        // less than before: it was started by hand, and the engine counts from 0 again
        boolean same = last != null && container.restarts() >= last.restarts();
        if (waits || (up && same && (last.waits() || container.restarts() > last.restarts()))) {
            known.put(container.id(), new Last(container.restarts(), nanos.getAsLong(), waits));
            died(container.id(), container.exitCode());
        } else if (!up || !same) {
            known.put(container.id(), new Last(container.restarts(), null, false));
        }
    }
}
