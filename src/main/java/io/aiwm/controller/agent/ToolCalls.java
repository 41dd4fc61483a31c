package io.aiwm.controller.agent;

import io.aiwm.common.Failure;
import io.aiwm.common.SingleLineText;
import io.aiwm.controller.agent.ToolStep.Result;
import io.aiwm.controller.auth.OwnTokens;
import io.aiwm.controller.mcp.ApiTools;
import io.aiwm.controller.mcp.McpClient;
import io.aiwm.mcp.ToolInfo;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What models may call, and the calls, whatever kind their tools have. */
final class ToolCalls {
    /** Of an answer, as a model gets it. */
    private static final int MOST_CHARS = 64 * 1024;
    /** Of why a tool is away. */
    private static final int MOST_REASON = 200;

    private static final Logger LOG = LoggerFactory.getLogger(ToolCalls.class);

    private final HttpToolCalls http;
    private final McpToolCalls mcp;
    private final JobToolCalls jobs;
    private final MemoryTools memory;
    private final ApiTools api;
    private final OwnTokens tokens;

    ToolCalls(HttpToolCalls http, McpToolCalls mcp, MemoryTools memory, ApiTools api, OwnTokens tokens) {
        this.http = http;
        this.mcp = mcp;
        this.memory = memory;
        this.jobs = new JobToolCalls(api, tokens);
        this.api = api;
        this.tokens = tokens;
    }

    /**
     * What a model may call.
     *
     * @param away tools that offer nothing now; the model reads them
     */
    record Offers(List<Offer> offers, List<Away> away) {
        /** What follows the system prompt. */
        String note() {
            return away.isEmpty()
                    ? ""
                    : "\n\nTools that cannot be called now:\n- "
                            + away.stream().map(Away::line).collect(Collectors.joining("\n- "));
        }
    }

    /** A tool that offers nothing now. @param reason in one line */
    record Away(String tool, String reason) {
        private String line() {
            return tool + ": " + reason;
        }
    }

    /** What a model may call of these tools in this name. A server of MCP that does not answer has nothing to offer. */
    Future<Offers> offers(List<Tool> tools, ToolCaller behalf) {
        List<Away> away = Collections.synchronizedList(new ArrayList<>());
        List<Future<List<Offer>>> each =
                tools.stream().map(tool -> offers(tool, behalf, away)).toList();
        return Future.join(each)
                .map(all -> new Offers(
                        distinct(each.stream()
                                .flatMap(one -> one.result().stream())
                                .toList()),
                        away.stream().sorted(Comparator.comparing(Away::line)).toList()));
    }

    /** One of each name. */
    static List<Offer> distinct(List<Offer> all) {
        var offers = new LinkedHashMap<String, Offer>();
        all.forEach(offer -> offers.merge(offer.name(), offer, ToolCalls::one));
        return List.copyOf(offers.values());
    }

    /** Of two with the same name: what a server of others calls a tool of its own must not stand in the place of another one. */
    private static Offer one(Offer first, Offer second) {
        boolean better = first.tool().kind() == Tool.Kind.MCP && second.tool().kind() != Tool.Kind.MCP;
        Offer left = better ? first : second;
        LOG.warn(
                "tool {} offers the name {} of another tool; it is left out",
                left.tool().id(),
                left.name());
        return better ? second : first;
    }

    private Future<List<Offer>> offers(Tool tool, ToolCaller behalf, List<Away> away) {
        return switch (tool.kind()) {
            case HTTP, JOB, BUILT_IN -> Future.succeededFuture(List.of(Offer.of(tool)));
            case MCP ->
                mcp.parts(tool).map(parts -> Offer.of(tool, parts, false)).recover(cause -> left(tool, cause, away));
            case AIWM ->
                behalf.caller(tokens)
                        .map(caller -> {
                            List<ToolInfo> parts = api.tools(
                                    caller.principal().role(), tool.aiwm().operations());
                            return Offer.of(tool, parts, true);
                        })
                        .recover(cause -> left(tool, cause, away));
        };
    }

    /** Why none of these tools offers this name; what a model reads. */
    Future<String> absent(List<Tool> tools, String name) {
        String none = "there is no tool " + TurnSteps.shown(name);
        return tools.stream()
                .filter(tool -> tool.kind() == Tool.Kind.MCP && Offer.mayBeOf(tool, name))
                .findFirst()
                .map(tool -> mcp.parts(tool)
                        .map(parts -> none)
                        .recover(cause -> Failure.of(cause).kind == Failure.Kind.INTERNAL
                                ? Future.succeededFuture(none)
                                : Future.succeededFuture("the tool " + name + " cannot be called now: "
                                        + Failure.of(cause).getMessage())))
                .orElseGet(() -> Future.succeededFuture(none));
    }

    private static Future<List<Offer>> left(Tool tool, Throwable cause, List<Away> away) {
        LOG.warn("tool {} offers nothing: {}", tool.id(), cause.getMessage());
        Failure failure = Failure.of(cause);
        away.add(new Away(
                tool.name(),
                failure.kind == Failure.Kind.INTERNAL
                        ? "it does not answer"
                        : SingleLineText.of(failure.getMessage(), MOST_REASON)));
        return Future.succeededFuture(List.of());
    }

    /** @param key the same for each try of this call */
    RunningCall begin(Offer offer, JsonObject arguments, ToolCaller behalf, String key) {
        return begin(offer, arguments, behalf, key, progress -> {});
    }

    /** @param progress hears of it, where what is called tells of it */
    RunningCall begin(
            Offer offer, JsonObject arguments, ToolCaller behalf, String key, Consumer<McpClient.Progress> progress) {
        return switch (offer.tool().kind()) {
            case HTTP -> http.begin(offer.tool(), arguments, key);
            case MCP -> mcp.begin(offer, arguments, progress);
            case AIWM -> operation(offer, arguments, behalf);
            case JOB -> jobs.begin(offer.tool(), arguments, behalf, key);
            case BUILT_IN -> memory.begin(offer, arguments, behalf);
        };
    }

    private RunningCall operation(Offer offer, JsonObject arguments, ToolCaller behalf) {
        var under = new AtomicReference<McpClient.ToolCall>();
        Runnable cancel = () -> {
            McpClient.ToolCall call = under.get();
            if (call != null) {
                call.cancel().run();
            }
        };
        long patience = offer.tool().timeoutMs();
        Future<Result> result = behalf.caller(tokens)
                .compose(caller -> {
                    McpClient.ToolCall call = api.call(caller, offer.part(), McpToolCalls.node(arguments));
                    under.set(call);
                    return call.result();
                })
                .map(McpToolCalls::result)
                .timeout(patience, TimeUnit.MILLISECONDS)
                .recover(cause -> {
                    if (cause instanceof TimeoutException) {
                        cancel.run();
                        return Future.succeededFuture(
                                new Result(true, "the operation did not end within " + patience + " ms"));
                    }
                    return McpToolCalls.told(cause);
                });
        return RunningCall.of(result, cancel);
    }

    static String cut(String text) {
        return text.length() <= MOST_CHARS
                ? text
                : text.substring(0, MOST_CHARS) + "\n[cut: only the first " + MOST_CHARS + " characters]";
    }
}
