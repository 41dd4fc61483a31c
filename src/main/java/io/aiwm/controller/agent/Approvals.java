package io.aiwm.controller.agent;

import io.aiwm.common.Failure;
import io.aiwm.common.Failure.FieldError;
import io.aiwm.controller.agent.Approval.State;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/** The only writer of approvals. */
public final class Approvals {
    private static final int MOST_ROUNDS = 100;
    private static final String ARGUMENTS = "/arguments";
    private static final String NAME = "agentApprovals";
    static final DocumentStore.Collection COLLECTION = new DocumentStore.Collection(
                    NAME,
                    List.of(
                            Field.text("state"),
                            Field.text("user"),
                            Field.text("conversationId"),
                            Field.text("executionId"),
                            Field.number("stepIndex"),
                            Field.number("round"),
                            Field.time(Query.CREATED)),
                    List.of(List.of("state", Query.CREATED)))
            .telling();

    private final Records<Approval> records;
    private final Function<String, Future<Tool>> tools;
    private final InstantSource clock;
    private Consumer<Approval> decided = approval -> {};

    /** @param tools by their id; fails with NOT_FOUND */
    Approvals(DocumentStore store, Function<String, Future<Tool>> tools, InstantSource clock) {
        this.records = new Records<>(
                store,
                NAME,
                Approval.class,
                Records.Shape.of(Approval::id, Approval::version, Approval::withVersion),
                approval -> false,
                false);
        this.tools = tools;
        this.clock = clock;
        records.describe((before, after) -> AgentEventNotes.of(before, after, clock.instant()));
    }

    /** Calls back after each decision. Set once, before the first. */
    void onDecided(Consumer<Approval> listener) {
        decided = listener;
    }

    /** The newest one of a step; null: none. One whose time is over is decided. */
    Future<Approval> last(String executionId, int step) {
        return records.find(Query.where(Condition.eq("executionId", executionId), Condition.eq("stepIndex", step))
                        .orderBy("round", true)
                        .limit(1))
                .compose(page -> page.items().isEmpty()
                        ? Future.succeededFuture(null)
                        : expired(page.items().get(0)));
    }

    private Future<Approval> expired(Approval seen) {
        return seen.state() == State.PENDING && !seen.expiresAt().isAfter(clock.instant())
                ? records.update(seen.id(), now -> now.state() != State.PENDING ? now : byNobody(now))
                : Future.succeededFuture(seen);
    }

    private Approval byNobody(Approval waiting) {
        ApprovalBuilder decided =
                ApprovalBuilder.builder(waiting).decidedBy("system").decidedAt(clock.instant());
        return switch (waiting.onExpiry()) {
            case DENY ->
                decided.state(State.EXPIRED)
                        .reason("nobody approved it in time")
                        .build();
            case APPROVE ->
                decided.state(State.APPROVED).reason("nobody decided in time").build();
        };
    }

    /**
     * When a call is decided without anybody's word, and how. A turn that ends first makes no call, and whether to make one again that
     * may have been done is for somebody to say: both are denied, whatever the tool says.
     */
    private static void expiry(ApprovalBuilder begun, Instant from, Tool tool, Instant turnEnds) {
        Instant own = from.plusMillis(tool.approvalTimeoutMs());
        boolean mayCall = own.isBefore(turnEnds) && Approval.CALL.equals(begun.why());
        begun.expiresAt(own.isBefore(turnEnds) ? own : turnEnds)
                .onExpiry(mayCall ? tool.approvalDefault() : Tool.ApprovalDefault.DENY);
    }

