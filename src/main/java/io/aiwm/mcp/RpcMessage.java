package io.aiwm.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * One message of JSON-RPC 2.0.
 *
 * @param id text or a whole number; null: a notification, or an error that answers no request
 * @param method null: an answer
 * @param params never null
 * @param result of an answer; null: none
 * @param error of an answer; null: none
 */
public record RpcMessage(JsonNode id, String method, ObjectNode params, ObjectNode result, ObjectNode error) {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    public boolean isRequest() {
        return method != null && id != null;
    }

    public boolean isNotification() {
        return method != null && id == null;
    }

    public boolean isAnswer() {
        return method == null;
    }

    /** The metadata of the parameters; a missing node where there is none. */
    public JsonNode meta() {
        return params.path("_meta");
    }

    /** What the sender wants progress to be told with; null: it wants none, or something that is no token. */
    public JsonNode progressToken() {
        JsonNode token = meta().path("progressToken");
        return RpcReader.isId(token) ? token : null;
    }

    /** A request to be sent. */
    public static ObjectNode request(long id, String method, ObjectNode params) {
        ObjectNode message =
                NODES.objectNode().put("jsonrpc", "2.0").put("id", id).put("method", method);
        message.set("params", params);
        return message;
    }

    /** A notification to be sent. */
    public static ObjectNode notification(String method, ObjectNode params) {
        ObjectNode message = NODES.objectNode().put("jsonrpc", "2.0").put("method", method);
        if (params != null) {
            message.set("params", params);
        }
        return message;
    }

    /** An answer to be sent. */
    public static ObjectNode answer(JsonNode id, ObjectNode result) {
        ObjectNode message = NODES.objectNode().put("jsonrpc", "2.0");
        message.set("id", id);
        message.set("result", result);
        return message;
    }

    /** A refusal to be sent; without an id where the request's could not be read. */
    public static ObjectNode refusal(RpcError cause) {
        ObjectNode message = NODES.objectNode().put("jsonrpc", "2.0");
        if (cause.id != null) {
            message.set("id", cause.id);
        }
        ObjectNode error = message.putObject("error");
        error.put("code", cause.code).put("message", cause.getMessage());
        if (cause.data != null) {
            error.set("data", cause.data);
        }
        return message;
    }
}
