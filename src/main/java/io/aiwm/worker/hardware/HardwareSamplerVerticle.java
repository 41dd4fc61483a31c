package io.aiwm.worker.hardware;

import io.aiwm.boot.Config;
import io.aiwm.common.Json;
import io.aiwm.protocol.Metrics;
import io.aiwm.protocol.Resources;
import io.aiwm.protocol.SystemInfo;
import io.aiwm.worker.command.Uplink;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.function.LongSupplier;

/**
 * Sends metrics at the controller's pace, what replicas use more often, and resources at once when something moved by more
 * than 5 %.
 */
public final class HardwareSamplerVerticle extends VerticleBase {
    private final HardwareSampler sampler;
    private final ContainerSampler containers;
    private final Uplink uplink;
    private final Config.Worker pace;
    private final LongSupplier metricsIntervalMs;
    private SystemInfo told;
    private boolean measuring;

    /** @param metricsIntervalMs asked before each wait, so a new session's pace is taken up by itself */
    public HardwareSamplerVerticle(
            HardwareSampler sampler,
            ContainerSampler containers,
            Uplink uplink,
            Config.Worker pace,
            LongSupplier metricsIntervalMs) {
        this.sampler = sampler;
        this.containers = containers;
        this.uplink = uplink;
        this.pace = pace;
        this.metricsIntervalMs = metricsIntervalMs;
    }

    @Override
    public Future<?> start() {
        resourcesLater();
        metricsLater();
        vertx.setPeriodic(pace.replicaInterval().toMillis(), due -> replicas());
        return Future.succeededFuture();
    }

    private void resourcesLater() {
        vertx.setTimer(
                pace.resourceInterval().toMillis(),
                ignored -> sampler.sample().onSuccess(this::resources).onComplete(done -> resourcesLater()));
    }

    private void metricsLater() {
        vertx.setTimer(metricsIntervalMs.getAsLong(), ignored -> metrics().onComplete(done -> metricsLater()));
    }

    /** At a steady pace, because the controller keeps one sample of each 10 s; one that takes too long is not asked twice. */
    private void replicas() {
        if (measuring) {
            return;
        }
        measuring = true;
        containers.sample(true).onComplete(sampled -> {
            measuring = false;
            if (sampled.succeeded() && !sampled.result().isEmpty()) {
                uplink.send(Metrics.TYPE, Json.toObject(new Metrics(null, null, sampled.result())), null);
            }
        });
    }

    private void resources(SystemInfo now) {
        if (SampleDelta.between(told, now)) {
            told = now;
            uplink.send(Resources.TYPE, Json.toObject(new Resources(null, now)), null);
        }
    }

    private Future<Void> metrics() {
        return sampler.sample()
                .compose(now -> containers.sample(false).map(stats -> {
                    told = now;
                    uplink.send(Metrics.TYPE, Json.toObject(new Metrics(null, now, stats)), null);
                    return null;
                }));
    }
}
