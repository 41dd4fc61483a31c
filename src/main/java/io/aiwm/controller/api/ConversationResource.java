package io.aiwm.controller.api;

import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.controller.agent.Conversation;
import io.aiwm.controller.agent.ConversationFilter;
import io.aiwm.controller.agent.Conversations;
import io.aiwm.controller.agent.Message;
import io.aiwm.controller.agent.TurnReading;
import io.aiwm.controller.agent.Turns;
import io.aiwm.controller.agent.UserIdentity;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.IdempotencyKeys;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/** Conversations with agents over REST. A caller sees their own; an administrator sees all. */
public final class ConversationResource implements Resource {
    private final Conversations conversations;
    private final Turns turns;
    private final TurnReading reading;
    private final CallerIdentity callers;
    private final IdempotencyKeys keys;

    public ConversationResource(
            Conversations conversations,
            Turns turns,
            TurnReading reading,
            CallerIdentity callers,
            IdempotencyKeys keys) {
        this.conversations = conversations;
        this.turns = turns;
        this.reading = reading;
        this.callers = callers;
        this.keys = keys;
    }

    @Override
    public String fragment() {
        return "conversations";
    }

    @Override
    public void mount(Api api) {
        api.on("createConversation", this::create);
        api.on("listConversations", this::list);
        api.on("countConversations", this::count);
        api.on("getConversation", request -> found(request).map(ConversationResource::shown));
        api.on(
                "replaceConversation",
                request -> callers.seenBy(request)
                        .compose(user -> conversations.replace(
                                request.id(), request.body(Conversations.Wanted.class), user, request.ifMatch()))
                        .map(ConversationResource::shown));
        api.on(
                "deleteConversation",
                request -> callers.seenBy(request)
                        .compose(user -> conversations.delete(request.id(), user, request.ifMatch()))
                        .map(gone -> Reply.noContent()));
        api.on(
                "restoreConversation",
                request -> callers.seenBy(request)
                        .compose(user -> conversations.restore(request.id(), user, request.ifMatch()))
                        .map(ConversationResource::shown));
        api.on("postMessage", this::post);
        api.on("editMessage", request -> branch(request, content(request.json())));
        api.on("retryTurn", request -> branch(request, null));
        api.on("listMessages", this::messages);
        api.on("getMessage", this::message);
        api.on("streamTurn", this::stream);
        api.on(
                "cancelTurn",
                request -> found(request)
                        .compose(conversation ->
                                turns.cancel(conversation, request.principal().name()))
                        .map(turn -> Reply.accepted(new JsonObject()
                                .put("executionId", turn.id())
                                .put("status", turn.status().name()))));
    }

    private Future<Conversation> found(Request request) {
        return callers.seenBy(request).compose(user -> conversations.get(request.id(), user));
    }

    private static Reply shown(Conversation conversation) {
        return Reply.ok(ListQuery.view(conversation)).etag(conversation.version());
    }

    private Future<Reply> create(Request request) {
        var wanted = request.body(Conversations.Wanted.class);
        return callers.of(request)
                .compose(user -> keys.once(
                        request,
                        "createConversation",
                        Ids.next(Conversation.PREFIX),
                        id -> conversations.get(id, user),
                        id -> conversations.create(id, wanted, user)))
                .map(made -> Reply.created("/api/conversations/" + made.id(), ListQuery.view(made))
                        .etag(made.version()));
    }

    private Future<ConversationFilter> filter(Request request) {
        String named = request.query("user");
        return callers.seenBy(request)
                .compose(own -> conversations
                        .agentId(request.query("agentId"))
                        .map(agent -> new ConversationFilter(
                                own != null ? own : named == null ? null : UserIdentity.named(named),
                                agent,
                                request.query("status"),
                                request.queryAll("tag"),
                                request.query("text"),
                                request.flag("deleted"))));
    }

    private Future<Reply> list(Request request) {
        return filter(request)
                .compose(filter -> conversations
                        .find(filter, request.pageSize(), request.pageToken())
                        .compose(page -> conversations
                                .count(filter)
                                .map(total -> Reply.page(
                                        LenientListing.of(page.items(), Conversation::id, ListQuery::view),
                                        page.nextCursor(),
                                        total))));
    }

