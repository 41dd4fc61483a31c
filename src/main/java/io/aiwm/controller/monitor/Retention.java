package io.aiwm.controller.monitor;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.common.IsolatedForEach;
import io.aiwm.controller.deployment.Deployment;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.Pins;
import io.aiwm.controller.file.Files;
import io.aiwm.controller.file.StoredFile;
import io.aiwm.controller.job.Jobs;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Forgets what has ended and is old, or more than is to be kept: executions and jobs with their files, and files of jobs
 * before the jobs themselves. Nothing that is pinned goes, nor a deployment's newest execution. Works through a bounded
 * number at each run and goes on at the next, so that nothing waits for it. Several controllers may do it at once.
 */
public final class Retention {
    private static final Logger LOG = LoggerFactory.getLogger(Retention.class);
    private static final int PAGE = 200;
    /** How many pages one run looks at. */
    private static final int MOST_PAGES = 5;
    /** How many are deleted at once. */
    private static final int AT_ONCE = 20;

    /** Of executions that are a deployment's actions. */
    private static final String DEPLOYMENT = "deployment";

    private final IsolatedForEach each = new IsolatedForEach(LOG, "what is old");
    private final Executions executions;
    private final Jobs jobs;
    private final Files files;
    private final Pins pins;
    private final Function<String, Future<Deployment>> deployments;
    private final InstantSource clock;
    private final Config.Retention settings;
    private final int mostPages;
    /** Where the next run goes on; null: at the oldest. */
    private String executionsFrom;

    private String filesFrom;
    private Consumer<Map<String, Long>> listener = deleted -> {};
    private final Map<String, LongAdder> deleted = new ConcurrentSkipListMap<>();

    /** @param deployments finds one by its id, fails with NOT_FOUND where there is none */
    public Retention(
            Executions executions,
            Jobs jobs,
            Files files,
            Pins pins,
            Function<String, Future<Deployment>> deployments,
            InstantSource clock,
            Config.Retention settings) {
        this(executions, jobs, files, pins, deployments, clock, settings, MOST_PAGES);
    }

    Retention(
            Executions executions,
            Jobs jobs,
            Files files,
            Pins pins,
            Function<String, Future<Deployment>> deployments,
            InstantSource clock,
            Config.Retention settings,
            int mostPages) {
        this.executions = executions;
        this.jobs = jobs;
        this.files = files;
        this.pins = pins;
        this.deployments = deployments;
        this.clock = clock;
        this.settings = settings;
        this.mostPages = mostPages;
    }

    /** Calls back after each run that has deleted something, with how many of each kind. Set once, before the first. */
    public void onDeleted(Consumer<Map<String, Long>> told) {
        listener = told;
    }

    private void tell() {
        var counts = new TreeMap<String, Long>();
        deleted.forEach((kind, count) -> counts.put(kind, count.sumThenReset()));
        counts.values().removeIf(count -> count == 0);
        if (!counts.isEmpty()) {
            listener.accept(counts);
        }
    }

    private Future<Void> counted(String kind, Future<Void> work) {
        return work.onSuccess(
                done -> deleted.computeIfAbsent(kind, none -> new LongAdder()).increment());
    }

    /** One run. Never two at once. */
    public Future<Void> run() {
        return excess(settings.executionsCount(), executions::countEnded)
                .compose(excess -> executions(mostPages, excess))
                .compose(done -> excess(settings.filesCount(), files::count))
                .compose(excess -> files(mostPages, excess))
                .onComplete(done -> tell());
    }

    private static Future<Long> excess(long most, Supplier<Future<Long>> count) {
        return most == 0 ? Future.succeededFuture(0L) : count.get().map(there -> Math.max(0, there - most));
    }

    private boolean isOld(Instant ended, Duration age) {
        return !age.isZero() && ended != null && ended.isBefore(clock.instant().minus(age));
    }

    /**
     * What is to go of one page.
     *
     * @param excess how many more are too many
     * @param all whether what follows is younger, so that nothing of it goes
     */
    private record Choice<T>(List<T> go, long excess, boolean all) {}

    private Future<Void> executions(int pages, long excess) {
        return executions
                .ended(PAGE, executionsFrom)
                .compose(page -> kept(page.items()).compose(kept -> {
                    Choice<Execution> choice = choose(page.items(), kept, excess);
                    return inTurn(choice.go, Execution::id, this::forget).compose(done -> {
                        executionsFrom = choice.all ? null : page.nextCursor();
                        return executionsFrom == null || pages == 1
                                ? Future.succeededFuture()
                                : executions(pages - 1, choice.excess);
                    });
                }));
    }

