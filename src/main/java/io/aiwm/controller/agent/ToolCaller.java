package io.aiwm.controller.agent;

import io.aiwm.controller.auth.OwnTokens;
import io.aiwm.controller.mcp.McpCaller;
import io.vertx.core.Future;
import java.time.Instant;

/**
 * In whose name tools are called.
 *
 * @param agentId that calls them
 * @param conversationId in which
 * @param keyId of the API key that the message came with; null: none
 * @param asked when the message was sent
 * @param requestId what calls are named in logs
 */
record ToolCaller(
        UserIdentity user, String agentId, String conversationId, String keyId, Instant asked, String requestId) {
    static ToolCaller of(Conversation conversation, Message asked, String requestId) {
        return new ToolCaller(
                conversation.owner(),
                conversation.agentId(),
                conversation.id(),
                asked.keyId(),
                asked.createdAt(),
                requestId);
    }

    /** Whom the API sees. Each call has one of its own: it is good for a minute. Fails as {@link OwnTokens#of}. */
    Future<McpCaller> caller(OwnTokens tokens) {
        return tokens.of(user.name(), keyId, asked)
                .map(held -> new McpCaller(held.principal(), "Bearer " + held.token(), requestId));
    }
}
