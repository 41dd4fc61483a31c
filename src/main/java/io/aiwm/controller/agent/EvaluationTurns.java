package io.aiwm.controller.agent;

import io.aiwm.common.Failure;
import io.aiwm.controller.agent.Conversation.Trial;
import io.aiwm.controller.agent.Message.Part;
import io.aiwm.controller.execution.Execution;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;

/** Turns of evaluations: each in a conversation of its own, which is no user's to go on with. */
public final class EvaluationTurns {
    private final Conversations conversations;
    private final Messages messages;
    private final Turns turns;

    EvaluationTurns(Conversations conversations, Messages messages, Turns turns) {
        this.conversations = conversations;
        this.messages = messages;
        this.turns = turns;
    }

    /**
     * A turn to be made.
     *
     * @param key of the ids of its conversation and message: the same again gives the turn there is
     */
    public record Wanted(
            String key, String agentId, Trial trial, String title, String prompt, Map<String, String> variables) {
        String conversationId() {
            return idOf(key);
        }
    }

    private static String idOf(String key) {
        return Conversation.PREFIX + "_" + key;
    }

    /**
     * Begins a turn, or finds it. Fails with UNPROCESSABLE when the agent does not exist, is not active or lacks a variable.
     *
     * @return what was said, with the execution that answers it
     */
    public Future<Message> begin(Wanted wanted, UserIdentity user, String keyId) {
        return conversation(wanted, user)
                .compose(made -> turns.post(
                        made,
                        MessageBuilder.builder()
                                .id(Message.PREFIX + "_" + wanted.key())
                                .content(List.of(Part.text(wanted.prompt()))),
                        new Turns.Author(user.name(), keyId)));
    }

    private Future<Conversation> conversation(Wanted wanted, UserIdentity user) {
        String id = wanted.conversationId();
        return conversations.get(id, user).recover(cause -> {
            if (Failure.of(cause).kind != Failure.Kind.NOT_FOUND) {
                return Future.failedFuture(cause);
            }
            var of = new Conversations.Wanted(wanted.agentId(), wanted.title(), null, wanted.variables(), null);
            return conversations.create(id, of, wanted.trial(), user);
        });
    }

    /** Asks for the end of a turn; one that has ended, or was never begun, stays as it is. */
    public Future<Void> cancel(String key, String actor) {
        return conversations
                .get(idOf(key), null)
                .compose(found ->
                        found.turn() == null ? Future.<Execution>succeededFuture() : turns.cancel(found, actor))
                .<Void>mapEmpty()
                .recover(EvaluationTurns::unlessGone);
    }

    /** Deletes a conversation for good, and its messages. */
    public Future<Void> forget(String key) {
        return messages.forget(idOf(key))
                .compose(gone -> conversations.forget(idOf(key)))
                .recover(EvaluationTurns::unlessGone);
    }

    /** What the turn has made so far, oldest first. */
    public Future<List<Message>> made(String executionId) {
        return messages.ofTurn(executionId);
    }

    private static Future<Void> unlessGone(Throwable cause) {
        Failure.Kind kind = Failure.of(cause).kind;
        return kind == Failure.Kind.NOT_FOUND || kind == Failure.Kind.CONFLICT
                ? Future.succeededFuture()
                : Future.failedFuture(cause);
    }
}
