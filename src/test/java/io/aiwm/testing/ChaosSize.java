package io.aiwm.testing;

import java.time.Duration;

/**
 * How much and how long.
 *
 * @param jobs at least; they come until the fault is over. Each takes a whole node for {@code workMillis}
 * @param lasts how long a stop, a cut or a storm lasts
 * @param kills how many
 * @param killEvery from one kill to the next, if the one killed before is back by then
 * @param downFor from a kill to the start
 * @param patience for the work to end once everything is well
 */
public record ChaosSize(
        int nodes,
        int jobs,
        double jobsPerSecond,
        int workMillis,
        Duration lasts,
        int kills,
        Duration killEvery,
        Duration downFor,
        Duration patience,
        ThreeControllers.Pace pace) {

    /**
     * So that all of them fit in a few minutes. All but a rolling restart have the same pace. A fault lasts longer than the
     * silence after which a node is taken for lost, and than the one after which a member is.
     */
    public static ChaosSize small(ChaosFault fault) {
        return new ChaosSize(
                50,
                200,
                12,
                2_000,
                Duration.ofSeconds(12),
                3,
                Duration.ofSeconds(6),
                Duration.ofSeconds(2),
                Duration.ofSeconds(60),
                ThreeControllers.Pace.ofSeconds(1, 3, fault == ChaosFault.ROLLING ? 30 : 8));
    }

    /** The long form. */
    public static ChaosSize large(ChaosFault fault) {
        return new ChaosSize(
                50,
                2_000,
                20,
                2_000,
                Duration.ofSeconds(60),
                6,
                Duration.ofSeconds(10),
                Duration.ofSeconds(3),
                Duration.ofMinutes(4),
                ThreeControllers.Pace.ofSeconds(1, 5, fault == ChaosFault.ROLLING ? 60 : 20));
    }
}
