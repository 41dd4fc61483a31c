package io.aiwm.controller.inference.limit;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.common.RateLimitedLog;
import io.aiwm.controller.inference.usage.UnstoredFiles;
import io.aiwm.inference.limit.Allowances;
import io.aiwm.inference.limit.Allowances.Account;
import io.aiwm.inference.limit.Allowances.Kind;
import io.aiwm.inference.limit.Allowances.Lease;
import io.aiwm.inference.limit.Allowances.Report;
import io.aiwm.inference.limit.LeaseLog;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.LoggerFactory;

/**
 * Keeps on disk what this controller's gateway has spent of its leases. When it is killed the next process tells the ledger before it
 * takes leases of its own, which end the old ones. Totals, so that nothing counts twice. Safe to use from any thread.
 */
public final class KeptLeases implements LeaseLog {
    /** Then the file is begun anew, with the newest line of each account. */
    private static final long MOST_BYTES = 1 << 20;
    /** Accounts that are remembered for that. The ledger hears of each within a second of its last call. */
    private static final int MOST_ACCOUNTS = 2_000;

    private static final RateLimitedLog LOG = RateLimitedLog.failures(LoggerFactory.getLogger(KeptLeases.class));

    private final UnstoredFiles files;
    private final String holder;
    private final WorkerExecutor worker;
    private final ConcurrentHashMap<String, Line> changed = new ConcurrentHashMap<>();
    private final AtomicBoolean writing = new AtomicBoolean();
    /** By account, the one that was changed last at the end. Only the worker looks at it. */
    private final Map<String, Line> newest = new LinkedHashMap<>();

    private long sequence = 1;

    private record Line(String holder, Account account, Lease lease) {
        Report report() {
            return new Report(account, lease, 0, 0, 0);
        }
    }

    /**
     * @param files of this process alone
     * @param holder as the ledger knows this gateway
     */
    public KeptLeases(Vertx vertx, UnstoredFiles files, String holder) {
        this.files = files;
        this.holder = holder;
        this.worker = vertx.createSharedWorkerExecutor("aiwm-leases-" + files.gateway(), 1);
    }

    /** Tells the ledger what processes that were killed have spent. Before this gateway has its first call. */
    public Future<Void> start(Allowances ledger) {
        return onWorker(() -> {
                    files.open();
                    return files.left();
                })
                .compose(left -> tell(ledger, left));
    }

    private Future<Void> tell(Allowances ledger, List<UnstoredFiles.Left> left) {
        var last = new HashMap<String, Map<String, Line>>();
        for (UnstoredFiles.Left batch : left) {
            for (Line line : lines(batch)) {
                last.computeIfAbsent(line.holder, none -> new HashMap<>()).put(line.account.id(), line);
            }
        }
        Future<Void> told = Future.succeededFuture();
        for (var each : last.entrySet()) {
            List<Report> reports =
                    each.getValue().values().stream().map(Line::report).toList();
            told = told.compose(before -> ledger.tell(each.getKey(), reports));
        }
        return told.compose(all -> this.<Void>onWorker(() -> {
                    for (UnstoredFiles.Left batch : left) {
                        files.drop(batch);
                    }
                    return null;
                }))
                .recover(cause -> {
                    LOG.failed("what was used of limits before a kill is not counted", cause.toString());
                    return Future.succeededFuture();
                });
    }

    private static Collection<Line> lines(UnstoredFiles.Left batch) {
        var lines = new ArrayList<Line>();
        for (String text : batch.lines()) {
            try {
                lines.add(Json.decode(text, Line.class));
            } catch (Failure torn) {
                LOG.failed("what was used of a limit is damaged on disk and left out", batch.gateway());
            }
        }
        return lines;
    }

    @Override
    public void spent(Account account, Lease lease, long alone) {
        if (account.kind() == Kind.CONCURRENT || lease.window() < 0) {
            return; // places end with the process
        }
        changed.put(account.id(), new Line(holder, account, lease));
        if (writing.compareAndSet(false, true)) {
            onWorker(() -> {
                writing.set(false);
                write();
                return null;
            });
        }
    }

    private void write() {
        var lines = new StringBuilder();
        for (String id : List.copyOf(changed.keySet())) {
            Line line = changed.remove(id);
            if (line != null) {
                newest.remove(id);
                newest.put(id, line);
                lines.append(Json.encode(line)).append('\n');
            }
        }
        while (newest.size() > MOST_ACCOUNTS) {
            newest.remove(newest.keySet().iterator().next());
        }
        try {
            files.append(sequence, bytes(lines));
            if (files.bytes() > MOST_BYTES) {
                beginAnew();
            }
        } catch (IOException cause) {
            LOG.failed("what is used of limits is not kept on disk; a kill gives it back", cause.toString());
        }
    }

    private void beginAnew() throws IOException {
        var lines = new StringBuilder();
        newest.values().forEach(line -> lines.append(Json.encode(line)).append('\n'));
        sequence++;
        files.append(sequence, bytes(lines));
        files.drop(sequence - 1);
    }

    private static ByteBuffer bytes(StringBuilder lines) {
        return ByteBuffer.wrap(lines.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** Forgets all: the ledger knows it. */
    public Future<Void> close() {
        return this.<Void>onWorker(() -> {
                    files.drop(sequence);
                    files.close();
                    return null;
                })
                .eventually(worker::close);
    }

    private <T> Future<T> onWorker(Callable<T> work) {
        try {
            return worker.executeBlocking(work, true);
        } catch (RejectedExecutionException closed) {
            return Future.failedFuture(closed);
        }
    }
}
