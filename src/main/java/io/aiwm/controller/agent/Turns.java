package io.aiwm.controller.agent;

import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
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
    private final TurnStarts starts;
    private final InstantSource clock;

    Turns(
            Conversations conversations,
            Agents agents,
            Messages messages,
            Executions executions,
            TurnLimits limits,
            TurnStarts starts,
            InstantSource clock) {
        this.conversations = conversations;
        this.agents = agents;
        this.messages = messages;
        this.executions = executions;
        this.limits = limits;
        this.starts = starts;
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
                        ? agentOf(to).compose(agent -> limits.within(to, agent, () -> fresh(to, agent, begun, author)))
                        : given(to, known));
    }

    private Future<Message> fresh(Conversation to, Agent agent, MessageBuilder begun, Author author) {
        return messages.count(to.id()).compose(there -> {
            if (there >= Messages.MOST) {
                throw Failure.conflict(
                        "the conversation has " + there + " messages, and no more than " + Messages.MOST + " are kept");
            }
            MessageBuilder made = begun.version(1)
                    .conversationId(to.id())
                    .role(Role.USER)
                    .keyId(author.keyId())
                    .createdBy(author.user())
                    .createdAt(clock.instant());
            return to.turn() == null ? atOnce(to, agent, made) : queued(to, made);
        });
    }

    /** The message first: the turn before it may end at any time, and then it is read. */
    private Future<Message> queued(Conversation to, MessageBuilder made) {
        return messages.store(made.build()).compose(stored -> given(to, stored));
    }

    /**
     * Stores the message and takes the turn in one go, so that the disk is waited for once: the message says already which turn is its
     * own. Where another message was faster, it waits for its turn like any.
     */
    private Future<Message> atOnce(Conversation to, Agent agent, MessageBuilder made) {
        String executionId = Ids.next("ex");
        Message placed = made.executionId(executionId)
                .parentId(made.inPlaceOf() == null ? to.lastMessageId() : made.parentId())
                .build();
        return starts.in(to.id(), () -> {
            Future<Message> stored =
                    messages.store(placed); // before the turn: with SQLite no turn is without its message
            Future<Conversation> begun = conversations.begin(to, placed.id(), executionId);
            return Future.join(stored, begun)
                    .compose(
                            both -> executionId.equals(turnOf(begun.result(), placed.id()))
                                            && executionId.equals(
                                                    stored.result().executionId())
                                    ? begin(begun.result(), agent, stored.result())
                                    : given(begun.result(), stored.result()),
                            cause -> messages.unplaced(placed.id(), executionId)
                                    .transform(done -> Future.failedFuture(cause)));
        });
    }

    private Future<Message> begin(Conversation conversation, Agent agent, Message said) {
        return starts.with(
                said.executionId(),
                new TurnStarts.Start(conversation, agent, said),
                () -> executions
                        .create(TurnSteps.execution(conversation, agent), conversation.user())
                        .map(said));
    }

    /** The execution of the running turn; null: none runs, or it is that of another message. */
    private static String turnOf(Conversation conversation, String messageId) {
        Turn turn = conversation.turn();
        return turn != null && turn.messageId().equals(messageId) ? turn.executionId() : null;
    }

    /** What is stored may say that its turn has begun although it has not: the turn was another's, or a controller died. */
    private Future<Message> given(Conversation to, Message stored) {
        if (stored.executionId() == null) {
            return accepted(to, stored);
        }
        return isBegun(stored)
                .compose(begun -> begun
                        ? Future.succeededFuture(stored)
                        : messages.unplaced(stored.id(), stored.executionId()).compose(again -> accepted(to, again)));
    }

    private Future<Boolean> isBegun(Message stored) {
        return executions
                .get(stored.executionId())
                .recover(Turns::unlessGone)
                .compose(turn -> turn != null
                        ? Future.succeededFuture(true)
                        // it may have been deleted since
                        : messages.ofTurn(stored.executionId()).map(made -> made.size() > 1));
    }

    /** Succeeds with null when it is deleted. */
    private Future<Agent> agentOf(Conversation conversation) {
        return agents.get(conversation.agentId()).recover(Turns::unlessGone);
    }

    private Future<Message> accepted(Conversation to, Message stored) {
        return conversations
                .accept(to.id(), stored.id())
                .compose(now -> turnOf(now, stored.id()) != null
                        ? begin(now).compose(begun -> messages.get(stored.id()))
                        : Future.succeededFuture(stored));
    }

    /** Begins the turn that a conversation has; once more changes nothing. Without its message, the turn fails. */
    Future<Execution> begin(Conversation conversation) {
        Turn turn = conversation.turn();
        return agentOf(conversation)
                .compose(agent -> messages.begun(turn.messageId(), conversation.lastMessageId(), turn.executionId())
                        .recover(Turns::unlessGone)
                        .compose(placed ->
                                executions.create(TurnSteps.execution(conversation, agent), conversation.user())));
    }

    private static <T> Future<T> unlessGone(Throwable cause) {
        return Failure.of(cause).kind == Failure.Kind.NOT_FOUND ? Future.succeededFuture() : Future.failedFuture(cause);
    }

    /** Whether this process gives the conversation a turn now. */
    boolean begins(Conversation conversation) {
        return starts.isIn(conversation.id());
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
