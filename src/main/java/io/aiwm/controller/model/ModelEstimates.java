package io.aiwm.controller.model;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.controller.execution.Requires;
import io.aiwm.controller.execution.RequiresBuilder;
import io.aiwm.controller.execution.StepSpec;
import io.aiwm.controller.execution.StepSpecBuilder;
import io.aiwm.controller.model.estimate.CorrectedEstimate;
import io.aiwm.controller.model.estimate.EngineKind;
import io.aiwm.controller.model.estimate.EstimateRequest;
import io.aiwm.controller.model.estimate.Estimates;
import io.aiwm.controller.model.estimate.MeasuredUse;
import io.aiwm.controller.model.estimate.MemoryEstimate;
import io.aiwm.controller.model.format.ModelInfo;
import io.aiwm.controller.scheduler.DryRun;
import io.aiwm.controller.scheduler.Scheduler;
import io.aiwm.protocol.CommandNames;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** How much memory a version takes in an engine, and where there is so much now. */
public final class ModelEstimates {
    private final Scheduler scheduler;
    private final MeasuredUses uses;

    public ModelEstimates(Scheduler scheduler, MeasuredUses uses) {
        this.scheduler = scheduler;
        this.uses = uses;
    }

    /**
     * Succeeds with the estimate beside what was measured in the same setup. Fails with UNPROCESSABLE when the request cannot be,
     * or when the files do not say enough.
     */
    public Future<CorrectedEstimate> estimated(ModelVersion version, EstimateRequest asked) {
        try {
            ModelInfo info = info(version);
            MemoryEstimate estimate = Estimates.of(info, asked);
            return uses.of(version, MeasuredUse.Setup.of(asked, info.contextLength()))
                    .map(measured -> CorrectedEstimate.of(estimate, measured));
        } catch (Failure unknown) {
            return Future.failedFuture(unknown);
        }
    }

    /**
     * Returns the estimate and the scheduler's answer. Blocks for as long as the scheduler is at work.
     *
     * @param engine that was asked for; null: it was not said
     */
    public JsonObject shown(ModelVersion version, CorrectedEstimate estimate, EngineKind engine) {
        DryRun plan = scheduler.plan(step(estimate, engine), 1);
        return Json.toObject(estimate)
                .put("totalBytes", estimate.totalBytes())
                .put("version", version.number())
                .put("fitsNow", Json.toObject(plan).put("fits", plan.unplaced() == 0));
    }

    /** Null: its files do not say it. */
    static Integer trainedContext(ModelVersion version) {
        return version.info() == null || version.info().containsKey(ModelHeaders.MISTAKE)
                ? null
                : Json.decode(version.info().encode(), ModelInfo.class).contextLength();
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

    private static StepSpec step(CorrectedEstimate estimate, EngineKind engine) {
        List<Long> gpus = estimate.gpuMemoryBytes();
        Requires.Gpus whole = gpus.isEmpty() ? null : new Requires.Gpus(gpus.size(), null, null);
        return StepSpecBuilder.builder()
                .index(0)
                .name("estimate")
                .command(CommandNames.DEPLOYMENT_CREATE)
                .requires(RequiresBuilder.builder()
                        .memoryBytes(estimate.memoryBytes())
                        .gpus(GpuShares.of(whole, engine, gpus))
                        .build())
                .build();
    }
}
