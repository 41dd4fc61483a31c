package io.aiwm.controller.agent;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.aiwm.controller.store.ValidatedRecord;
import io.soabase.recordbuilder.core.RecordBuilder;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/**
 * A conversation of a user with an agent, as stored in collection {@code agentConversations}. Written by {@link Conversations} only.
 *
 * @param user whose it is: calls of models and tools are made in this name
 * @param userSince when that user was made; null: by an earlier version, which did not store it
 * @param trial null: it is no part of an evaluation
 * @param turn the running one; null: none
 * @param queued ids of messages that wait for a turn, in order
 * @param lastMessageId the newest message of the present branch; null: none
 */
@RecordBuilder
public record Conversation(
        String id,
        long version,
        String agentId,
        String title,
        String user,
        Instant userSince,
        JsonObject metadata,
        Map<String, String> variables,
        List<String> tags,
        Trial trial,
        Turn turn,
        List<String> queued,
        String lastMessageId,
        Instant createdAt,
        Instant updatedAt,
        Instant deletedAt)
        implements ValidatedRecord {

    public static final String PREFIX = "conv";

    /**
     * @param executionId of the turn
     * @param messageId that it answers
     * @param holder the controller that carries it out
     */
    public record Turn(String executionId, String messageId, String holder, Instant startedAt) {}

    /**
     * What an evaluation tries in this conversation. It is in no list, it takes no other message, and nobody is asked about tool calls.
     *
     * @param runId of the evaluation
     * @param instructionVersion its number
     */
    public record Trial(String runId, int instructionVersion, String model) {}

    public Conversation {
        metadata = metadata == null ? new JsonObject() : metadata;
        variables = variables == null ? Map.of() : Map.copyOf(variables);
        tags = tags == null ? List.of() : List.copyOf(tags);
        queued = queued == null ? List.of() : List.copyOf(queued);
    }

    @Override
    public void check() {
        requireNonNull(id, "id");
        requireNonNull(agentId, "agentId");
        requireNonNull(user, "user");
        requireNonNull(createdAt, "createdAt");
    }

    /** What a search in texts looks through; stored, and not read back. */
    @JsonProperty("searchText")
    String searchText() {
        return ((title == null ? "" : title) + "\n" + String.join(" ", tags)).toLowerCase(Locale.ROOT);
    }

    @JsonProperty("phase")
    String phase() {
        return trial != null ? "trial" : deletedAt == null ? "live" : "deleted";
    }

    @JsonProperty("status")
    public String status() {
        return turn == null ? "IDLE" : "RUNNING";
    }

    /** The agent as it is called here. */
    Agent called(Agent agent) {
        return trial == null
                ? agent
                : AgentBuilder.builder(agent)
                        .instructionVersion(trial.instructionVersion())
                        .model(trial.model())
                        .build();
    }

    UserIdentity owner() {
        return new UserIdentity(user, userSince);
    }

    boolean isOf(UserIdentity caller) {
        return caller.owns(user, userSince, createdAt);
    }

    Conversation withVersion(long next) {
        return but().version(next).build();
    }

    ConversationBuilder but() {
        return ConversationBuilder.builder(this);
    }

    Conversation queueing(String messageId) {
        var more = new ArrayList<>(queued);
        more.add(messageId);
        return but().queued(more).build();
    }

    /** The same after its turn, with that of the next message. @param last the end of the branch now; null: as it was */
    Conversation next(String last, Function<String, Turn> begin) {
        var after = but().lastMessageId(last == null ? lastMessageId : last);
        return queued.isEmpty()
                ? after.turn(null).build()
                : after.turn(begin.apply(queued.get(0)))
                        .queued(queued.subList(1, queued.size()))
                        .build();
    }
}
