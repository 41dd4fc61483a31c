package io.aiwm.controller.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.testing.LogLines;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TimeoutMonitorVerticleTest {
    @Test
    void a_sweep_that_fails_each_time_runs_on_and_fills_no_log() throws Exception {
        var runs = new CountDownLatch(20);
        var sweep = new Sweep("of a test", Duration.ofMillis(1), () -> {
            runs.countDown();
            return Future.failedFuture("no room");
        });
        Vertx vertx = Vertx.vertx();
        try (var log = new LogLines(TimeoutMonitorVerticle.class)) {
            vertx.deployVerticle(new TimeoutMonitorVerticle(List.of(sweep))).await();
            assertThat(runs.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(log.shown()).containsExactly("ERROR sweep \"of a test\" failed and will run again");
        } finally {
            vertx.close().await();
        }
    }
}
