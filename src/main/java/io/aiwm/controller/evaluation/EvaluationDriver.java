package io.aiwm.controller.evaluation;

import io.aiwm.common.Failure;
import io.aiwm.common.IsolatedForEach;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Placer;
import io.aiwm.controller.execution.Step;
import io.aiwm.protocol.CommandResult.Outcome;
import io.vertx.core.Future;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out the open steps of runs. A run belongs to the controller that its record names; one that is gone is taken over. What is
 * open stands in the store, so that whoever is started after a controller that was killed finds it and goes on.
 */
public final class EvaluationDriver {
    private static final Logger LOG = LoggerFactory.getLogger(EvaluationDriver.class);
    /** Turns of all runs. */
    private static final int MOST_AT_ONCE = 32;

    private final IsolatedForEach each = new IsolatedForEach(LOG, "evaluation run");
    private final EvaluationTools tools;
    private final String controllerId;
    private final Supplier<Set<String>> others;
    /** By the id of the execution: the runs of this controller. */
    private final Map<String, EvaluationRun> held = new ConcurrentHashMap<>();

    private final Map<String, TrialRun> running = new ConcurrentHashMap<>();

    /** Make it before the first execution is written: it listens. @param others ids of other controllers that are there */
    EvaluationDriver(EvaluationTools tools, String controllerId, Supplier<Set<String>> others) {
        this.tools = tools;
        this.controllerId = controllerId;
        this.others = others;
        tools.executions().onWritten((before, after) -> {
            if (EvaluationSteps.is(after)) {
                written(after);
            }
        });
    }

    private void written(Execution after) {
        EvaluationRun run = held.get(after.id());
        if (run == null) {
            return; // the sweep begins it
        }
        if (after.status().isFinal() || after.cancelAsked()) {
            cancelRunning(after);
        }
        if (after.status().isFinal()) {
            end(run).onFailure(cause -> LOG.warn("evaluation run {} is ended by the sweep", run.id(), cause));
        } else {
            drive(run, after);
        }
    }

    /** Begins a run of this controller now, and not at the next sweep. */
    void begin(EvaluationRun run, Execution execution) {
        if (run.holder().equals(controllerId) && run.endedAt() == null) {
            held.put(execution.id(), run);
            written(execution);
        }
    }

    private static String key(Execution execution, Step step) {
        return execution.id() + "." + step.spec().index();
    }

    private void cancelRunning(Execution execution) {
        for (Step step : execution.steps()) {
            TrialRun trial = running.get(key(execution, step));
            if (trial != null) {
                trial.cancel();
            }
        }
    }

    /** One at a time: it counts what runs. */
    private synchronized void drive(EvaluationRun run, Execution execution) {
        for (Step step : execution.steps()) {
            boolean open = step.status().isOpenAttempt() && Placer.CONTROLLER.equals(step.nodeId());
            if (open && !running.containsKey(key(execution, step))) {
                if (execution.cancelAsked()) {
                    cancelled(run, execution, step);
                } else if (hasRoom(run, execution)) {
                    go(run, execution, step);
                }
            }
        }
    }

    private boolean hasRoom(EvaluationRun run, Execution execution) {
        long busy = execution.steps().stream()
                .filter(step -> running.containsKey(key(execution, step)))
                .count();
        return busy < run.parallel() && running.size() < MOST_AT_ONCE;
    }

    private void go(EvaluationRun run, Execution execution, Step step) {
        var trial = new TrialRun(tools, run, execution, step);
        String key = key(execution, step);
        running.put(key, trial);
        trial.run()
                .onFailure(cause -> LOG.warn("trial {} is looked at again", key, cause))
                .onComplete(done -> {
                    running.remove(key, trial);
                    if (done.succeeded()) {
                        next(run); // others wait for the room of this one
                    }
                });
    }

    private void next(EvaluationRun run) {
        tools.executions().get(run.executionId()).onSuccess(now -> {
            if (!now.status().isFinal()) {
                drive(run, now);
            }
        });
    }

    /** Nobody carries the step out here; an earlier controller may have begun its turn. */
    private void cancelled(EvaluationRun run, Execution execution, Step step) {
        tools.trials()
                .cancel(run.keyOf(step.spec().index()), run.user())
                .compose(asked -> TrialRun.ended(tools, execution, step, Outcome.cancelled, null, null))
                .onFailure(cause -> LOG.warn("step {} is cancelled by the sweep", key(execution, step), cause));
    }

    private Future<Void> end(EvaluationRun run) {
        return tools.runs().ended(run.id()).map(ended -> {
            held.remove(run.executionId());
            return null;
        });
    }

    /** A sweep: goes on with runs of this controller and of controllers that are gone. */
    public Future<Void> run() {
        return tools.ends()
                .run()
                .compose(looked -> tools.runs().open())
                .compose(open -> each.all(open, EvaluationRun::id, this::lookAt))
                .mapEmpty();
    }

    private Future<Void> lookAt(EvaluationRun run) {
        return isMine(run).compose(mine -> {
            if (!mine) {
                held.remove(run.executionId());
                return Future.succeededFuture();
            }
            return tools.executions()
                    .get(run.executionId())
                    .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                            ? tools.runs().execute(run)
                            : Future.failedFuture(cause))
                    .map(execution -> {
                        held.put(execution.id(), run);
                        written(execution);
                        return null;
                    });
        });
    }

    private Future<Boolean> isMine(EvaluationRun run) {
        return run.holder().equals(controllerId)
                ? Future.succeededFuture(true)
                : others.get().contains(run.holder())
                        ? Future.succeededFuture(false)
                        : tools.runs().take(run.id(), run.holder());
    }
}
