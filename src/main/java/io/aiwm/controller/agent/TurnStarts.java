package io.aiwm.controller.agent;

import io.vertx.core.Future;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Turns that this process begins now. Their first steps need not read again what the message was accepted with, and the sweep leaves
 * their conversations alone: the message may not be stored yet. Thread-safe.
 */
final class TurnStarts {
    /** What a turn begins with, all of it stored. */
    record Start(Conversation conversation, Agent agent, Message message) {}

    /** How many turns begin, by conversation: messages may come at once. */
    private final Map<String, Integer> conversations = new ConcurrentHashMap<>();

    private final Map<String, Start> starts = new ConcurrentHashMap<>();

    /** Does the work that gives a conversation a turn. */
    <T> Future<T> in(String conversationId, Supplier<Future<T>> work) {
        conversations.merge(conversationId, 1, Integer::sum);
        return Future.succeededFuture()
                .compose(go -> work.get())
                .onComplete(done ->
                        conversations.computeIfPresent(conversationId, (id, count) -> count == 1 ? null : count - 1));
    }

    boolean isIn(String conversationId) {
        return conversations.containsKey(conversationId);
    }

    /** Does the work that stores an execution; its first step may be carried out before that has succeeded. */
    <T> Future<T> with(String executionId, Start start, Supplier<Future<T>> work) {
        starts.put(executionId, start);
        return work.get().onComplete(done -> starts.remove(executionId, start));
    }

    /** Null: the turn does not begin now. */
    Start of(String executionId) {
        return starts.get(executionId);
    }
}
