package io.aiwm.controller.api;

import io.aiwm.common.Ids;
import io.aiwm.controller.execution.CompletionWaiters;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.RetrySelection;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.IdempotencyKeys;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.node.NodeDirectory;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Executions over REST. */
public final class ExecutionResource implements Resource {
    private static final Set<String> FILTERS =
            Set.of("status", "name", "category", "type", "resourceType", "resourceId", "parentExecutionId");

    private final Executions executions;
    private final CompletionWait ends;
    private final ExecutionRules rules;
    private final ExecutionAccess access;
    private final IdempotencyKeys keys;

    /** @param deployments finds a deployment by its id, fails with NOT_FOUND where there is none; files likewise */
    public ExecutionResource(
            Executions executions,
            CompletionWaiters waiters,
            NodeDirectory nodes,
            Function<String, Future<?>> deployments,
            Function<String, Future<?>> files,
            CallerIdentity callers,
            IdempotencyKeys keys) {
        this.executions = executions;
        this.ends = new CompletionWait(executions, waiters);
        this.access = new ExecutionAccess(callers);
        this.rules = new ExecutionRules(executions, nodes, deployments, files);
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
        api.on(
                "startExecution",
                request -> shown(request, seen(request).compose(one -> executions.start(one.id(), actor(request)))));
        api.on("cancelExecution", this::cancel);
        api.on("retryExecution", this::retry);
        api.on("auditExecution", request -> seen(request).map(one -> Reply.page(ExecutionView.audit(one), null, null)));
    }

    private Future<Reply> create(Request request) {
        Duration wait = CompletionWait.wait(request);
        return keys.once(
                        request,
                        "createExecution",
                        Ids.next("ex"),
                        id -> ends.whenEnded(id, wait),
                        id -> make(request, id, wait))
                .map(one -> Reply.of(201, ExecutionView.of(one).encode())
                        .header("Location", "/api/executions/" + one.id())
                        .etag(one.version()));
    }

    private Future<Execution> make(Request request, String id, Duration wait) {
        return rules.checked(request, id)
                .compose(wanted -> ends.made(
                        id, wanted.start() ? wait : Duration.ZERO, () -> executions.create(wanted, actor(request))));
    }

    private Future<Reply> get(Request request) {
        Duration wait = CompletionWait.wait(request);
        return shown(
                request, wait.isZero() ? seen(request) : seen(request).compose(one -> ends.whenEnded(one.id(), wait)));
    }

    private Future<Reply> cancel(Request request) {
        String reason = request.json().getString("reason", "cancelled by " + actor(request));
        return shown(request, seen(request).compose(one -> executions.cancel(one.id(), reason, actor(request))));
    }

    private Future<Reply> retry(Request request) {
        var said = request.body(RetrySelection.class);
        RetrySelection what = said == null ? RetrySelection.UNFINISHED : said;
        return shown(request, seen(request).compose(one -> executions.retry(one.id(), what, actor(request))));
    }

    private Future<Reply> list(Request request) {
        return conditions(request).compose(where -> list(request, where));
    }

    private Future<Reply> list(Request request, List<Condition> where) {
        Query query = Query.where(where).newestFirst().limit(request.pageSize()).after(request.pageToken());
        return executions
                .find(query)
                .compose(page -> executions
                        .count(where)
                        .map(total -> Reply.page(
                                LenientListing.of(
                                        page.items(),
                                        Execution::id,
                                        item -> request.readable(ExecutionView.listed(item))),
                                page.nextCursor(),
                                total)));
    }

    private Future<Reply> summarise(Request request) {
        return conditions(request)
                .compose(where -> executions.countBy("status", where))
                .map(counts -> Reply.ok(Map.of(
                        "total",
                        counts.values().stream().mapToLong(Long::longValue).sum(),
                        "byStatus",
                        counts)));
    }

    private Future<List<Condition>> conditions(Request request) {
        var where = new ArrayList<Condition>();
        for (String filter : FILTERS) {
            List<String> values = request.queryAll(filter);
            if (!values.isEmpty()) {
                where.add(Condition.in(filter, values));
            }
        }
        if (request.query("q") != null) {
            where.add(Condition.contains("name", request.query("q")));
        }
        if (request.query("nodeId") != null) {
            where.add(Condition.eq("nodeIds", request.query("nodeId")));
        }
        if (request.moment("createdAfter") != null) {
            where.add(Condition.gte(Query.CREATED, request.moment("createdAfter")));
        }
        if (request.moment("createdBefore") != null) {
            where.add(Condition.lt(Query.CREATED, request.moment("createdBefore")));
        }
        return access.conditions(request).map(seen -> {
            where.addAll(seen);
            return where;
        });
    }

    /** Fails with NOT_FOUND, also where the caller does not see it. */
    private Future<Execution> seen(Request request) {
        return executions.get(request.id()).compose(one -> access.seen(request, one));
    }

    private static String actor(Request request) {
        return request.principal().name();
    }

    private static Future<Reply> shown(Request request, Future<Execution> found) {
        return found.map(one ->
                Reply.of(200, request.readable(ExecutionView.of(one)).encode()).etag(one.version()));
    }
}
