package io.aiwm.controller.agent;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonValue;
import io.aiwm.controller.secret.SecretRef;
import io.aiwm.controller.store.ValidatedRecord;
import io.soabase.recordbuilder.core.RecordBuilder;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What an agent may call, as stored in collection {@code agentTools}. Written by {@link Tools} only.
 *
 * @param name by which models call it
 * @param input a JSON Schema of an object: the arguments; null of the kinds MCP and AIWM, where what is called says it
 * @param http of kind HTTP; null otherwise. The same holds for the others
 * @param authorization the secret that is sent; null: none
 * @param secretHeaders secrets that are sent in other headers, by their names
 * @param timeoutMs of one call
 * @param retries calls after the first that failed; 0 unless idempotent
 * @param idempotent whether the same call twice does what one does
 * @param approvalTimeoutMs how long a call waits for somebody's word; null: {@link #APPROVAL_TIMEOUT_MS}
 * @param approvalDefault what is decided then of a call that was not made yet; null: it is denied
 */
@RecordBuilder
public record Tool(
        String id,
        long version,
        String name,
        String description,
        Kind kind,
        JsonObject input,
        Http http,
        Mcp mcp,
        Aiwm aiwm,
        Job job,
        SecretRef authorization,
        Map<String, SecretRef> secretHeaders,
        long timeoutMs,
        int retries,
        boolean idempotent,
        Approval approval,
        Long approvalTimeoutMs,
        ApprovalDefault approvalDefault,
        List<String> tags,
        @JsonProperty("isActive") boolean active,
        String createdBy,
        Instant createdAt,
        String updatedBy,
        Instant updatedAt,
        Instant deletedAt)
        implements CatalogRecord, ValidatedRecord {

    public static final String PREFIX = "tool";
    static final long APPROVAL_TIMEOUT_MS = 3_600_000;

    /** How a tool is called. */
    public enum Kind {
        HTTP,
        MCP,
        AIWM,
        JOB,
        /** One that comes with a property of an agent; it is not stored. */
        BUILT_IN;

        @JsonValue
        public String wire() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Whether somebody is asked before a call. */
    public enum Approval {
        AUTO,
        ASK,
        DENY;

        @JsonValue
        public String wire() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What is decided of a call when nobody has decided in time. */
    public enum ApprovalDefault {
        DENY,
        APPROVE;

        @JsonValue
        public String wire() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** @param url with arguments as {@code {name}} */
    public record Http(String method, String url, Map<String, String> headers) {}

    /**
     * A server.
     *
     * @param url of one that is not AIWM's own; null: it has a deployment
     * @param deployment the name of the deployment whose containers serve it
     * @param path of its endpoint there; null: {@code /mcp}
     * @param tools which of the server's; empty: all
     */
    public record Mcp(String url, String deployment, String path, List<String> tools) {}

    /** @param operations operationIds of this API */
    public record Aiwm(List<String> operations) {}

    /** A job that reads the arguments as JSON from its standard input; what it prints is the result. */
    public record Job(String image, List<String> command) {}

    public Tool {
        tags = tags == null ? List.of() : List.copyOf(tags);
        secretHeaders = secretHeaders == null ? Map.of() : Map.copyOf(secretHeaders);
        approvalTimeoutMs = approvalTimeoutMs == null ? APPROVAL_TIMEOUT_MS : approvalTimeoutMs;
        approvalDefault = approvalDefault == null ? ApprovalDefault.DENY : approvalDefault;
    }

    @Override
    public void check() {
        requireNonNull(id, "id");
        requireNonNull(name, "name");
        requireNonNull(kind, "kind");
        requireNonNull(approval, "approval");
        requireNonNull(createdAt, "createdAt");
    }

    /** Stored to be asked for, and not read back. */
    @JsonProperty("secretNames")
    List<String> secretNames() {
        return Stream.concat(Stream.ofNullable(authorization), secretHeaders.values().stream())
                .map(SecretRef::secret)
                .distinct()
                .toList();
    }

    Tool withVersion(long next) {
        return ToolBuilder.builder(this).version(next).build();
    }
}