    /**
     * Stores a question; where there is one of this id, that one stays and is returned. Fails with LIMITED after too many rounds.
     *
     * @param turnEnds at the latest
     */
    Future<Approval> ask(ApprovalBuilder begun, Tool tool, Instant turnEnds) {
        if (begun.round() > MOST_ROUNDS) {
            return Future.failedFuture(new Failure(Failure.Kind.LIMITED, "the call was approved too often"));
        }
        Instant now = clock.instant();
        expiry(begun, now, tool, turnEnds);
        Approval made = begun.id(Approval.id(begun.executionId(), begun.stepIndex(), begun.round()))
                .version(1)
                .state(State.PENDING)
                .createdAt(now)
                .build();
        return records.insert(made)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.CONFLICT
                        ? records.get(made.id())
                        : Future.failedFuture(cause));
    }

    /** Notes that the approved call begins: it is not begun again without another word. */
    Future<Approval> started(Approval approval) {
        return records.update(approval.id(), now -> {
            if (now.state() != State.APPROVED) {
                throw Failure.conflict("approval " + now.id() + " is " + now.state());
            }
            return ApprovalBuilder.builder(now).state(State.STARTED).build();
        });
    }

    /** Fails with NOT_FOUND, also for one of another user. @param user null: of any */
    public Future<Approval> get(String id, UserIdentity user) {
        return RecordLabels.found(records.get(id), "approval", id).map(found -> {
            if (user != null && !found.isOf(user)) {
                throw Failure.notFound("approval", id);
            }
            return found;
        });
    }

    private static List<Condition> conditions(UserIdentity user, String conversationId, List<String> states) {
        var where = new ArrayList<Condition>();
        if (user != null) {
            where.add(Condition.eq("user", user.name()));
            if (user.since() != null) {
                where.add(Condition.gte(Query.CREATED, user.since()));
            }
        }
        if (conversationId != null) {
            where.add(Condition.eq("conversationId", conversationId));
        }
        if (!states.isEmpty()) {
            where.add(Condition.in("state", states));
        }
        return where;
    }

    /** @param user null: of all. @param states empty: any */
    public Future<Records.Page<Approval>> find(
            UserIdentity user, String conversationId, List<String> states, int limit, String cursor) {
        return records.find(Query.where(conditions(user, conversationId, states))
                .newestFirst()
                .limit(limit)
                .after(cursor));
    }

    public Future<Long> count(UserIdentity user, String conversationId, List<String> states) {
        return records.count(conditions(user, conversationId, states));
    }

    /** @param arguments of an approval: what is sent instead of the model's; null: the model's. @param reason of a denial */
    public record Decision(boolean approved, String arguments, String reason) {}

    /**
     * Fails with CONFLICT when it is decided already or its time is over, with NOT_FOUND, with UNPROCESSABLE naming the arguments that do
     * not fit the tool; then it still waits. Repeating the same decision is harmless.
     */
    public Future<Approval> decide(String id, Decision decision, String actor, UserIdentity user) {
        State wanted = decision.approved() ? State.APPROVED : State.DENIED;
        return get(id, user)
                .compose(this::expired)
                .compose(seen -> fitting(seen, decision).map(seen))
                .compose(seen -> records.update(id, now -> {
                    if (now.state() == wanted && actor.equals(now.decidedBy())) {
                        return now;
                    }
                    if (now.state() != State.PENDING) {
                        throw Failure.conflict(
                                "approval " + id + " is " + now.state() + "; it cannot be decided again");
                    }
                    return ApprovalBuilder.builder(now)
                            .state(wanted)
                            .changedArguments(decision.arguments())
                            .reason(decision.reason())
                            .decidedBy(actor)
                            .decidedAt(clock.instant())
                            .build();
                }))
                .onSuccess(done -> decided.accept(done));
    }

    private Future<Void> fitting(Approval asked, Decision decision) {
        return decision.arguments() == null || asked.state() != State.PENDING
                ? Future.succeededFuture()
                : tools.apply(asked.toolId()).map(tool -> {
                    refuse(tool, new JsonObject(decision.arguments()));
                    return null;
                });
    }

    /** What stands behind a tool of another kind judges its arguments itself. */
    private static void refuse(Tool tool, JsonObject arguments) {
        List<FieldError> errors =
                tool.input() == null ? List.of() : InputSchema.mistakes(tool.input(), arguments, ARGUMENTS);
        if (errors.isEmpty() && tool.kind() == Tool.Kind.HTTP) {
            errors = HttpToolCalls.mistakes(tool, arguments, ARGUMENTS);
        }
        if (!errors.isEmpty()) {
            throw new Failure(
                    Failure.Kind.UNPROCESSABLE,
                    errors.get(0).pointer() + ": " + errors.get(0).detail(),
                    errors);
        }
    }

    /** Denies what a turn that has ended still asks. */
    Future<Void> ended(String executionId) {
        return records.find(Query.where(
                                Condition.eq("executionId", executionId), Condition.eq("state", State.PENDING.name()))
                        .limit(1_000))
                .compose(page -> Future.join(page.items().stream()
                                .map(one -> records.update(
                                        one.id(),
                                        now -> now.state() != State.PENDING
                                                ? now
                                                : ApprovalBuilder.builder(now)
                                                        .state(State.DENIED)
                                                        .reason("the turn has ended")
                                                        .decidedBy("system")
                                                        .decidedAt(clock.instant())
                                                        .build()))
                                .toList())
                        .mapEmpty());
    }
}