    private Future<Reply> count(Request request) {
        String group = request.query("groupBy") == null ? "status" : request.query("groupBy");
        return filter(request)
                .compose(filter -> conversations
                        .count(filter)
                        .compose(total -> conversations
                                .countBy(group, filter)
                                .map(counts -> ListQuery.counts(group, total, counts))));
    }

    private static List<Message.Part> content(JsonObject body) {
        if (body.getValue("content") instanceof String text) {
            return List.of(new Message.Part("text", text));
        }
        var parts = new ArrayList<Message.Part>();
        for (Object part : (JsonArray) body.getValue("content")) {
            parts.add(new Message.Part("text", ((JsonObject) part).getString("text")));
        }
        return parts;
    }

    private Future<Reply> post(Request request) {
        List<Message.Part> said = content(request.json());
        return said(request, "postMessage", (to, id) -> turns.post(to, id, said, author(request)));
    }

    /** @param content null: the same again */
    private Future<Reply> branch(Request request, List<Message.Part> content) {
        String from = request.path("messageId");
        return said(
                request,
                (content == null ? "retryTurn " : "editMessage ") + from,
                (in, id) -> turns.branch(in, from, id, content, author(request)));
    }

    private static Turns.Author author(Request request) {
        return new Turns.Author(
                request.principal().name(),
                request.principal().isApiKey() ? request.principal().tokenId() : null);
    }

    /** @param say to the conversation, under this id: once more for the same id changes nothing */
    private Future<Reply> said(
            Request request, String operation, BiFunction<Conversation, String, Future<Message>> say) {
        return callers.of(request)
                .compose(user -> conversations.get(request.id(), user))
                .compose(conversation -> keys.once(
                                request,
                                operation + " " + conversation.id(),
                                Ids.next(Message.PREFIX),
                                // stored, but perhaps not given its turn: a controller may have died in between
                                id -> turns.messages().get(id).compose(there -> say.apply(conversation, id)),
                                id -> say.apply(conversation, id))
                        .map(message -> {
                            StreamForm form = StreamForm.of(request, StreamForm.TEXT);
                            boolean streams = form != StreamForm.TEXT && message.executionId() != null;
                            return streams
                                    ? new TurnWriter(reading, form)
                                            .reply(new TurnReading.Wanted(message.executionId(), null, true, null))
                                    : Reply.accepted(new JsonObject()
                                            .put("message", ListQuery.view(message))
                                            .put("executionId", message.executionId())
                                            .put("queued", message.executionId() == null));
                        }));
    }

    private Future<Reply> messages(Request request) {
        return found(request)
                .compose(conversation -> turns.messages()
                        .page(conversation.id(), request.pageSize(), request.pageToken())
                        .compose(page -> turns.messages()
                                .count(conversation.id())
                                .map(total -> Reply.page(
                                        LenientListing.of(page.items(), Message::id, ListQuery::view),
                                        page.nextCursor(),
                                        total))));
    }

    private Future<Reply> message(Request request) {
        return found(request)
                .compose(conversation -> turns.messages()
                        .get(request.path("messageId"))
                        .map(message -> {
                            if (!message.conversationId().equals(conversation.id())) {
                                throw Failure.notFound("message", message.id());
                            }
                            return Reply.ok(ListQuery.view(message)).etag(message.version());
                        }));
    }

    private Future<Reply> stream(Request request) {
        StreamForm form = StreamForm.of(request, StreamForm.EVENTS);
        String after = request.query("after") == null ? request.header("Last-Event-ID") : request.query("after");
        return found(request)
                .compose(conversation -> turns.newest(conversation).map(executionId -> {
                    if (executionId == null) {
                        throw Failure.conflict("the conversation has had no turn yet");
                    }
                    return new TurnWriter(reading, form).reply(TurnReading.Wanted.of(conversation, executionId, after));
                }));
    }
}
