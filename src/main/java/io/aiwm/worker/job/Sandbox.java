package io.aiwm.worker.job;

import io.aiwm.worker.command.Command;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * What a job's program runs in. There is at most one per command id, found again after any restart of the worker or of
 * what it runs in. Failures are {@link io.aiwm.worker.command.CommandFailure}s. Safe to call from any thread.
 */
public interface Sandbox {
    long UNKNOWN = -1;

    /** How far a command's sandbox is. */
    enum State {
        ABSENT,
        /** Made, with its inputs in it; nothing has run. */
        MADE,
        /** The program has been started, and may have ended. */
        STARTED
    }

    /** @param oomKilled whether something in it was killed because the memory was used up */
    record Ending(int exitCode, boolean oomKilled) {}

    Future<State> state(String commandId);

    /** Refuses, before anything is fetched or made, what this worker does not allow. */
    void check(Job job);

    /**
     * Makes everything that the program needs. A second run of the same command, after a crash, makes good what the first
     * left undone.
     *
     * @param archives to be unpacked into the work directory, one over the other
     * @param scratch a folder for whatever has to lie somewhere meanwhile
     * @param until when the inputs must be unpacked
     */
    Future<Void> make(Job job, List<JobArchive> archives, Path scratch, Command command, WorkDeadline until);

    /**
     * Once per command.
     *
     * @param log where {@link #log} will be asked to write
     */
    Future<Void> start(Job job, Path log);

    /** Succeeds when the program has ended, however long ago; fails with {@code lost} when its sandbox is gone. */
    Future<Ending> ended(Job job);

    /** Asks the program to end, and ends it by force after the grace; succeeds when it has ended. */
    Future<Void> stop(Job job, Duration grace);

    /**
     * Copies the end of what it wrote to its standard output and error, at most the job's {@code logLimitBytes}.
     *
     * @return how many bytes it wrote before that; {@link #UNKNOWN} when there were more, and their number is unknown
     */
    Future<Long> log(Job job, Path to, WorkDeadline until);

    /** Adds what fits to the archive; only after the program has ended. Fails with {@code timeout} when time is over. */
    Future<Void> outputs(Job job, Globs wanted, OutputArchive archive, WorkDeadline until);

    /** Everything of the command goes, also while it runs. Nothing there is a success. */
    Future<Void> remove(String commandId);

    /** Commands of which something is left here. */
    Future<Set<String>> commands();
}
