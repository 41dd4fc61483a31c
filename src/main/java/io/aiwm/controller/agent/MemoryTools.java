package io.aiwm.controller.agent;

import io.aiwm.common.Failure;
import io.aiwm.controller.agent.ToolStep.Result;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/** The tools with which an agent that has a memory notes something about its user, and forgets it. */
final class MemoryTools {
    private static final String REMEMBER = "remember";
    private static final String FORGET = "forget";
    static final Set<String> NAMES = Set.of(REMEMBER, FORGET);

    private static final JsonObject KEY = new JsonObject()
            .put("type", "string")
            .put("pattern", "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
            .put("description", "What it is about, such as home.city");

    static final List<Offer> OFFERS = List.of(
            offer(
                    REMEMBER,
                    "Notes something about this user for later conversations. What was noted under the same key is"
                            + " replaced.",
                    new JsonObject()
                            .put("key", KEY)
                            .put("text", text(2_000))
                            .put(
                                    "tags",
                                    new JsonObject()
                                            .put("type", "array")
                                            .put("maxItems", 10)
                                            .put("items", text(50))),
                    "key",
                    "text"),
            offer(
                    FORGET,
                    "Removes what was noted about this user under a key.",
                    new JsonObject().put("key", KEY),
                    "key"));

    private final Memories memories;

    MemoryTools(Memories memories) {
        this.memories = memories;
    }

    private static JsonObject text(int most) {
        return new JsonObject().put("type", "string").put("minLength", 1).put("maxLength", most);
    }

    private static Offer offer(String name, String description, JsonObject properties, String... required) {
        return Offer.of(ToolBuilder.builder()
                .id("system")
                .version(1)
                .name(name)
                .description(description)
                .kind(Tool.Kind.BUILT_IN)
                .input(new JsonObject()
                        .put("type", "object")
                        .put("properties", properties)
                        .put("required", new JsonArray(List.of(required)))
                        .put("additionalProperties", false))
                .timeoutMs(Tools.TIMEOUT_MS)
                .idempotent(true)
                .approval(Tool.Approval.AUTO)
                .active(true)
                .createdAt(Instant.EPOCH)
                .build());
    }

    RunningCall begin(Offer offer, JsonObject arguments, ToolCaller behalf) {
        var of = new Memory.Of(behalf.agentId(), behalf.user());
        String key = arguments.getString("key");
        Future<Result> result = offer.name().equals(FORGET)
                ? memories.forget(of, key)
                        .map(was -> new Result(!was, was ? "forgotten" : "nothing is noted under " + key))
                : memories.put(of, note(arguments, behalf)).map(kept -> new Result(false, "noted"));
        return RunningCall.of(result.recover(MemoryTools::told), () -> {});
    }

    private static Memories.Note note(JsonObject arguments, ToolCaller behalf) {
        List<String> tags = arguments.getJsonArray("tags", new JsonArray()).stream()
                .map(String::valueOf)
                .distinct()
                .toList();
        return new Memories.Note(
                arguments.getString("key"), arguments.getString("text"), tags, behalf.conversationId());
    }

    private static Future<Result> told(Throwable cause) {
        Failure failure = Failure.of(cause);
        return failure.kind == Failure.Kind.CONFLICT && !failure.retryable()
                ? Future.succeededFuture(new Result(true, failure.getMessage()))
                : Future.failedFuture(cause);
    }
}