    private Choice<Execution> choose(List<Execution> oldestFirst, Set<String> kept, long excess) {
        var go = new ArrayList<Execution>();
        long left = excess;
        for (Execution one : oldestFirst) {
            // tasks go with their array
            if (!one.status().isFinal() || one.parentExecutionId() != null || kept.contains(one.id())) {
                continue;
            }
            if (left > 0 || isOld(one.finishedAt(), settings.executionsAge())) {
                go.add(one);
                left -= Jobs.size(one);
            } else if (one.hasEndInOrder()) {
                return new Choice<>(go, 0, true);
            }
        }
        return new Choice<>(go, Math.max(0, left), false);
    }

    /** Those that are pinned, and those that are a deployment's newest action: it would be done again. */
    private Future<Set<String>> kept(List<Execution> found) {
        List<String> ids = found.stream().map(Execution::id).toList();
        return pins.among(ids).compose(pinned -> {
            var kept = new HashSet<>(pinned);
            return Future.join(found.stream()
                            .filter(one -> DEPLOYMENT.equals(one.resourceType()) && one.resourceId() != null)
                            .map(one -> isCurrent(one).onSuccess(current -> {
                                if (current) {
                                    kept.add(one.id());
                                }
                            }))
                            .toList())
                    .map(kept);
        });
    }

    private Future<Boolean> isCurrent(Execution one) {
        return deployments
                .apply(one.resourceId())
                .map(found -> found.uses(one.id()))
                // of one that cannot be read nobody knows
                .otherwise(cause -> Failure.of(cause).kind != Failure.Kind.NOT_FOUND);
    }

    private Future<Void> forget(Execution one) {
        return Jobs.isJob(one)
                ? counted("jobs", jobs.delete(one.id()))
                : counted("executions", executions.delete(one.id()))
                        .compose(gone -> executions.deleteChildren(one.id()));
    }

    private Future<Void> files(int pages, long excess) {
        return files.oldest(PAGE, filesFrom)
                .compose(page -> inUse(page.items()).compose(inUse -> {
                    Choice<StoredFile> choice = chooseFiles(page.items(), inUse, excess);
                    return inTurn(choice.go, StoredFile::id, file -> counted("files", files.delete(file.id())))
                            .compose(done -> {
                                filesFrom = choice.all ? null : page.nextCursor();
                                return filesFrom == null || pages == 1
                                        ? Future.succeededFuture()
                                        : files(pages - 1, choice.excess);
                            });
                }));
    }

    private Choice<StoredFile> chooseFiles(List<StoredFile> oldestFirst, Set<String> inUse, long excess) {
        var go = new ArrayList<StoredFile>();
        long left = excess;
        for (StoredFile file : oldestFirst) {
            if (file.jobId() == null || inUse.contains(file.jobId())) {
                continue; // an upload that no job has is deleted after a day
            }
            if (left > 0 || isOld(file.createdAt(), settings.filesAge())) {
                go.add(file);
                left--;
            } else {
                return new Choice<>(go, 0, true);
            }
        }
        return new Choice<>(go, Math.max(0, left), false);
    }

    /** Ids of jobs whose files stay: they are open, or pinned. */
    private Future<Set<String>> inUse(List<StoredFile> found) {
        Set<String> ids =
                found.stream().map(StoredFile::jobId).filter(Objects::nonNull).collect(Collectors.toSet());
        return pins.among(ids)
                .compose(pinned -> executions.ended(ids).map(ended -> {
                    var inUse = new HashSet<>(ids);
                    inUse.removeAll(ended);
                    inUse.addAll(pinned);
                    return inUse;
                }));
    }

    private <T> Future<Void> inTurn(List<T> all, Function<T, String> id, Function<T, Future<Void>> work) {
        Future<Void> done = Future.succeededFuture();
        for (int from = 0; from < all.size(); from += AT_ONCE) {
            List<T> some = all.subList(from, Math.min(all.size(), from + AT_ONCE));
            done = done.compose(before -> each.all(
                            some, id, one -> work.apply(one).recover(Retention::unlessAnotherDid))
                    .mapEmpty());
        }
        return done;
    }

    private static Future<Void> unlessAnotherDid(Throwable cause) {
        Failure.Kind kind = Failure.of(cause).kind;
        return kind == Failure.Kind.NOT_FOUND || kind == Failure.Kind.CONFLICT
                ? Future.succeededFuture()
                : Future.failedFuture(cause);
    }
}
