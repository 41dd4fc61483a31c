package io.aiwm.worker.proxy;

import io.aiwm.common.PrivateFiles;
import io.aiwm.common.RateLimitedLog;
import io.aiwm.inference.limit.Allowances;
import io.aiwm.inference.limit.LeaseLog;
import io.aiwm.inference.limit.LeasePage;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/**
 * What this proxy has spent of its leases, on disk. The ledger is told what processes of before have spent before it is asked for
 * leases of this one, which end theirs; totals, so that nothing counts twice. Until then this one goes on with what they had left.
 * Safe to use from any thread, {@link #spent} from one at a time.
 */
final class ProxyLeases implements LeaseLog, Allowances {
    private static final String SUFFIX = ".leases";
    private static final RateLimitedLog LOG = RateLimitedLog.failures(LoggerFactory.getLogger(ProxyLeases.class));

    private final WorkerExecutor worker;
    private final Allowances ledger;
    private final LeasePage page;
    private final List<Path> old = new ArrayList<>();
    /** By account, of the process that had it last. */
    private final Map<String, LeasePage.Kept> before = new HashMap<>();
    /** By holder, the oldest first; empty: the ledger knows all. */
    private volatile TreeMap<String, List<Allowances.Report>> untold = new TreeMap<>();

    private ProxyLeases(WorkerExecutor worker, Allowances ledger, LeasePage page) {
        this.worker = worker;
        this.ledger = ledger;
        this.page = page;
    }

    /** Reads what is left in this folder, and begins a page of this process. Blocking. */
    static ProxyLeases open(WorkerExecutor worker, Path folder, String holder, Allowances ledger) throws IOException {
        PrivateFiles.folder(folder);
        List<Path> left;
        try (Stream<Path> files = Files.list(folder)) {
            left = files.filter(file -> file.toString().endsWith(SUFFIX))
                    .sorted()
                    .toList();
        }
        var leases = new ProxyLeases(worker, ledger, LeasePage.make(folder.resolve(holder + SUFFIX), holder));
        for (Path file : left) {
            leases.take(file);
        }
        return leases;
    }

    private void take(Path file) throws IOException {
        List<LeasePage.Kept> all = LeasePage.read(file);
        if (all.isEmpty()) {
            Files.deleteIfExists(file);
            return;
        }
        old.add(file);
        for (LeasePage.Kept kept : all) {
            before.put(kept.account().id(), kept);
            untold.computeIfAbsent(kept.holder(), none -> new ArrayList<>()).add(kept.report());
        }
    }

    @Override
    public void spent(Account account, Lease lease, long alone) {
        page.spent(account, lease, alone);
    }

    @Override
    public LeasePage.Kept before(Account account) {
        return before.get(account.id());
    }

    @Override
    public Future<List<Told>> exchange(String holder, List<Report> reports) {
        if (untold.isEmpty()) {
            return ledger.exchange(holder, reports);
        }
        Future<Void> told = Future.succeededFuture();
        for (var each : untold.entrySet()) {
            told = told.compose(done -> ledger.tell(each.getKey(), each.getValue()));
        }
        return told.compose(all -> {
            untold = new TreeMap<>();
            forget();
            return ledger.exchange(holder, reports);
        });
    }

    private void forget() {
        worker.<Void>executeBlocking(() -> {
                    for (Path file : old) {
                        Files.deleteIfExists(file);
                    }
                    return null;
                })
                .onFailure(cause -> LOG.failed("what was used of limits is told again", cause.toString()));
    }
}
