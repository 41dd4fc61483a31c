package io.aiwm.controller.orchestrator;

import io.aiwm.common.Failure;
import io.aiwm.common.IsolatedForEach;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.gateway.CommandEvents;
import io.aiwm.protocol.CommandAck;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.CommandProgress;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.TransferProgress;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What workers say of their commands, on its way into executions. Results go in at once. Acks and progress are news that a
 * result makes stale, so they wait a moment ({@link #flush}) and are written only if the attempt is still open then: a
 * short command costs one write instead of two. Each flush writes the oldest few: when thousands of commands are on their
 * way, results come first.
 */
public final class CommandInbox implements CommandEvents {
    /** Bounds what a flush writes: with ten flushes a second, a few hundred writes a second beside the results. */
    private static final int FLUSH_AT_MOST = 50;

    private static final Logger LOG = LoggerFactory.getLogger(CommandInbox.class);

    private final IsolatedForEach offers = new IsolatedForEach(LOG, "what a node was given by execution");

    private record News(String nodeId, int percent, String message, TransferProgress transfer) {}

    private final Executions executions;
    private final Dispatcher dispatcher;
    private final BiFunction<String, NodeRegister.Running, Future<Boolean>> keepsDeployment;
    private final Map<String, News> news = new LinkedHashMap<>();

    /** @param keepsDeployment whether a deployment's container, found on that node, is still the wanted one */
    public CommandInbox(
            Executions executions,
            Dispatcher dispatcher,
            BiFunction<String, NodeRegister.Running, Future<Boolean>> keepsDeployment) {
        this.executions = executions;
        this.dispatcher = dispatcher;
        this.keepsDeployment = keepsDeployment;
    }

    @Override
    public void acknowledged(String nodeId, CommandAck ack) {
        CommandId command = CommandId.parse(ack.commandId());
        if (command == null) {
            return;
        }
        if (ack.accepted()) {
            synchronized (news) {
                news.putIfAbsent(ack.commandId(), new News(nodeId, -1, null, null));
            }
        } else {
            executions.acknowledged(command, nodeId, ack);
        }
    }

    @Override
    public void progress(String nodeId, CommandProgress progress) {
        if (CommandId.parse(progress.commandId()) != null) {
            synchronized (news) {
                news.put(
                        progress.commandId(),
                        new News(nodeId, progress.percent(), progress.message(), progress.transfer()));
            }
        }
    }

    @Override
    public Future<Void> result(String nodeId, CommandResult result, String messageId) {
        CommandId command = CommandId.parse(result.commandId());
        if (command == null) {
            return Future.failedFuture(Failure.invalid("/data/commandId", "is not a command id"));
        }
        synchronized (news) {
            news.remove(result.commandId());
        }
        return executions
                .finished(command, nodeId, result, messageId)
                .<Void>mapEmpty()
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.succeededFuture() // the execution is gone: nobody waits for this any more
                        : Future.failedFuture(cause));
    }

    /** Writes the oldest news that no result has overtaken. @return whether some are left */
    public boolean flush() {
        Map<String, News> due = new LinkedHashMap<>();
        boolean more;
        synchronized (news) {
            var oldest = news.entrySet().iterator();
            while (oldest.hasNext() && due.size() < FLUSH_AT_MOST) {
                var item = oldest.next();
                due.put(item.getKey(), item.getValue());
                oldest.remove();
            }
            more = !news.isEmpty();
        }
        due.forEach((id, item) -> {
            CommandId command = CommandId.parse(id);
            if (item.percent < 0) {
                executions.acknowledged(command, item.nodeId, new CommandAck(null, id, true, null));
            } else {
                executions.progressed(command, item.nodeId, item.percent, item.message, item.transfer);
            }
        });
        return more;
    }

    @Override
    public Future<Reconciliation> registered(String nodeId, NodeRegister registration) {
        var adopt = new ArrayList<String>();
        var stop = new ArrayList<String>();
        var resend = new ArrayList<String>();
        var forget = new ArrayList<String>();
        var checks = new ArrayList<Future<?>>();
        for (NodeRegister.Running running : registration.running()) {
            checks.add(Future.succeededFuture(running)
                    .compose(brought -> keeps(nodeId, brought))
                    .onSuccess(keep -> (keep ? adopt : stop).add(running.containerId()))
                    .<Void>mapEmpty()
                    .recover(cause -> left(nodeId, "container " + running.containerId(), cause)));
        }
        for (String id : registration.unacknowledgedResults()) {
            checks.add(stepOf(id)
                    .onSuccess(step -> (step != null ? resend : forget).add(id))
                    .<Void>mapEmpty()
                    .recover(cause -> left(nodeId, "result " + id, cause)));
        }
        return Future.join(checks)
                .recover(cause -> Future.failedFuture(Failure.of(cause)))
                .map(done -> new Reconciliation(adopt, stop, resend, forget));
    }

    /**
     * What cannot be judged by its record stays with the worker as it is, and the node is let in all the same. A store that
     * does not answer is no single record's trouble: then the node tries again.
     */
    private static Future<Void> left(String nodeId, String what, Throwable cause) {
        if (Failure.of(cause).retryable()) {
            return Future.failedFuture(cause);
        }
        LOG.warn("node {} brought {}, of which its record does not tell: it stays as it is", nodeId, what, cause);
        return Future.succeededFuture();
    }

    @Override
    public void ready(String nodeId) {
        executions
                .openOn(nodeId)
                .onSuccess(open -> offers.all(open, Execution::id, execution -> {
                    dispatcher.reoffer(execution, nodeId);
                    return Future.succeededFuture();
                }));
    }

    /** A container stays when its attempt is open here, or when its deployment wants it. */
    private Future<Boolean> keeps(String nodeId, NodeRegister.Running running) {
        CommandId command = CommandId.parse(running.commandId());
        return stepOf(running.commandId()).compose(step -> {
            boolean openHere = step != null
                    && step.status().isOpenAttempt()
                    && step.attempt() == command.attempt()
                    && step.nodeId().equals(nodeId);
            return openHere || running.deploymentId() == null
                    ? Future.succeededFuture(openHere)
                    : keepsDeployment.apply(nodeId, running);
        });
    }

    /** Null when there is no such step. */
    private Future<Step> stepOf(String commandId) {
        CommandId command = CommandId.parse(commandId);
        if (command == null) {
            return Future.succeededFuture(null);
        }
        return executions
                .get(command.executionId())
                .map(execution -> step(execution, command))
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.succeededFuture(null)
                        : Future.failedFuture(cause));
    }

    private static Step step(Execution execution, CommandId command) {
        return command.stepIndex() >= 0
                        && command.stepIndex() < execution.steps().size()
                ? execution.steps().get(command.stepIndex())
                : null;
    }
}
