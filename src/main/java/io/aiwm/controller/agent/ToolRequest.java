package io.aiwm.controller.agent;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.aiwm.controller.secret.SecretRef;
import io.soabase.recordbuilder.core.RecordBuilder;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;

/**
 * What a tool is to be; the contract checks each field, {@link ToolRules} what they mean together. What is left out has the value that
 * {@link Tools} gives it.
 */
@RecordBuilder
public record ToolRequest(
        String name,
        String description,
        Tool.Kind kind,
        JsonObject input,
        Tool.Http http,
        Tool.Mcp mcp,
        Tool.Aiwm aiwm,
        Tool.Job job,
        SecretRef authorization,
        Map<String, SecretRef> secretHeaders,
        Long timeoutMs,
        Integer retries,
        Boolean idempotent,
        Tool.Approval approval,
        Long approvalTimeoutMs,
        Tool.ApprovalDefault approvalDefault,
        List<String> tags,
        @JsonProperty("isActive") Boolean active) {

    /** As it says; of one that does not say, whether it only reads. */
    boolean isIdempotent() {
        return idempotent != null
                ? idempotent
                : kind == Tool.Kind.HTTP && http != null && http.method().equals("GET");
    }
}
