package io.aiwm.worker.container;

import io.aiwm.protocol.Probes.Probe;
import io.aiwm.protocol.Probes.Tcp;
import io.aiwm.protocol.ProbesProbeBuilder;
import io.aiwm.worker.container.ProbeState.Look;

/** Probes of one run of a container, under a clock that the test turns. */
abstract class ProbeRig {
    static final Look BAD = Look.bad("HTTP 503");

    /** Near the end of what a long holds: a monotonic clock may begin anywhere. */
    static final long BEGUN = Long.MAX_VALUE - 5_000_000_000L;

    long now = BEGUN;

    static Probe probe(long delay, long period, int successes, int failures) {
        return ProbesProbeBuilder.builder()
                .tcp(new Tcp(80))
                .initialDelayMs(delay)
                .periodMs(period)
                .successThreshold(successes)
                .failureThreshold(failures)
                .build();
    }

    void after(long millis) {
        now += millis * 1_000_000;
    }
}
