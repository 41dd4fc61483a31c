package io.aiwm.worker.process;

import io.aiwm.worker.command.Command;
import io.aiwm.worker.job.Globs;
import io.aiwm.worker.job.Job;
import io.aiwm.worker.job.JobArchive;
import io.aiwm.worker.job.OutputArchive;
import io.aiwm.worker.job.Sandbox;
import io.aiwm.worker.job.WorkDeadline;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/** Another sandbox, and with what grace it was told to stop. */
final class StopsOf implements Sandbox {
    final List<Duration> graces = new CopyOnWriteArrayList<>();
    /** Whether its end is waited for: a stop that was asked before is told a second time. */
    volatile boolean awaited;

    private final Sandbox inner;

    StopsOf(Sandbox inner) {
        this.inner = inner;
    }

    @Override
    public Future<Void> stop(Job job, Duration grace) {
        graces.add(grace);
        return inner.stop(job, grace);
    }

    @Override
    public Future<State> state(String commandId) {
        return inner.state(commandId);
    }

    @Override
    public void check(Job job) {
        inner.check(job);
    }

    @Override
    public Future<Void> make(Job job, List<JobArchive> archives, Path scratch, Command command, WorkDeadline until) {
        return inner.make(job, archives, scratch, command, until);
    }

    @Override
    public Future<Void> start(Job job, Path log) {
        return inner.start(job, log);
    }

    @Override
    public Future<Ending> ended(Job job) {
        awaited = true;
        return inner.ended(job);
    }

    @Override
    public Future<Long> log(Job job, Path to, WorkDeadline until) {
        return inner.log(job, to, until);
    }

    @Override
    public Future<Void> outputs(Job job, Globs wanted, OutputArchive archive, WorkDeadline until) {
        return inner.outputs(job, wanted, archive, until);
    }

    @Override
    public Future<Void> remove(String commandId) {
        return inner.remove(commandId);
    }

    @Override
    public Future<Set<String>> commands() {
        return inner.commands();
    }
}
