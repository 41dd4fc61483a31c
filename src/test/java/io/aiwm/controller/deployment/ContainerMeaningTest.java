package io.aiwm.controller.deployment;

import static io.aiwm.controller.deployment.ReplicaState.DEGRADED;
import static io.aiwm.controller.deployment.ReplicaState.RUNNING;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.protocol.ProbeFailure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ContainerMeaningTest {

    private static ContainerMeaning of(String state, String health, ProbeFailure failure, int restarts) {
        return ContainerMeaning.of(DeploymentContainerBuilder.builder()
                .nodeId("n1")
                .containerId("c")
                .commandId("ex_1.0.1")
                .state(state)
                .health(health)
                .probeFailure(failure)
                .restarts(restarts)
                .build());
    }

    @Test
    void only_one_that_is_well_or_is_not_asked_takes_traffic() {
        assertThat(of("running", "none", null, 0).state()).isEqualTo(RUNNING);
        assertThat(of("running", null, null, 0).state()).isEqualTo(RUNNING);
        assertThat(of("running", "healthy", null, 0).state()).isEqualTo(RUNNING);
        assertThat(of("running", "starting", null, 0).state()).isEqualTo(DEGRADED);
        assertThat(of("running", "starting", null, 0).reason().code()).isEqualTo(ReasonCode.STARTING);
        assertThat(of("running", "unhealthy", null, 0).reason().code()).isEqualTo(ReasonCode.UNHEALTHY);
    }

    @Test
    void one_that_has_just_been_started_has_nothing_wrong() {
        assertThat(of("running", "healthy", null, 0).isGood()).isTrue();
        assertThat(of("running", "starting", null, 0).isGood()).isTrue();
        assertThat(of("running", "unhealthy", null, 0).isGood()).isFalse();
        assertThat(of("running", "starting", new ProbeFailure("startup", "x"), 1)
                        .isGood())
                .isFalse();
        assertThat(of("exited", "none", null, 0).isGood()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "running,unhealthy,readiness,0,READINESS_PROBE_FAILED,readiness probe fails: HTTP 503",
        "running,starting,startup,2,STARTUP_PROBE_FAILED,startup probe fails: HTTP 503; restarted 2 times",
        "restarting,none,liveness,1,LIVENESS_PROBE_FAILED,liveness probe fails: HTTP 503; restarted 1 time",
        "running,unhealthy,of-a-newer-worker,0,UNHEALTHY,of-a-newer-worker probe fails: HTTP 503"
    })
    void a_probe_that_fails_is_named(
            String state, String health, String probe, int restarts, ReasonCode code, String words) {
        var meaning = of(state, health, new ProbeFailure(probe, "HTTP 503"), restarts);
        assertThat(meaning.state()).isEqualTo(DEGRADED);
        assertThat(meaning.reason()).isEqualTo(new ReasonCode.Reason(code, words));
    }

    @Test
    void what_a_worker_says_of_a_probe_is_one_short_line() {
        assertThat(new ProbeFailure("readiness", "a\nb" + "x".repeat(1_000)).reason())
                .startsWith("a?bxx")
                .hasSize(300);
    }
}
