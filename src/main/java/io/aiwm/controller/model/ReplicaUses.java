package io.aiwm.controller.model;

import io.aiwm.controller.model.estimate.EstimateRequest;
import io.aiwm.protocol.Metrics.ContainerStats;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings samples of containers to {@link MeasuredUses}: which version each serves, and with what. That never changes for a
 * container, so it is asked once for each. Any thread may call it; it never blocks.
 */
public final class ReplicaUses {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicaUses.class);
    private static final int MOST_KNOWN = 10_000;
    /** After which time it is asked again of one that serves no version, or is not known yet. */
    private static final Duration AGAIN = Duration.ofMinutes(1);

    /** A version of a model, and with what it is served. */
    public record Served(String modelId, int number, EstimateRequest request) {}

    /** What a container serves. */
    @FunctionalInterface
    public interface Serving {
        /** Succeeds with null where it serves no version of a model, or is none of the deployment's now. */
        Future<Served> by(String deploymentId, String containerId);
    }

    /** @param served null: nothing that is known, until then */
    private record Known(Served served, Instant until) {}

    private final MeasuredUses uses;
    private final Serving serving;
    private final InstantSource clock;
    private final Map<String, Known> known = Collections.synchronizedMap(new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
            return size() > MOST_KNOWN;
        }
    });

    public ReplicaUses(MeasuredUses uses, Serving serving, InstantSource clock) {
        this.uses = uses;
        this.serving = serving;
        this.clock = clock;
    }

    /**
     * A container of a deployment was seen to use so much. Where its memory is not known nothing happens. Of GPUs only what its
     * own processes use counts: what else is in use there is not the model's, and would be remembered for good.
     */
    public void sampled(ContainerStats stats) {
        String containerId = stats.containerId();
        Known before = known.get(containerId);
        if (stats.memoryUsedBytes() == null
                || (before != null && before.served == null && clock.instant().isBefore(before.until))) {
            return;
        }
        if (before != null && before.served != null) {
            observed(before.served, stats);
            return;
        }
        known.put(containerId, new Known(null, clock.instant().plus(AGAIN))); // one question at a time
        serving.by(stats.deploymentId(), containerId)
                .onSuccess(served -> {
                    if (served != null) {
                        known.put(containerId, new Known(served, Instant.MAX));
                        observed(served, stats);
                    }
                })
                .onFailure(cause -> LOG.debug("what container {} serves cannot be read", containerId, cause));
    }

    private void observed(Served served, ContainerStats stats) {
        uses.observed(
                        ModelVersion.id(served.modelId, served.number),
                        served.request,
                        stats.memoryUsedBytes(),
                        shares(served.request, stats.gpuProcessBytes()))
                .onFailure(cause -> LOG.debug("the use of {} cannot be stored", served.modelId, cause));
    }

    /** Engines share a model out evenly; the fullest GPU may have a little more than this. */
    private static List<Long> shares(EstimateRequest request, Long gpuBytes) {
        int count = request.gpus() == null ? 0 : request.gpus().count();
        return count == 0 || gpuBytes == null ? List.of() : Collections.nCopies(count, (gpuBytes + count - 1) / count);
    }
}
