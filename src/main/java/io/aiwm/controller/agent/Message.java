package io.aiwm.controller.agent;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonValue;
import io.aiwm.controller.store.ValidatedRecord;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/**
 * One message of a conversation, as stored in collection {@code agentMessages}. Written by {@link Messages} only. It changes
 * once: a user's message gets its place when its turn begins.
 *
 * @param parentId the message before it in its branch; null: the first
 * @param toolCalls that an assistant asks for
 * @param toolCallId of a tool's result: which call it answers; null otherwise
 * @param failed of a tool's result: whether the call failed
 * @param cut of an answer: whether the model stopped because it may say no more; null: it did not
 * @param executionId the turn that made it, or answers it; null: it waits for its turn
 * @param inPlaceOf of a user's message that begins a branch: the message in whose place it stands; null otherwise
 * @param keyId of a user's message: the API key that it came with; null: none
 */
@RecordBuilder
public record Message(
        String id,
        long version,
        String conversationId,
        String parentId,
        Role role,
        List<Part> content,
        List<ToolCall> toolCalls,
        String toolCallId,
        Boolean failed,
        Boolean cut,
        Usage usage,
        Long latencyMs,
        String executionId,
        String inPlaceOf,
        String keyId,
        String createdBy,
        Instant createdAt)
        implements ValidatedRecord {

    public static final String PREFIX = "msg";

    /** Who says it. */
    public enum Role {
        USER,
        ASSISTANT,
        TOOL;

        @JsonValue
        public String wire() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** @param type {@code text} */
    public record Part(String type, String text) {
        static Part text(String text) {
            return new Part("text", text);
        }
    }

    /** @param arguments as the model wrote them, which may be no JSON */
    public record ToolCall(String id, String name, String arguments) {}

    /**
     * Of the call of the model that made it.
     *
     * @param estimated tokens of the prompt by {@link EstimatedTokens}; null: the model did not count it, so that it tells nothing of estimates
     */
    public record Usage(
            @JsonProperty("promptTokens") long prompt,
            @JsonProperty("completionTokens") long completion,
            @JsonProperty("estimatedPromptTokens") Integer estimated) {}

    public Message {
        content = content == null ? List.of() : List.copyOf(content);
        toolCalls = toolCalls == null ? List.of() : List.copyOf(toolCalls);
    }

    @Override
    public void check() {
        requireNonNull(id, "id");
        requireNonNull(conversationId, "conversationId");
        requireNonNull(role, "role");
        requireNonNull(createdAt, "createdAt");
    }

    Message withVersion(long next) {
        return MessageBuilder.builder(this).version(next).build();
    }

    public String text() {
        var text = new StringBuilder();
        content.forEach(part -> text.append(part.text()));
        return text.toString();
    }
}
