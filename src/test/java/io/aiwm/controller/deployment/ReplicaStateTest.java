package io.aiwm.controller.deployment;

import static io.aiwm.controller.deployment.ReplicaState.*;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ReplicaStateTest {
    private static final Map<ReplicaState, Set<ReplicaState>> ALLOWED = new EnumMap<>(Map.ofEntries(
            Map.entry(PENDING, EnumSet.of(DEPLOYING, RUNNING, DEGRADED, STOPPED, FAILED, STOPPING, DELETING)),
            Map.entry(DEPLOYING, EnumSet.of(RUNNING, DEGRADED, STOPPED, FAILED, STOPPING, DELETING)),
            Map.entry(
                    RUNNING,
                    EnumSet.of(
                            DEGRADED,
                            STOPPED,
                            FAILED,
                            DEPLOYING,
                            STOPPING,
                            RESTARTING,
                            UPDATING,
                            MOVING,
                            SLEEPING,
                            DELETING)),
            Map.entry(
                    DEGRADED,
                    EnumSet.of(RUNNING, STOPPED, FAILED, DEPLOYING, STOPPING, RESTARTING, UPDATING, MOVING, DELETING)),
            Map.entry(STOPPING, EnumSet.of(STOPPED, RUNNING, DEGRADED, FAILED, DELETING)),
            Map.entry(STOPPED, EnumSet.of(DEPLOYING, STOPPING, DELETING)),
            Map.entry(RESTARTING, EnumSet.of(RUNNING, DEGRADED, STOPPED, FAILED, DEPLOYING, STOPPING, DELETING)),
            Map.entry(UPDATING, EnumSet.of(RUNNING, DEGRADED, STOPPED, FAILED, DEPLOYING, STOPPING, DELETING)),
            Map.entry(MOVING, EnumSet.of(RUNNING, DEGRADED, STOPPED, FAILED, DEPLOYING, STOPPING, DELETING)),
            Map.entry(SLEEPING, EnumSet.of(ASLEEP, RUNNING, DEGRADED, STOPPED, FAILED, STOPPING, DELETING)),
            Map.entry(ASLEEP, EnumSet.of(WAKING, FAILED, STOPPING, DELETING)),
            Map.entry(WAKING, EnumSet.of(RUNNING, DEGRADED, STOPPED, FAILED, SLEEPING, STOPPING, DELETING)),
            Map.entry(DELETING, EnumSet.noneOf(ReplicaState.class)),
            Map.entry(
                    FAILED,
                    EnumSet.of(RUNNING, DEGRADED, STOPPED, DEPLOYING, STOPPING, RESTARTING, UPDATING, DELETING))));

    @Test
    void every_pair_is_as_listed() {
        for (var from : values()) {
            for (var to : values()) {
                assertThat(from.mayBecome(to))
                        .as(from + " -> " + to)
                        .isEqualTo(ALLOWED.get(from).contains(to));
            }
        }
    }

    @Test
    void everything_can_be_deleted_and_nothing_comes_back_from_it() {
        for (var state : values()) {
            assertThat(state.mayBecome(DELETING)).isEqualTo(state != DELETING);
            assertThat(DELETING.mayBecome(state)).isFalse();
        }
    }
}
