package io.aiwm.controller.agent;

import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.controller.agent.Conversation.Trial;
import io.aiwm.controller.agent.Conversation.Turn;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** The only writer of conversations. */
public final class Conversations {
    /** Messages that wait for a turn. */
    static final int MOST_QUEUED = 10;

    private static final String NAME = "agentConversations";
    private static final String WHAT = "conversation";
    public static final DocumentStore.Collection COLLECTION = new DocumentStore.Collection(
                    NAME,
                    List.of(
                            Field.text("agentId"),
                            Field.text("user"),
                            Field.text("phase"),
                            Field.text("status"),
                            Field.text("turn.executionId"),
                            Field.texts("tags"),
                            Field.text("searchText"),
                            Field.time(Query.CREATED)),
                    List.of(List.of("user", Query.CREATED), List.of("phase", Query.CREATED)))
            .telling();

    private final Records<Conversation> records;
    private final Agents agents;
    private final InstantSource clock;
    private final String controllerId;

    Conversations(DocumentStore store, Agents agents, InstantSource clock, String controllerId) {
        this.records = new Records<>(
                store,
                NAME,
                Conversation.class,
                Records.Shape.of(Conversation::id, Conversation::version, Conversation::withVersion),
                conversation -> false,
                false);
        this.agents = agents;
        this.clock = clock;
        records.describe((before, after) -> AgentEventNotes.of(before, after, clock.instant()));
        this.controllerId = controllerId;
        agents.usedBy(this::refuseIfUsed);
    }

    /** What of a conversation its user says. */
    public record Wanted(
            String agentId, String title, JsonObject metadata, Map<String, String> variables, List<String> tags) {}

    /** For a filter: the id of an agent of this id or name; itself where there is none. */
    public Future<String> agentId(String idOrName) {
        return agents.idOf(idOrName);
    }

    /** Fails with UNPROCESSABLE naming the field when the agent does not exist, is not active, or lacks a variable. */
    public Future<Conversation> create(String id, Wanted wanted, UserIdentity user) {
        return create(id, wanted, null, user);
    }

    /** @param trial null: none */
    Future<Conversation> create(String id, Wanted wanted, Trial trial, UserIdentity user) {
        return agents.get(wanted.agentId())
                .recover(cause -> Future.failedFuture(
                        Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                                ? Failure.unprocessable("/agentId", cause.getMessage())
                                : cause))
                .compose(agent -> {
                    if (!agent.active()) {
                        throw Failure.unprocessable("/agentId", "agent " + agent.name() + " is not active");
                    }
                    ConversationBuilder made = made(id, agent, wanted, user).trial(trial);
                    return agents.instructionOf(made.build().called(agent)).compose(instruction -> {
                        Prompt.render(instruction.content(), VariableValues.of(agent, wanted.variables()));
                        return records.insert(made.build());
                    });
                });
    }

    private ConversationBuilder made(String id, Agent agent, Wanted wanted, UserIdentity user) {
        return ConversationBuilder.builder()
                .id(id)
                .version(1)
                .agentId(agent.id())
                .title(wanted.title())
                .user(user.name())
                .userSince(user.since())
                .metadata(wanted.metadata())
                .variables(wanted.variables())
                .tags(wanted.tags())
                .createdAt(clock.instant())
                .updatedAt(clock.instant());
    }

    /** Fails with NOT_FOUND, also for a deleted one, and for one of another user. @param user null: of any */
    public Future<Conversation> get(String id, UserIdentity user) {
        return any(id, user).map(found -> {
            if (found.deletedAt() != null) {
                throw Failure.notFound(WHAT, id);
            }
            return found;
        });
    }

    private Future<Conversation> any(String id, UserIdentity user) {
        return RecordLabels.found(records.get(id), WHAT, id).map(found -> {
            if (user != null && !found.isOf(user)) {
                throw Failure.notFound(WHAT, id);
            }
            return found;
        });
    }

    public Future<Records.Page<Conversation>> find(ConversationFilter filter, int limit, String cursor) {
        return records.page(
                Query.where(filter.conditions()).newestFirst().limit(limit).after(cursor));
    }

    public Future<Long> count(ConversationFilter filter) {
        return records.count(filter.conditions());
    }

    public Future<Map<String, Long>> countBy(String field, ConversationFilter filter) {
        return records.countBy(field, filter.conditions());
    }

    /** Replaces title, metadata, variables and tags; the agent stays. Fails with NOT_FOUND and PRECONDITION. */
    public Future<Conversation> replace(String id, Wanted wanted, UserIdentity user, Long version) {
        return get(id, user)
                .compose(seen -> change(id, version, now -> {
                    if (wanted.agentId() != null && !wanted.agentId().equals(now.agentId())) {
                        throw Failure.unprocessable("/agentId", "cannot be changed; begin another conversation");
                    }
                    return now.but()
                            .title(wanted.title())
                            .metadata(wanted.metadata())
                            .variables(wanted.variables())
                            .tags(wanted.tags())
                            .build();
                }));
    }

