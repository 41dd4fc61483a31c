package io.aiwm.controller;

import io.aiwm.controller.api.CallerIdentity;
import io.aiwm.controller.api.UsageResource;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.inference.GatewayConfigs;
import io.aiwm.controller.inference.PublishedCallers;
import io.aiwm.controller.inference.limit.AllowanceRecords;
import io.aiwm.controller.inference.limit.AloneAllowances;
import io.aiwm.controller.inference.limit.InferenceCallers;
import io.aiwm.controller.inference.limit.KeptLeases;
import io.aiwm.controller.inference.usage.UnstoredFiles;
import io.aiwm.controller.inference.usage.UsageCollector;
import io.aiwm.controller.inference.usage.UsageRecords;
import io.aiwm.controller.inference.usage.UsageReport;
import io.aiwm.controller.monitor.Sweep;
import io.aiwm.controller.store.DocumentStore.Collection;
import io.aiwm.inference.limit.Allowances;
import io.aiwm.inference.limit.LeaseHolders;
import io.aiwm.inference.limit.LocalLimiter;
import io.aiwm.inference.limit.MemoryAllowances;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.IntSupplier;

/** How much callers may use of models, and what they have used. */
final class LimitPart implements Part {
    /** Changes of keys and teams are followed; what was missed is seen so late at the latest. */
    private static final Duration CALLERS_READ_EVERY = Duration.ofMinutes(1);

    /** The place of the only controller of a store; no node is called so. */
    private static final String ONLY = "controller:only";

    final InferenceCallers callers;
    /** What gateways lease of: this controller's and those of its proxies. */
    final Allowances ledger;

    final LocalLimiter limiter;
    final UsageRecords usage;
    private final KeptLeases leases;
    final UsageCollector collector;
    private final AllowanceRecords allowances;
    private final MemoryAllowances inMemory;
    private final PartContext basis;
    private PublishedCallers published;
    private volatile IntSupplier gateways = () -> 1;
    private long timer;

    LimitPart(PartContext basis, AuthPart auth) {
        this.basis = basis;
        callers = auth.inferenceCallers;
        allowances = new AllowanceRecords(basis.store(), basis.clock());
        inMemory = new MemoryAllowances(basis.clock());
        ledger = basis.alone() ? new AloneAllowances(allowances, inMemory) : allowances;
        String holder = basis.alone() ? LeaseHolders.at(ONLY, basis.controllerId()) : basis.controllerId();
        Path unstored = basis.config().dataDir().resolve("unstored");
        leases = new KeptLeases(
                basis.vertx(), new UnstoredFiles(unstored.resolve("leases"), basis.controllerId()), holder);
        limiter = new LocalLimiter(holder, ledger, basis.clock(), () -> gateways.getAsInt(), leases);
        usage = new UsageRecords(
                basis.store(), basis.clock(), basis.config().retention().usageAge());
        collector = new UsageCollector(basis.vertx(), usage, basis.controllerId(), unstored.resolve("usage"));
    }

    /** Tells what gateways are to know of callers, from now on. Once the store is open. */
    Future<Void> start(GatewayConfigs tells) {
        published = new PublishedCallers(basis.vertx(), basis.store(), callers, tells::callers);
        timer = basis.vertx().setPeriodic(LocalLimiter.TICK_MILLIS, tick -> limiter.tick());
        return collector
                .start(basis.vertx())
                .compose(recounted -> leases.start(ledger))
                .compose(told -> published.start());
    }

    /** @param count of all that share the limits, this controller included */
    void gateways(IntSupplier count) {
        gateways = count;
    }

    /** Gives back what was leased, and stores what was used. */
    Future<Void> close() {
        basis.vertx().cancelTimer(timer);
        if (published != null) {
            published.close();
        }
        return limiter.close().eventually(leases::close).transform(closed -> collector.close());
    }

    @Override
    public List<Collection> collections() {
        return List.of(AllowanceRecords.COLLECTION, UsageRecords.COLLECTION);
    }

    @Override
    public List<Resource> resources() {
        return List.of(new UsageResource(new UsageReport(usage), new CallerIdentity(callers::since), basis.clock()));
    }

    @Override
    public List<Sweep> sweeps() {
        return List.of(
                new Sweep(
                        "who may call models",
                        CALLERS_READ_EVERY,
                        () -> published == null ? Future.succeededFuture() : published.run()),
                new Sweep("usage of models", UsageCollector.EVERY, collector::flush),
                new Sweep("usage of long ago", Duration.ofMinutes(5), usage::run),
                new Sweep("limits that nobody asks for", Duration.ofMinutes(5), () -> {
                    inMemory.forgetOld();
                    return allowances.deleteOld();
                }));
    }
}
