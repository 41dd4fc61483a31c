package io.aiwm.controller.agent;

import io.aiwm.common.Failure;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The only writer of messages. */
public final class Messages {
    /** Of a history; older ones are not looked at. */
    static final int MOST_LOOKED_AT = 1_000;
    /** Of a conversation, all branches together. */
    static final int MOST = 10_000;

    private static final String NAME = "agentMessages";
    static final DocumentStore.Collection COLLECTION = new DocumentStore.Collection(
                    NAME,
                    List.of(
                            Field.text("conversationId"),
                            Field.text("executionId"),
                            Field.text("role"),
                            Field.text("createdBy"),
                            Field.time(Query.CREATED)),
                    List.of(List.of("conversationId", Query.CREATED), List.of("createdBy", Query.CREATED)))
            .telling();

    private final Records<Message> records;

    Messages(DocumentStore store) {
        this.records = new Records<>(
                store,
                NAME,
                Message.class,
                Records.Shape.of(Message::id, Message::version, Message::withVersion),
                message -> false,
                false);
    }

    /** The id of the message that a step of a turn makes: the same each time, so that it is stored once. */
    static String idOf(String executionId, int step) {
        return Message.PREFIX + "_" + executionId.substring(executionId.indexOf('_') + 1) + ":" + step;
    }

    /** Stores a message; where there is one of this id, that one stays and is returned. */
    Future<Message> store(Message made) {
        return records.insert(made)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.CONFLICT
                        ? records.get(made.id())
                        : Future.failedFuture(cause));
    }

    /**
     * Puts a user's message at the end of a branch when its turn begins, unless it begins a branch, which has its place; once more changes
     * nothing.
     */
    Future<Message> begun(String id, String parentId, String executionId) {
        return records.update(
                id,
                seen -> seen.executionId() != null
                        ? seen
                        : MessageBuilder.builder(seen)
                                .parentId(seen.inPlaceOf() == null ? parentId : seen.parentId())
                                .executionId(executionId)
                                .build());
    }

    /** Takes that place from a user's message whose turn has not begun. */
    Future<Message> unplaced(String id, String executionId) {
        return records.update(
                id,
                seen -> executionId.equals(seen.executionId())
                        ? MessageBuilder.builder(seen).executionId(null).build()
                        : seen);
    }

    /** Fails with NOT_FOUND. */
    public Future<Message> get(String id) {
        return RecordLabels.found(records.get(id), "message", id);
    }

    /** What the user said that this message is, or follows from. Fails with NOT_FOUND. */
    Future<Message> question(String conversationId, String id) {
        return branch(conversationId, id).map(branch -> {
            for (int i = branch.size() - 1; i >= 0; i--) {
                if (branch.get(i).role() == Message.Role.USER) {
                    return branch.get(i);
                }
            }
            throw Failure.notFound("message", id);
        });
    }

    /** Succeeds with null when there is none. */
    Future<Message> find(String id) {
        return records.get(id)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.succeededFuture(null)
                        : Future.failedFuture(cause));
    }

    /** One page, oldest first. */
    public Future<Records.Page<Message>> page(String conversationId, int limit, String cursor) {
        return records.page(Query.where(Condition.eq("conversationId", conversationId))
                .oldestFirst()
                .limit(limit)
                .after(cursor));
    }

    public Future<Long> count(String conversationId) {
        return records.count(List.of(Condition.eq("conversationId", conversationId)));
    }

    /** How many messages a user has sent since then, in all conversations. */
    Future<Long> saidSince(String user, Instant from) {
        return records.count(since(user, from));
    }

    /** When the first of them was sent; null: there is none. */
    Future<Instant> firstSince(String user, Instant from) {
        return records.find(Query.where(since(user, from)).oldestFirst().limit(1))
                .map(page -> page.items().isEmpty() ? null : page.items().get(0).createdAt());
    }

    private static List<Condition> since(String user, Instant from) {
        return List.of(
                Condition.eq("createdBy", user),
                Condition.eq("role", Message.Role.USER.wire()),
                Condition.gte(Query.CREATED, from));
    }

    /** What a turn has made so far, oldest first. */
    public Future<List<Message>> ofTurn(String executionId) {
        return records.find(Query.where(Condition.eq("executionId", executionId))
                        .oldestFirst()
                        .limit(MOST_LOOKED_AT))
                .map(Records.Page::items);
    }

    /** Deletes those of a conversation that is deleted for good. */
    Future<Void> forget(String conversationId) {
        return records.deleteWhere(Query.where(Condition.eq("conversationId", conversationId))
                        .limit(MOST))
                .mapEmpty();
    }

    /** The branch that ends with this message, oldest first. */
    Future<List<Message>> branch(String conversationId, String lastId) {
        return records.find(Query.where(Condition.eq("conversationId", conversationId))
                        .newestFirst()
                        .limit(MOST_LOOKED_AT))
                .map(page -> {
                    Map<String, Message> byId = new HashMap<>();
                    page.items().forEach(message -> byId.put(message.id(), message));
                    var branch = new ArrayList<Message>();
                    for (Message at = byId.remove(lastId);
                            at != null;
                            at = byId.remove(String.valueOf(at.parentId()))) {
                        branch.add(at);
                    }
                    Collections.reverse(branch);
                    return branch;
                });
    }
}
