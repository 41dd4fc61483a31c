package io.aiwm.controller.model;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.controller.execution.Requires;
import io.aiwm.controller.execution.RequiresBuilder;
import io.aiwm.controller.execution.StepSpec;
import io.aiwm.controller.execution.StepSpecBuilder;
import io.aiwm.controller.model.estimate.CorrectedEstimate;
import io.aiwm.controller.model.estimate.EstimateRequest;
import io.aiwm.controller.model.estimate.Estimates;
import io.aiwm.controller.model.format.ModelInfo;
import io.aiwm.controller.scheduler.DryRun;
import io.aiwm.controller.scheduler.Scheduler;
import io.aiwm.protocol.CommandNames;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.Comparator;
import java.util.List;

/** How much memory a version takes in an engine, and where there is so much now. */
public final class ModelEstimates {
    private final Scheduler scheduler;

    public ModelEstimates(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    /**
     * Returns the estimate and the scheduler's answer. Blocks for as long as the scheduler is at work. Fails with UNPROCESSABLE
     * when the request cannot be, or when the files do not say enough.
     */
    public JsonObject of(ModelVersion version, EstimateRequest asked) {
        CorrectedEstimate estimate = corrected(version, asked);
        DryRun plan = scheduler.plan(step(estimate), 1);
        return Json.toObject(estimate)
                .put("totalBytes", estimate.totalBytes())
                .put("version", version.number())
                .put("fitsNow", Json.toObject(plan).put("fits", plan.unplaced() == 0));
    }

    /** Succeeds with the estimate alone. Fails with UNPROCESSABLE as {@link #of}. */
    public Future<CorrectedEstimate> estimated(ModelVersion version, EstimateRequest asked) {
        try {
            return Future.succeededFuture(corrected(version, asked));
        } catch (Failure unknown) {
            return Future.failedFuture(unknown);
        }
    }

    private static CorrectedEstimate corrected(ModelVersion version, EstimateRequest asked) {
        return CorrectedEstimate.of(Estimates.of(info(version), asked), null);
    }

    private static ModelInfo info(ModelVersion version) {
        JsonObject info = version.info();
        if (info == null || info.containsKey(ModelHeaders.MISTAKE)) {
            throw Failure.unprocessable(
                    "/version",
                    "names a version whose files do not say what memory it takes"
                            + (info == null ? "" : ": " + info.getString(ModelHeaders.MISTAKE)));
        }
        return Json.decode(info.encode(), ModelInfo.class);
    }

    /** One replica; its GPUs are alike, so each must have what the fullest takes. */
    private static StepSpec step(CorrectedEstimate estimate) {
        List<Long> gpus = estimate.gpuMemoryBytes();
        Requires.Gpus needed = gpus.isEmpty()
                ? null
                : new Requires.Gpus(
                        gpus.size(),
                        gpus.stream().max(Comparator.naturalOrder()).orElseThrow(),
                        null);
        return StepSpecBuilder.builder()
                .index(0)
                .name("estimate")
                .command(CommandNames.DEPLOYMENT_CREATE)
                .requires(RequiresBuilder.builder()
                        .memoryBytes(estimate.memoryBytes())
                        .gpus(needed)
                        .build())
                .build();
    }
}
