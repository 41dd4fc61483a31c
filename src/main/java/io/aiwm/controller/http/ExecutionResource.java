package io.aiwm.controller.http;

import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.Waiters;
import io.aiwm.controller.node.NodeDirectory;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.protocol.Ids;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Executions over REST. */
public final class ExecutionResource implements Resource {
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);
    private static final Set<String> FILTERS =
            Set.of("status", "category", "type", "resourceType", "resourceId", "parentExecutionId");

    private final Executions executions;
    private final Waiters waiters;
    private final ExecutionRules rules;
    private final IdempotencyKeys keys;

    /** @param deployments finds a deployment by its id, fails with NOT_FOUND where there is none */
    public ExecutionResource(
            Executions executions,
            Waiters waiters,
            NodeDirectory nodes,
            Function<String, Future<?>> deployments,
            IdempotencyKeys keys) {
        this.executions = executions;
        this.waiters = waiters;
        this.rules = new ExecutionRules(executions, nodes, deployments);
        this.keys = keys;
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
        Duration wait = wait(request);
        return keys.once(
                        request,
                        "createExecution",
                        Ids.next("ex"),
                        id -> whenEnded(id, wait),
                        id -> make(request, id, wait))
                .map(one -> Reply.of(201, ExecutionView.of(one).encode())
                        .header("Location", "/api/executions/" + one.id())
                        .etag(one.version()));
    }

    private Future<Execution> make(Request request, String id, Duration wait) {
        return rules.checked(request, id).compose(wanted -> {
            Future<Execution> ended = wait.isZero() || !wanted.start() ? null : waiters.ended(id, wait);
            Future<Execution> made = executions.create(wanted, actor(request));
            return ended == null ? made : made.compose(one -> ended.compose(done -> read(done, one)));
        });
    }

    private Future<Reply> get(Request request) {
        return shown(whenEnded(request.id(), wait(request)));
    }

    /** The execution when it has ended, or as it is when that takes longer. */
    private Future<Execution> whenEnded(String id, Duration wait) {
        if (wait.isZero()) {
            return executions.get(id);
        }
        Future<Execution> ended = waiters.ended(id, wait);
        return executions
                .get(id)
                .compose(one ->
                        one.status().isFinal() ? Future.succeededFuture(one) : ended.compose(done -> read(done, one)));
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
                                page.items().stream().map(ExecutionView::listed).toList(), page.nextCursor(), total)));
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
