package io.aiwm.worker.command;

import io.aiwm.protocol.CommandCancel;
import io.aiwm.protocol.Envelope;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs commands, each id at most once however often it is delivered (invariant I1), and offers each result until the
 * controller has stored it (I2). May be called from any thread; all its state lives on one Vert.x context. Time passes
 * only in {@link #tick}.
 */
public final class CommandRunner {
    /** So many of those that do nothing but wait leave their place to others. */
    static final int MOST_IDLE = 256;

    private static final Logger log = LoggerFactory.getLogger(CommandRunner.class);

    private final Context context;
    private final CommandJournal journal;
    private final Handlers handlers;
    private final int maxParallel;
    private final Clock clock;
    private final Uplink uplink;
    private final ResultOffers offers;
    private final CommandIntake intake;
    private final ArrayDeque<String> queue = new ArrayDeque<>();
    private final Map<String, Run> runs = new HashMap<>();
    /** Commands taken in and not ended, each with its deadline. */
    private final Map<String, Long> active = new ConcurrentHashMap<>();

    private Promise<Void> drained;

    public CommandRunner(
            Vertx vertx,
            CommandJournal journal,
            List<CommandHandler> handlers,
            int maxParallel,
            Clock clock,
            Uplink uplink) {
        this.context = vertx.getOrCreateContext();
        this.journal = journal;
        this.handlers = new Handlers(handlers);
        this.maxParallel = maxParallel;
        this.clock = clock;
        this.uplink = uplink;
        this.offers = new ResultOffers(uplink);
        this.intake = new CommandIntake(
                journal, new DeliveryReplies(uplink, offers), clock, this::onContext, queue::size, entry -> {
                    enqueue(entry);
                    startNext();
                });
    }

    /** Takes up what a crash or a restart left: results are offered, what had not ended is handed to its handler. */
    public void recover() {
        onContext(() -> {
            for (CommandEntry entry : journal.openEntries()) {
                if (!entry.state().isOpen()) {
                    offers.add(entry.id(), entry.result(), clock.millis());
                } else if (entry.cancelled() && entry.overAt() == entry.deadline()) {
                    finish(entry, Outcome.cancelled("cancelled; the worker was restarted meanwhile"));
                } else {
                    enqueue(entry);
                }
            }
            startNext();
        });
    }

    /** A command came, perhaps not for the first time, perhaps after its cancel. */
    public void receive(Envelope command) {
        onContext(() -> intake.take(command, drained != null));
    }

    public void cancel(CommandCancel cancel) {
        onContext(() -> stop(cancel.commandId(), cancel.reason()));
    }

    /** The controller has stored the result. */
    public void acknowledged(String commandId) {
        onContext(() -> {
            CommandEntry entry = journal.find(commandId);
            if (entry != null && entry.state() == CommandEntry.State.FINISHED) {
                settle(commandId);
            }
        });
    }

    /** Nothing that is left of this command matters any more; if it still runs it is stopped, and nothing is said. */
    public void forget(String commandId) {
        onContext(() -> {
            Run run = runs.get(commandId);
            if (run != null && !run.isDecided()) {
                run.decided();
                run.cancel();
            }
            if (journal.find(commandId) != null) {
                settle(commandId);
            }
        });
    }

    public void sessionStarted() {
        onContext(() -> offers.all(clock.millis()));
    }

    /** Commands taken in and not ended, for the heartbeat. */
    public Collection<String> active() {
        return List.copyOf(active.keySet());
    }

    /** The same, each with the milliseconds it has left. */
    public Map<String, Long> left() {
        long now = clock.millis();
        var left = new HashMap<String, Long>();
        active.forEach((id, deadline) -> left.put(id, Math.max(0, deadline - now)));
        return left;
    }

    /** Commands whose result the controller has not acknowledged, for the registration. */
    public Collection<String> unacknowledged() {
        return offers.ids();
    }

    /** Takes nothing new from now on, and succeeds when no handler works any more. */
    public Future<Void> drain() {
        var done = Promise.<Void>promise();
        onContext(() -> {
            drained = done;
            startNext();
        });
        return done.future();
    }

    /** Does what is due: deadlines, ignored cancels, waiting progress, unacknowledged results. Called periodically. */
    public void tick() {
        onContext(() -> {
            long now = clock.millis();
            queue.stream()
                    .map(journal::find)
                    .filter(entry -> entry != null && now >= entry.overAt())
                    .toList()
                    .forEach(entry -> finish(entry, Outcome.timeout()));
            for (Run run : List.copyOf(runs.values())) {
                Outcome overdue = run.overdue(now);
                if (overdue != null) {
                    run.decided();
                    finish(run.entry, overdue);
                } else if (run.isAbandoned(now)) {
                    log.warn("{} {} does not end; its place is given away", run.entry.name(), run.entry.id());
                    runs.remove(run.entry.id(), run);
                }
                run.sendProgress(now);
            }
            offers.due(now);
            journal.sweep();
            startNext();
        });
    }

    private void enqueue(CommandEntry entry) {
        active.put(entry.id(), entry.deadline());
        queue.add(entry.id());
    }

    private void stop(String id, String reason) {
        CommandEntry entry = journal.find(id);
        long now = clock.millis();
        String why = reason == null ? "cancelled" : "cancelled: " + reason;
        Run run = runs.get(id);
        if (entry == null) {
            // its command may still be on the way; then it finds this result instead of starting
            finish(CommandEntry.received(id, null, null, now, CommandDeadline.latest(now)), Outcome.cancelled(why));
        } else if (run != null && !run.isDecided()) {
            if (!run.wasCancelled()) {
                journal.cancelRequested(entry);
                run.cancel();
            }
        } else if (entry.state().isOpen()) {
            finish(entry, Outcome.cancelled(why));
        } else {
            offers.again(id, now);
        }
    }

    private void startNext() {
        while (working() < maxParallel && drained == null && !queue.isEmpty()) {
            CommandEntry entry = journal.find(queue.poll());
            if (entry != null && entry.state().isOpen()) {
                start(entry.started(clock.millis()));
            }
        }
        if (drained != null && runs.isEmpty()) {
            drained.tryComplete();
        }
    }

    /** How many places are taken. */
    private long working() {
        return runs.size()
                - Math.min(MOST_IDLE, runs.values().stream().filter(Run::isIdle).count());
    }

    private void start(CommandEntry entry) {
        if (clock.millis() >= entry.overAt()) {
            finish(entry, Outcome.timeout());
            return;
        }
        journal.started(entry);
        var run = new Run(entry, clock, uplink, () -> context.runOnContext(freed -> startNext()));
        runs.put(entry.id(), run);
        if (entry.cancelled()) {
            run.cancel(); // before a restart: what it left is to be ended, and collected
        }
        handlers.run(run.command())
                .onComplete(ended -> onContext(() -> {
                    if (!run.isDecided()) {
                        run.decided();
                        finish(run.entry, Outcome.of(ended, run));
                    }
                    runs.remove(run.entry.id(), run);
                    startNext();
                }));
    }

    private void finish(CommandEntry entry, Outcome outcome) {
        long now = clock.millis();
        String id = entry.id();
        active.remove(id);
        queue.remove(id);
        JsonObject result = outcome.result(id, entry.startedAt(), now);
        journal.finished(CommandEntry.finished(id, result, now, entry.deadline()))
                .onFailure(cause -> log.error("result of {} is not on disk, only offered: {}", id, cause.toString()))
                .onComplete(stored -> onContext(() -> {
                    if (stored.succeeded()) {
                        handlers.resultKept(id);
                    }
                    CommandEntry stillThere = journal.find(id);
                    if (stillThere != null && stillThere.state() == CommandEntry.State.FINISHED) {
                        offers.add(id, result, clock.millis());
                    }
                }));
    }

    private void settle(String id) {
        offers.remove(id);
        active.remove(id);
        queue.remove(id);
        journal.settled(journal.find(id));
    }

    private void onContext(Runnable task) {
        if (Vertx.currentContext() == context) {
            task.run();
        } else {
            context.runOnContext(ignored -> task.run());
        }
    }
}
