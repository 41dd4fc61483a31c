package io.aiwm.inference.limit;

import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A ledger of this process alone, for limits that may be forgotten when it ends. Safe to use from any thread. */
public final class MemoryAllowances implements Allowances {
    private final Map<String, Allowance> pages = new ConcurrentHashMap<>();
    private final InstantSource clock;

    public MemoryAllowances(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public Future<List<Told>> exchange(String holder, List<Report> reports) {
        long now = clock.millis();
        return Future.succeededFuture(reports.stream()
                .map(report -> pages.compute(
                                report.account().id(),
                                (id, page) -> (page == null ? Allowance.empty(report.account()) : page)
                                        .exchanged(holder, report, now))
                        .told(holder, now))
                .toList());
    }

    /** Forgets pages of windows that are over. Called at intervals. */
    public void forgetOld() {
        long now = clock.millis();
        pages.values().removeIf(page -> page.isOver(now));
    }
}
