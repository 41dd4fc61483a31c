package io.aiwm.controller.inference.limit;

import io.aiwm.inference.limit.Allowances;
import io.aiwm.inference.limit.MemoryAllowances;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;

/**
 * The ledger of the only controller: budgets in the store, and in memory what is over within a minute or ends with the calls. So a limit
 * that is no budget costs no write.
 */
public final class AloneAllowances implements Allowances {
    private final AllowanceRecords stored;
    private final MemoryAllowances inMemory;

    public AloneAllowances(AllowanceRecords stored, MemoryAllowances inMemory) {
        this.stored = stored;
        this.inMemory = inMemory;
    }

    @Override
    public Future<List<Told>> exchange(String holder, List<Report> reports) {
        var budgets = new ArrayList<Report>();
        var others = new ArrayList<Report>();
        reports.forEach(report -> (isBudget(report) ? budgets : others).add(report));
        if (budgets.isEmpty()) {
            return inMemory.exchange(holder, others);
        }
        Future<List<Told>> toldOfBudgets = stored.exchange(holder, budgets);
        return toldOfBudgets.compose(ofBudgets -> inMemory.exchange(holder, others)
                .map(ofOthers -> {
                    var told = new ArrayList<Told>(reports.size());
                    int budget = 0;
                    int other = 0;
                    for (Report report : reports) {
                        told.add(isBudget(report) ? ofBudgets.get(budget++) : ofOthers.get(other++));
                    }
                    return told;
                }));
    }

    private static boolean isBudget(Report report) {
        return report.account().kind() == Kind.BUDGET;
    }
}