    private Future<Conversation> change(String id, Long version, UnaryOperator<Conversation> change) {
        return records.update(id, seen -> {
            if (version != null && version != seen.version()) {
                throw new Failure(
                        Failure.Kind.PRECONDITION,
                        "the conversation is at version " + seen.version() + ", not at " + version + "; read it again");
            }
            Conversation next = change.apply(seen);
            return next == seen ? seen : next.but().updatedAt(clock.instant()).build();
        });
    }

    /** Marks it as deleted. Fails with CONFLICT while a turn runs, with NOT_FOUND and PRECONDITION. */
    public Future<Conversation> delete(String id, UserIdentity user, Long version) {
        return get(id, user)
                .compose(seen -> change(id, version, now -> {
                    if (now.turn() != null) {
                        throw Failure.conflict("a turn is running (execution "
                                + now.turn().executionId() + "); cancel it first, or delete the conversation after it");
                    }
                    return now.but().deletedAt(clock.instant()).build();
                }));
    }

    /** Fails with NOT_FOUND, with CONFLICT when its agent is deleted. */
    public Future<Conversation> restore(String id, UserIdentity user, Long version) {
        return any(id, user)
                .compose(seen -> agents.get(seen.agentId())
                        .recover(cause -> Future.failedFuture(
                                Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                                        ? Failure.conflict("agent " + seen.agentId() + " is deleted; restore it first")
                                        : cause)))
                .compose(agent -> change(
                        id,
                        version,
                        now -> now.deletedAt() == null
                                ? now
                                : now.but().deletedAt(null).build()));
    }

    private Future<Void> refuseIfUsed(Agent agent) {
        var filter = new ConversationFilter(null, agent.id(), null, List.of(), null, false);
        return find(filter, 5, null)
                .compose(page -> page.items().isEmpty()
                        ? Future.succeededFuture()
                        : count(filter)
                                .compose(all ->
                                        Future.failedFuture(Failure.conflict("agent " + agent.name() + " has " + all
                                                + " conversations, for example "
                                                + page.items().stream()
                                                        .map(Conversation::id)
                                                        .collect(Collectors.joining(", "))
                                                + "; delete them first, or set isActive to false"))));
    }

    // ---- turns

    /**
     * Gives a message its turn, or its place in the queue; once more for the same message changes nothing. Fails with LIMITED when the
     * queue is full.
     */
    Future<Conversation> accept(String id, String messageId) {
        String executionId = Ids.next("ex");
        return change(id, null, seen -> {
            boolean known = seen.queued().contains(messageId)
                    || (seen.turn() != null && seen.turn().messageId().equals(messageId));
            if (known) {
                return seen;
            }
            if (seen.turn() == null) {
                return seen.but().turn(turn(executionId, messageId)).build();
            }
            if (seen.queued().size() >= MOST_QUEUED) {
                throw Failure.limited(
                        "a turn is running and " + MOST_QUEUED + " messages wait for it; send this one later", 5);
            }
            return seen.queueing(messageId);
        });
    }

    /** Gives a message its turn, if none runs and the branch ends where it did when it was seen; otherwise nothing changes. */
    Future<Conversation> begin(Conversation as, String messageId, String executionId) {
        return change(
                as.id(),
                null,
                seen -> seen.turn() == null && Objects.equals(seen.lastMessageId(), as.lastMessageId())
                        ? seen.but().turn(turn(executionId, messageId)).build()
                        : seen);
    }

    private Turn turn(String executionId, String messageId) {
        return new Turn(executionId, messageId, controllerId, clock.instant());
    }

    /** Ends a turn and begins that of the next message. @param lastMessageId the end of the branch now; null: as it was */
    Future<Conversation> ended(String id, String executionId, String lastMessageId) {
        String nextExecution = Ids.next("ex");
        return change(id, null, seen -> {
            if (seen.turn() == null || !seen.turn().executionId().equals(executionId)) {
                return seen;
            }
            return seen.next(lastMessageId, messageId -> turn(nextExecution, messageId));
        });
    }

    /** Takes the running turn over from a controller that is gone. @return whether this controller holds it now */
    Future<Boolean> take(String id, String executionId, String from) {
        return change(id, null, seen -> {
                    Turn turn = seen.turn();
                    return turn == null
                                    || !turn.executionId().equals(executionId)
                                    || !turn.holder().equals(from)
                            ? seen
                            : seen.but()
                                    .turn(new Turn(executionId, turn.messageId(), controllerId, turn.startedAt()))
                                    .build();
                })
                .map(seen -> seen.turn() != null
                        && seen.turn().executionId().equals(executionId)
                        && seen.turn().holder().equals(controllerId));
    }

    /** Deletes one for good. */
    Future<Void> forget(String id) {
        return records.delete(id).mapEmpty();
    }

    /** Those with a turn; {@link Query#MAX_LIMIT} at most. */
    Future<List<Conversation>> running() {
        return records.find(Query.where(Condition.eq("status", "RUNNING")).limit(Query.MAX_LIMIT))
                .map(Records.Page::items);
    }

    String controllerId() {
        return controllerId;
    }
}
