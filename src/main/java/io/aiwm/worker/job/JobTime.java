package io.aiwm.worker.job;

import io.aiwm.worker.command.Command;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/** The time limits of one run of a job, and whether its program was asked to end. Safe to use from any thread. */
final class JobTime {
    /**
     * The most grace after a cancel where the controller gives no overtime (the version before): the runner then reports a
     * cancelled command by itself after 30 s, and until then there must be time for the log.
     */
    private static final Duration CANCEL_GRACE = Duration.ofSeconds(15);

    private static final Duration CANCEL_SEND = Duration.ofSeconds(10);
    /**
     * Without overtime a program is stopped this share of its time, and at most so long, before its deadline: its log must
     * be sent before the deadline.
     */
    private static final int LEAD_SHARE = 10;

    private static final Duration LONGEST_LEAD = Duration.ofSeconds(3);
    /** For what is sent although the command's time is over, without overtime. */
    private static final Duration LATE_SEND = Duration.ofSeconds(45);

    /** This long before the end of the overtime nothing but the result is sent any more. */
    private static final Duration LAST_WORD = Duration.ofSeconds(5);

    /** To collect what a program left that was stopped. For one that ended by itself its deadline counts. */
    private static final Duration LATE_COLLECT = Duration.ofSeconds(15);

    /** Why the program was asked to end. */
    enum Stop {
        CANCELLED,
        DEADLINE
    }

    private final Job job;
    private final Command command;
    private final Clock clock;
    private final WorkDeadline work;
    private final boolean overtime;
    private final long leftMillis;
    private final long leadMillis;
    /** Until when the controller waits for the result. */
    private volatile Instant over;

    private volatile Stop stop;
    private volatile boolean ended;

    JobTime(Job job, Command command, Clock clock) {
        this.job = job;
        this.command = command;
        this.clock = clock;
        this.work = new WorkDeadline(clock, command.deadline());
        this.overtime = !command.overtime().isZero();
        this.over = command.deadline().plus(command.overtime());
        this.leftMillis = Math.max(0, command.deadline().toEpochMilli() - clock.millis());
        this.leadMillis = overtime ? 0 : Math.min(LONGEST_LEAD.toMillis(), leftMillis / LEAD_SHARE);
    }

    /** Returns the time from the start of the run until the program is asked to end because of its deadline. */
    long stopMillis() {
        return Math.max(1, leftMillis - leadMillis);
    }

    /** Until when the job's files may be worked on. */
    WorkDeadline work() {
        return work;
    }

    /** Returns null while the program has not been asked to end. */
    Stop stop() {
        return stop;
    }

    /** Called at a cancel. Returns the grace of the program, which ends now; null: it was asked before, or has ended. */
    Duration cancelled() {
        Duration grace = null;
        if (stop == null && !ended) {
            stop = Stop.CANCELLED;
            over = clock.instant().plus(command.overtime());
            grace = grace(CANCEL_GRACE);
        }
        work.notAfter(clock.instant().plus(grace(CANCEL_GRACE)).plus(LATE_COLLECT));
        return grace;
    }

    /** Called when the time is over. Returns the same as {@link #cancelled}. */
    Duration timeOver() {
        if (stop != null || ended) {
            return null;
        }
        stop = Stop.DEADLINE;
        return grace(Duration.ofMillis(leadMillis / 2));
    }

    /** Returns the time that the program has to end after it was asked to. @param most the limit without overtime */
    Duration grace(Duration most) {
        return overtime || job.grace().compareTo(most) < 0 ? job.grace() : most;
    }

    /** The program has ended. */
    void programEnded() {
        ended = true;
        Instant late = clock.instant().plus(LATE_COLLECT);
        if (stop != null || (overtime && late.isAfter(command.deadline()))) {
            work.change(late);
        }
    }

    /** Whether the program ended by itself and the time to collect what it left is over. */
    boolean isLate() {
        return stop == null && work.isOver();
    }

    /** How long sending a file may take that begins now. */
    long sendMillis() {
        Duration least = overtime ? Duration.ofMillis(1) : stop == Stop.CANCELLED ? CANCEL_SEND : LATE_SEND;
        Duration left = Duration.between(clock.instant(), overtime ? over.minus(LAST_WORD) : command.deadline());
        return (left.compareTo(least) > 0 ? left : least).toMillis();
    }
}
