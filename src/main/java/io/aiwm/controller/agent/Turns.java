package io.aiwm.controller.agent;

import io.aiwm.common.Failure;
import io.aiwm.controller.agent.Conversation.Turn;
import io.aiwm.controller.agent.Message.Part;
import io.aiwm.controller.agent.Message.Role;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.List;

/** What users ask of turns: to begin with a message, to end, to be read along. */
public final class Turns {
    private final Conversations conversations;
    private final Agents agents;
    private final Messages messages;
    private final Executions executions;
    private final TurnLimits limits;
    private final InstantSource clock;

    Turns(
            Conversations conversations,
            Agents agents,
            Messages messages,
            Executions executions,
            TurnLimits limits,
            InstantSource clock) {
        this.conversations = conversations;
        this.agents = agents;
        this.messages = messages;
        this.executions = executions;
        this.limits = limits;
        this.clock = clock;
    }

    /** @param keyId of the API key that the message came with; null: none */
    public record Author(String user, String keyId) {}

    /**
     * Stores a message of a user and gives it its turn, or its place in the queue. The same id again changes nothing. Fails with LIMITED
     * when the queue is full or the user or the agent has too many turns, with CONFLICT when the conversation is full.
     */
    public Future<Message> post(Conversation to, String messageId, List<Part> content, Author author) {
        refuseTrial(to);
        return post(to, MessageBuilder.builder().id(messageId).content(content), author);
    }

    /**
     * Says something in the place of what was said: a branch begins there, and the conversation goes on with it. Otherwise as
     * {@link #post}. Fails with NOT_FOUND, with CONFLICT when the message still waits for its turn.
     *
     * @param from a message of the user, or one that follows from it
     * @param content null: the same again
     */
    public Future<Message> branch(Conversation in, String from, String messageId, List<Part> content, Author author) {
        refuseTrial(in);
        return messages.question(in.id(), from).compose(asked -> {
            if (asked.executionId() == null) {
                throw Failure.conflict("message " + asked.id() + " waits for its turn");
            }
            return post(
                    in,
                    MessageBuilder.builder()
                            .id(messageId)
                            .content(content == null ? asked.content() : content)
                            .parentId(asked.parentId())
                            .inPlaceOf(asked.id()),
                    author);
        });
    }

    private static void refuseTrial(Conversation conversation) {
        if (conversation.trial() != null) {
            throw Failure.conflict("the conversation is part of evaluation run "
                    + conversation.trial().runId() + "; begin another one");
        }
    }

    /** Also to a trial. */
    Future<Message> post(Conversation to, MessageBuilder begun, Author author) {
        // one that is there was within the limits when it was stored: a controller may have died before it gave it its
        // turn
        return messages.find(begun.id())
                .compose(known -> known == null
                        ? agentOf(to).compose(agent -> limits.within(to, agent, () -> store(to, begun, author)))
                        : given(to, known));
    }

    private Future<Message> store(Conversation to, MessageBuilder begun, Author author) {
        return messages.count(to.id()).compose(there -> {
            if (there >= Messages.MOST) {
                throw Failure.conflict(
                        "the conversation has " + there + " messages, and no more than " + Messages.MOST + " are kept");
            }
            return messages.store(begun.version(1)
                            .conversationId(to.id())
                            .role(Role.USER)
                            .keyId(author.keyId())
                            .createdBy(author.user())
                            .createdAt(clock.instant())
                            .build())
                    .compose(stored -> given(to, stored));
        });
    }

    private Future<Message> given(Conversation to, Message stored) {
        return stored.executionId() != null ? Future.succeededFuture(stored) : accepted(to, stored);
    }

    /** Succeeds with null when it is deleted. */
    private Future<Agent> agentOf(Conversation conversation) {
        return agents.get(conversation.agentId())
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.succeededFuture(null)
                        : Future.failedFuture(cause));
    }

    private Future<Message> accepted(Conversation to, Message stored) {
        return conversations
                .accept(to.id(), stored.id())
                .compose(now -> now.turn() != null && now.turn().messageId().equals(stored.id())
                        ? begin(now).compose(begun -> messages.get(stored.id()))
                        : Future.succeededFuture(stored));
    }

    /** Begins the turn that a conversation has; once more changes nothing. */
    Future<Execution> begin(Conversation conversation) {
        Turn turn = conversation.turn();
        return agentOf(conversation)
                .compose(agent -> messages.begun(turn.messageId(), conversation.lastMessageId(), turn.executionId())
                        .compose(placed ->
                                executions.create(TurnSteps.execution(conversation, agent), conversation.user())));
    }

    /** Returns the execution of the running turn, or else of the last one; null: there was none yet. */
    public Future<String> newest(Conversation of) {
        if (of.turn() != null) {
            return Future.succeededFuture(of.turn().executionId());
        }
        return of.lastMessageId() == null
                ? Future.succeededFuture()
                : messages.get(of.lastMessageId()).map(Message::executionId);
    }

    /** Asks for the end of the running turn. Fails with CONFLICT when none runs. */
    public Future<Execution> cancel(Conversation conversation, String actor) {
        if (conversation.turn() == null) {
            throw Failure.conflict("no turn is running");
        }
        return executions.cancel(conversation.turn().executionId(), "cancelled by " + actor, actor);
    }

    /** Fails with NOT_FOUND. */
    public Future<Execution> execution(String id) {
        return executions.get(id);
    }

    public Messages messages() {
        return messages;
    }
}
