package io.aiwm.controller.api;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.controller.auth.Role;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.inference.usage.Csv;
import io.aiwm.controller.inference.usage.UsageCounts;
import io.aiwm.controller.inference.usage.UsageReport;
import io.aiwm.controller.inference.usage.UsageReport.Asked;
import io.aiwm.controller.inference.usage.UsageReport.Group;
import io.aiwm.controller.inference.usage.UsageReport.Line;
import io.aiwm.controller.inference.usage.UsageReport.Report;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What calls of models used, over REST, as JSON and CSV: everyone's own, and for an administrator everyone's. */
public final class UsageResource implements Resource {
    private static final Duration UNLESS_TOLD = Duration.ofDays(1);
    private static final List<String> COUNTS = List.of(
            "calls", "errors", "promptTokens", "completionTokens", "totalTokens", "queueMillis", "durationMillis");

    private final UsageReport usage;
    private final CallerIdentity callers;
    private final InstantSource clock;

    public UsageResource(UsageReport usage, CallerIdentity callers, InstantSource clock) {
        this.usage = usage;
        this.callers = callers;
        this.clock = clock;
    }

    @Override
    public String fragment() {
        return "usage";
    }

    @Override
    public void mount(Api api) {
        api.on("getUsage", this::usage);
    }

    private Future<Reply> usage(Request request) {
        Asked asked = asked(request);
        String accept = request.header("Accept");
        boolean csv = request.query("format") == null
                ? accept != null && accept.toLowerCase(Locale.ROOT).startsWith("text/csv")
                : request.query("format").equals("csv");
        return report(request, asked).map(report -> csv ? csv(asked, report) : Reply.ok(json(asked, report)));
    }

    /** Calls are counted by the hour and the name of their user: those of an earlier user of the name are left out by the hour. */
    private Future<Report> report(Request request, Asked asked) {
        if (request.principal().role() == Role.ADMIN) {
            return usage.of(asked);
        }
        return callers.of(request).compose(who -> {
            Instant made = who.since().truncatedTo(ChronoUnit.HOURS);
            if (asked.from().isBefore(asked.to()) && !made.isBefore(asked.to())) {
                return Future.succeededFuture(new Report(List.of(), UsageCounts.NONE));
            }
            Instant from = asked.from().isBefore(made) ? made : asked.from();
            return usage.of(new Asked(from, asked.to(), asked.groupBy(), asked.user()));
        });
    }

    private Asked asked(Request request) {
        Instant to = time(request, "to", clock.instant());
        boolean all = request.principal().role() == Role.ADMIN;
        String user = request.query("user");
        if (!all && user != null && !user.equals(request.principal().name())) {
            throw new Failure(Failure.Kind.FORBIDDEN, "only an administrator sees the usage of others");
        }
        return new Asked(
                time(request, "from", to.minus(UNLESS_TOLD)),
                to,
                groups(request.query("groupBy")),
                all ? user : request.principal().name());
    }

    private static Instant time(Request request, String name, Instant otherwise) {
        String text = request.query(name);
        try {
            return text == null ? otherwise : Instant.parse(text);
        } catch (DateTimeParseException wrong) {
            throw Failure.invalid("query:" + name, "must be a time such as 2026-11-27T10:00:00Z");
        }
    }

    private static List<Group> groups(String text) {
        var groups = new ArrayList<Group>();
        for (String name : text == null ? new String[0] : text.split(",", -1)) {
            Group group = Group.valueOf(name.toUpperCase(Locale.ROOT));
            if (!groups.contains(group)) {
                groups.add(group);
            }
        }
        return groups;
    }

    private static String name(Group group) {
        return group.name().toLowerCase(Locale.ROOT);
    }

    private static JsonObject json(Asked asked, Report report) {
        var items = new JsonArray();
        for (Line line : report.lines()) {
            var item = new JsonObject();
            for (int i = 0; i < line.group().size(); i++) {
                if (line.group().get(i) != null) {
                    item.put(name(asked.groupBy().get(i)), line.group().get(i));
                }
            }
            items.add(item.mergeIn(json(line.counts())));
        }
        return new JsonObject()
                .put("from", asked.from().toString())
                .put("to", asked.to().toString())
                .put(
                        "groupBy",
                        new JsonArray(asked.groupBy().stream()
                                .map(UsageResource::name)
                                .toList()))
                .put("items", items)
                .put("total", json(report.total()));
    }

    private static JsonObject json(UsageCounts counts) {
        return Json.toObject(counts).put("totalTokens", counts.promptTokens() + counts.completionTokens());
    }

    private static Reply csv(Asked asked, Report report) {
        var text = new StringBuilder();
        var head = new ArrayList<Object>(
                asked.groupBy().stream().map(UsageResource::name).toList());
        head.addAll(COUNTS);
        Csv.line(text, head);
        for (Line line : report.lines()) {
            var cells = new ArrayList<Object>(line.group());
            JsonObject counts = json(line.counts());
            COUNTS.forEach(name -> cells.add(counts.getLong(name)));
            Csv.line(text, cells);
        }
        return Reply.stream("text/csv; charset=utf-8", response -> response.end(text.toString()))
                .header("Content-Disposition", "attachment; filename=\"usage.csv\"");
    }
}
