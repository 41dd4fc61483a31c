package io.aiwm.worker.hardware;

import io.aiwm.common.Json;
import io.aiwm.protocol.Metrics;
import io.aiwm.protocol.Resources;
import io.aiwm.protocol.SystemInfo;
import io.aiwm.worker.command.Containers;
import io.aiwm.worker.command.Uplink;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.function.LongSupplier;

/** Sends metrics at the controller's pace, and resources at once when something moved by more than 5 %. */
public final class HardwareSamplerVerticle extends VerticleBase {
    private final HardwareSampler sampler;
    private final Containers containers;
    private final Uplink uplink;
    private final Duration resourceInterval;
    private final LongSupplier metricsIntervalMs;
    private SystemInfo told;

    /** @param metricsIntervalMs asked before each wait, so a new session's pace is taken up by itself */
    public HardwareSamplerVerticle(
            HardwareSampler sampler,
            Containers containers,
            Uplink uplink,
            Duration resourceInterval,
            LongSupplier metricsIntervalMs) {
        this.sampler = sampler;
        this.containers = containers;
        this.uplink = uplink;
        this.resourceInterval = resourceInterval;
        this.metricsIntervalMs = metricsIntervalMs;
    }

    @Override
    public Future<?> start() {
        resourcesLater();
        metricsLater();
        return Future.succeededFuture();
    }

    private void resourcesLater() {
        vertx.setTimer(
                resourceInterval.toMillis(),
                ignored -> sampler.sample().onSuccess(this::resources).onComplete(done -> resourcesLater()));
    }

    private void metricsLater() {
        vertx.setTimer(metricsIntervalMs.getAsLong(), ignored -> metrics().onComplete(done -> metricsLater()));
    }

    private void resources(SystemInfo now) {
        if (SampleDelta.between(told, now)) {
            told = now;
            uplink.send(Resources.TYPE, Json.toObject(new Resources(null, now)), null);
        }
    }

    private Future<Void> metrics() {
        return sampler.sample()
                .compose(now -> containers.stats().map(stats -> {
                    told = now;
                    uplink.send(Metrics.TYPE, Json.toObject(new Metrics(null, now, stats)), null);
                    return null;
                }));
    }
}
