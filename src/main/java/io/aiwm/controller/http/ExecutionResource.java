package io.aiwm.controller.http;

import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.NewExecution;
import io.aiwm.controller.execution.StepSpec;
import io.aiwm.controller.execution.Waiters;
import io.aiwm.controller.node.LabelSelector;
import io.aiwm.controller.node.NodeDirectory;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.protocol.Failure;
import io.aiwm.protocol.Ids;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Executions over REST. */
public final class ExecutionResource implements Resource {
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);
    private static final Set<String> FILTERS =
            Set.of("status", "category", "type", "resourceType", "resourceId", "parentExecutionId");

    private final Executions executions;
    private final Waiters waiters;
    private final NodeDirectory nodes;

    public ExecutionResource(Executions executions, Waiters waiters, NodeDirectory nodes) {
        this.executions = executions;
        this.waiters = waiters;
        this.nodes = nodes;
    }

    @Override
    public String fragment() {
        return "executions";
    }

    @Override
    public void mount(Api api) {
        api.on("createExecution", this::create);
        api.on("listExecutions", this::list);
        api.on("summariseExecutions", this::summarise);
        api.on("getExecution", this::get);
        api.on("startExecution", request -> shown(executions.start(request.id(), actor(request))));
        api.on("cancelExecution", this::cancel);
        api.on("retryExecution", this::retry);
        api.on(
                "auditExecution",
                request -> executions.get(request.id()).map(one -> Reply.page(ExecutionView.audit(one), null, null)));
    }

    private Future<Reply> create(Request request) {
        NewExecution wanted = numbered(request.body(NewExecution.class));
        Duration wait = wait(request);
        Future<Execution> ended = wait.isZero() || !wanted.start() ? null : waiters.ended(wanted.id(), wait);
        Future<Execution> made = executions.create(wanted, actor(request));
        if (ended != null) {
            made = made.compose(one -> ended.compose(done -> read(done, one)));
        }
        return made.map(one -> Reply.of(201, ExecutionView.of(one).encode())
                .header("Location", "/api/executions/" + one.id())
                .etag(one.version()));
    }

    private Future<Reply> get(Request request) {
        Duration wait = wait(request);
        if (wait.isZero()) {
            return shown(executions.get(request.id()));
        }
        Future<Execution> ended = waiters.ended(request.id(), wait);
        return shown(executions
                .get(request.id())
                .compose(one ->
                        one.status().isFinal() ? Future.succeededFuture(one) : ended.compose(done -> read(done, one))));
    }

    private Future<Execution> read(Execution ended, Execution before) {
        return ended == null ? executions.get(before.id()) : Future.succeededFuture(ended);
    }

    private Future<Reply> cancel(Request request) {
        String reason = request.json().getString("reason", "cancelled by " + actor(request));
        return shown(executions.cancel(request.id(), reason, actor(request)));
    }

    private Future<Reply> retry(Request request) {
        boolean all = request.json().getBoolean("resetCompleted", false);
        return shown(executions.retry(request.id(), all, actor(request)));
    }

    private Future<Reply> list(Request request) {
        List<Condition> where = conditions(request);
        // ids begin with their time: newest first is the id backwards
        var query = new Query(where, List.of(new Query.Order("id", true)), request.pageSize(), request.pageToken());
        return executions
                .find(query)
                .compose(page -> executions
                        .count(where)
                        .map(total -> Reply.page(
                                page.items().stream().map(ExecutionView::of).toList(), page.nextCursor(), total)));
    }

    private Future<Reply> summarise(Request request) {
        return executions
                .countByStatus(conditions(request))
                .map(counts -> Reply.ok(Map.of(
                        "total",
                        counts.values().stream().mapToLong(Long::longValue).sum(),
                        "byStatus",
                        counts)));
    }

    private static List<Condition> conditions(Request request) {
        var where = new ArrayList<Condition>();
        for (String filter : FILTERS) {
            List<String> values = request.queryAll(filter);
            if (!values.isEmpty()) {
                where.add(Condition.in(filter, values));
            }
        }
        if (request.query("nodeId") != null) {
            where.add(Condition.eq("nodeIds", request.query("nodeId")));
        }
        return where;
    }

    /** Gives steps their numbers and the execution its id; refuses nodes that are not there and selectors that do not read. */
    private NewExecution numbered(NewExecution wanted) {
        var steps = new ArrayList<StepSpec>(wanted.steps().size());
        for (StepSpec step : wanted.steps()) {
            int index = steps.size();
            if (step.nodeId() != null && nodes.find(step.nodeId()) == null) {
                throw Failure.unprocessable("/steps/" + index + "/nodeId", "node " + step.nodeId() + " does not exist");
            }
            if (step.requires() != null && step.requires().labelSelector() != null) {
                checkSelector(step.requires().labelSelector(), index);
            }
            steps.add(new StepSpec(
                    index,
                    step.name(),
                    step.command(),
                    step.data(),
                    step.dependsOn(),
                    step.optional(),
                    step.nodeId(),
                    step.sameNodeAs(),
                    step.requires(),
                    step.timeoutMs(),
                    step.maxRetries(),
                    step.onNodeLost()));
        }
        return new NewExecution(
                Ids.next("ex"),
                wanted.name(),
                wanted.category(),
                wanted.type(),
                wanted.resourceType(),
                wanted.resourceId(),
                wanted.parentExecutionId(),
                wanted.timeoutMs(),
                wanted.start(),
                steps);
    }

    private static void checkSelector(String selector, int step) {
        try {
            LabelSelector.parse(selector);
        } catch (Failure unreadable) {
            throw Failure.unprocessable("/steps/" + step + "/requires/labelSelector", unreadable.getMessage());
        }
    }

    private static Duration wait(Request request) {
        Duration wanted = request.preferWait();
        return wanted.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wanted;
    }

    private static String actor(Request request) {
        return request.principal().name();
    }

    private static Future<Reply> shown(Future<Execution> found) {
        return found.map(one -> Reply.of(200, ExecutionView.of(one).encode()).etag(one.version()));
    }
}
