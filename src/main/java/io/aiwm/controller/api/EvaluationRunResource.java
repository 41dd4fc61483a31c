package io.aiwm.controller.api;

import io.aiwm.common.Ids;
import io.aiwm.common.Json;
import io.aiwm.controller.agent.UserIdentity;
import io.aiwm.controller.evaluation.Comparison;
import io.aiwm.controller.evaluation.EvaluationResult;
import io.aiwm.controller.evaluation.EvaluationRun;
import io.aiwm.controller.evaluation.EvaluationRunRequest;
import io.aiwm.controller.evaluation.EvaluationRuns;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.IdempotencyKeys;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.inference.usage.Csv;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;

/** Runs of evaluations over REST, and their results as a table. A caller sees their own; an administrator sees all. */
public final class EvaluationRunResource implements Resource {
    private static final String HREF = "/api/evaluation-runs/";

    private final EvaluationRuns runs;
    private final CallerIdentity callers;
    private final IdempotencyKeys keys;

    public EvaluationRunResource(EvaluationRuns runs, CallerIdentity callers, IdempotencyKeys keys) {
        this.runs = runs;
        this.callers = callers;
        this.keys = keys;
    }

    @Override
    public String fragment() {
        return "evaluation-runs";
    }

    @Override
    public void mount(Api api) {
        api.on("createEvaluationRun", this::create);
        api.on("listEvaluationRuns", this::list);
        api.on(
                "getEvaluationRun",
                request ->
                        found(request).compose(run -> views(List.of(run), true).map(shown -> Reply.ok(shown.get(0)))));
        api.on("getEvaluationResults", this::results);
        api.on(
                "cancelEvaluationRun",
                request -> found(request)
                        .compose(run -> runs.cancel(run, request.principal().name()))
                        .map(execution -> Reply.accepted(new JsonObject()
                                .put("executionId", execution.id())
                                .put("status", execution.status().name()))));
        api.on(
                "deleteEvaluationRun",
                request -> found(request).compose(runs::delete).map(gone -> Reply.noContent()));
    }

    private Future<EvaluationRun> found(Request request) {
        return callers.seenBy(request).compose(user -> runs.get(request.id(), user));
    }

    private Future<Reply> create(Request request) {
        var wanted = request.body(EvaluationRunRequest.class);
        String keyId = request.principal().isApiKey() ? request.principal().tokenId() : null;
        return callers.of(request)
                .compose(user -> keys.once(
                        request,
                        "createEvaluationRun " + request.id(),
                        Ids.next(EvaluationRun.PREFIX),
                        id -> runs.get(id, user),
                        id -> runs.create(id, request.id(), wanted, new EvaluationRuns.Author(user, keyId))))
                .compose(run -> views(List.of(run), false)
                        .map(shown -> Reply.accepted(shown.get(0)).header("Location", HREF + run.id())));
    }

    private Future<Reply> list(Request request) {
        String named = request.query("user");
        return callers.seenBy(request)
                .map(own -> own != null ? own : named == null ? null : UserIdentity.named(named))
                .compose(user -> runs.evaluationId(request.query("evaluationId"))
                        .compose(evaluation -> runs.find(user, evaluation, request.pageSize(), request.pageToken())
                                .compose(page -> views(page.items(), false)
                                        .compose(shown -> runs.count(user, evaluation)
                                                .map(total -> Reply.page(shown, page.nextCursor(), total))))));
    }

    /** @param whole with the cases */
    private Future<List<JsonObject>> views(List<EvaluationRun> all, boolean whole) {
        return runs.executions(all)
                .map(executions -> LenientListing.of(all, EvaluationRun::id, run -> view(run, executions, whole)));
    }

    private static JsonObject view(EvaluationRun run, Map<String, Execution> executions, boolean whole) {
        JsonObject view = ListQuery.view(run);
        view.remove("holder");
        view.remove("userSince");
        if (!whole) {
            view.remove("cases");
        }
        Execution execution = executions.get(run.executionId());
        view.put("status", execution == null ? "PENDING" : execution.status().name());
        view.put("progress", execution == null ? 0 : execution.progress());
        if (execution != null && execution.error() != null) {
            view.put("error", execution.error().message());
        }
        return view;
    }

    private Future<Reply> results(Request request) {
        String accept = request.header("Accept");
        boolean csv = request.query("format") == null
                ? accept != null && accept.toLowerCase(Locale.ROOT).startsWith("text/csv")
                : request.query("format").equals("csv");
        Predicate<Comparison.Row> shown = request.flag("differing")
                ? row -> row.change() == Comparison.Change.BETTER || row.change() == Comparison.Change.WORSE
                : row -> true;
        return found(request)
                .compose(run -> runs.compared(run).map(all -> {
                    List<Comparison.Row> rows =
                            all.rows().stream().filter(shown).toList();
                    return csv ? csv(all, rows) : Reply.ok(json(run, all, rows));
                }));
    }

    private static JsonObject json(EvaluationRun run, Comparison all, List<Comparison.Row> rows) {
        var shown = new JsonArray();
        for (Comparison.Row row : rows) {
            var results = new JsonArray();
            for (int i = 0; i < row.results().size(); i++) {
                EvaluationResult result = row.results().get(i);
                results.add((result == null ? new JsonObject() : ListQuery.view(result))
                        .put("candidate", all.candidates().get(i).name()));
            }
            var view = new JsonObject().put("name", row.name()).put("results", results);
            if (row.change() != null) {
                view.put("change", row.change().wire());
            }
            shown.add(view);
        }
        return new JsonObject()
                .put("runId", run.id())
                .put("candidates", Json.toArray(all.candidates()))
                .put("cases", shown);
    }

    /** What a model writes may be meant for the terminal that shows it. */
    private static String plain(String text) {
        return text == null ? null : text.replaceAll("[\\p{Cc}&&[^\\n\\t]]", "\uFFFD");
    }

    private static Reply csv(Comparison all, List<Comparison.Row> rows) {
        var text = new StringBuilder();
        var head = new ArrayList<Object>(List.of("case", "change"));
        for (Comparison.Total each : all.candidates()) {
            for (String field : List.of("result", "why", "answer", "tokens", "latencyMs")) {
                head.add(each.name() + " " + field);
            }
        }
        Csv.line(text, head);
        for (Comparison.Row row : rows) {
            var cells = new ArrayList<Object>();
            cells.add(row.name());
            cells.add(row.change() == null ? null : row.change().wire());
            for (EvaluationResult result : row.results()) {
                cells.add(result == null ? "open" : result.passed() ? "passed" : "failed");
                cells.add(result == null ? null : plain(Comparison.why(result)));
                cells.add(result == null ? null : plain(result.answer()));
                cells.add(result == null ? null : result.promptTokens() + result.completionTokens());
                cells.add(result == null ? null : result.latencyMs());
            }
            Csv.line(text, cells);
        }
        return Reply.stream("text/csv; charset=utf-8", response -> response.end(text.toString()))
                .header("Content-Disposition", "attachment; filename=\"evaluation.csv\"");
    }
}
