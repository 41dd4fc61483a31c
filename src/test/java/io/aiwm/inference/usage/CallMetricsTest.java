package io.aiwm.inference.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CallMetricsTest {
    private Instant now = Instant.parse("2026-11-27T10:00:00Z");
    private final CallMetrics metrics = new CallMetrics(() -> now);

    private CallUsageBuilder call(String replica, long firstToken, long duration) {
        return CallUsageBuilder.builder()
                .id("call_1")
                .at(now)
                .model("tiny")
                .deploymentId("dep_1")
                .replicaId(replica)
                .streamed(true)
                .status(200)
                .promptTokens(10)
                .completionTokens(21)
                .queueMillis(0)
                .firstTokenMillis(firstToken)
                .durationMillis(duration);
    }

    private List<CallHistory> hour() {
        return metrics.of("dep_1", now.getEpochSecond() / 10 + 1, 360, 1);
    }

    @Test
    void times_are_told_within_an_eighth() {
        for (int i = 1; i <= 1_000; i++) {
            metrics.ended(call("r1", i, i + 400).build());
        }
        CallHistory found = hour().get(0);
        assertThat(found.total(CallHistory.CALLS)).isEqualTo(1_000);
        assertThat(found.total(CallHistory.COMPLETION_TOKENS)).isEqualTo(21_000);
        assertThat(found.quantile(CallTimes.FIRST_TOKEN, 0.5)).isCloseTo(500, within(62.5));
        assertThat(found.quantile(CallTimes.FIRST_TOKEN, 0.95)).isCloseTo(950, within(119.0));
        assertThat(found.quantile(CallTimes.FIRST_TOKEN, 0.99)).isCloseTo(990, within(124.0));
        assertThat(found.quantile(CallTimes.PER_TOKEN, 0.5)).isCloseTo(20, within(2.5));
        assertThat(found.mean(CallTimes.PER_TOKEN, 359)).isEqualTo(20);
        assertThat(found.quantile(CallTimes.QUEUE, 0.99)).isLessThanOrEqualTo(0.1);
        assertThat(found.quantile(CallTimes.DURATION, 0.5)).isCloseTo(900, within(112.5));
    }

    @Test
    void only_streams_have_a_first_token_and_only_longer_ones_a_time_per_token() {
        metrics.ended(call("r1", 90, 100).streamed(false).build());
        metrics.ended(call("r1", 100, 100).completionTokens(1).build());
        CallHistory found = hour().get(0);
        assertThat(found.mean(CallTimes.FIRST_TOKEN, 359)).isEqualTo(100);
        assertThat(found.quantile(CallTimes.PER_TOKEN, 0.5)).isNull();
    }

    @Test
    void a_call_belongs_to_the_time_when_it_ended_and_is_forgotten_an_hour_later() {
        metrics.ended(call("r1", 1, 2).build());
        Instant first = now;
        now = now.plusSeconds(600);
        metrics.ended(call("r1", 1, 2).build());
        metrics.ended(call("r1", 1, 2).at(first).build()); // a proxy reports it now
        assertThat(hour().get(0).counts()[CallHistory.CALLS][359 - 60]).isEqualTo(2);
        assertThat(hour().get(0).counts()[CallHistory.CALLS][359]).isEqualTo(1);
        now = first.plusSeconds(3_600);
        assertThat(hour().get(0).total(CallHistory.CALLS)).isEqualTo(1);
        metrics.ended(call("r1", 1, 2).at(first).build());
        assertThat(hour().get(0).total(CallHistory.CALLS)).isEqualTo(1);
        now = first.plusSeconds(4_300);
        metrics.prune();
        assertThat(hour()).isEmpty();
        assertThat(metrics.bytes()).isZero();
    }

    @Test
    void errors_are_counted_by_code_and_calls_that_reached_no_replica_stand_alone() {
        metrics.ended(call("r1", 1, 2).build());
        metrics.ended(call("r1", 1, 2).status(502).errorCode("upstream_failed").build());
        metrics.ended(call(null, -1, 2).status(429).errorCode("queue_full").build());
        for (int i = 0; i < 40; i++) {
            metrics.ended(call(null, -1, 2).errorCode("made up " + i).build());
        }
        CallHistory none =
                hour().stream().filter(one -> one.of().isEmpty()).findFirst().orElseThrow();
        CallHistory replica =
                hour().stream().filter(one -> one.of().equals("r1")).findFirst().orElseThrow();
        assertThat(replica.errors()).containsOnly(Map.entry("upstream_failed", 1L));
        assertThat(replica.total(CallHistory.FAILED)).isEqualTo(1);
        assertThat(none.errors()).hasSize(17).containsEntry("queue_full", 1L).containsEntry("other", 25L);
        assertThat(none.with(replica, "both").total(CallHistory.CALLS)).isEqualTo(43);
        assertThat(metrics.ofModel("tiny", now.getEpochSecond() / 10 + 1, 1, 360)
                        .total(CallHistory.CALLS))
                .isEqualTo(43);
    }

    @Test
    void what_it_takes_is_bounded_and_the_idlest_goes_first() {
        var small = new CallMetrics(() -> now, 1_000_000);
        for (int i = 0; i < 1_000; i++) {
            small.ended(call("r" + i, 1, 2).build());
            now = now.plusSeconds(1);
            assertThat(small.bytes()).isLessThanOrEqualTo(1_000_000);
        }
        List<CallHistory> left = small.of("dep_1", now.getEpochSecond() / 10 + 1, 1, 360);
        assertThat(left).extracting(CallHistory::of).contains("r999").doesNotContain("r0");
    }
}
