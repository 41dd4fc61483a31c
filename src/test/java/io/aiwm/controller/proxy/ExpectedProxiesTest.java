package io.aiwm.controller.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.gateway.AbsenceReason;
import io.aiwm.controller.node.Node;
import io.aiwm.controller.node.NodeBuilder;
import io.aiwm.controller.node.NodeStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExpectedProxiesTest {
    private static final Instant NOW = Instant.parse("2026-11-27T20:00:00Z");

    private static NodeBuilder node(String id, NodeStatus status, Duration since) {
        return NodeBuilder.builder()
                .id(id)
                .role("proxy")
                .status(status)
                .registeredAt(NOW.minus(since))
                .lastSeenAt(NOW.minus(since));
    }

    @Test
    void one_that_has_just_registered_or_was_just_lost_may_serve_and_others_not() {
        Node fresh = node("fresh", NodeStatus.IDLE, Duration.ofSeconds(5)).build();
        Node lost = node("lost", NodeStatus.OFFLINE, Duration.ofMinutes(9)).build();
        Node silent =
                node("silent", NodeStatus.UNHEALTHY, Duration.ofSeconds(20)).build();
        Node gone = node("gone", NodeStatus.OFFLINE, ExpectedProxies.AWAY).build();
        Node noProxy = node("up-for-long-and-not-heard", NodeStatus.IDLE, Duration.ofHours(1))
                .build();
        Node stopped = node("stopped", NodeStatus.OFFLINE, Duration.ofSeconds(5))
                .reasonCode(AbsenceReason.Code.STOPPED)
                .build();
        Node other = node("other", NodeStatus.IDLE, Duration.ofSeconds(5))
                .role("gpu")
                .build();
        assertThat(ExpectedProxies.of(
                        List.of(fresh, lost, silent, gone, noProxy, stopped, other),
                        node -> "proxy".equals(node.role()),
                        NOW))
                .containsExactlyInAnyOrder("fresh", "lost", "silent");
    }
}
